/** The card's form editor. Loaded when first used. */

/** @import {Format} from "./format.js" */
import { DOMAIN } from "./format.js";

/** @param {() => Format | null} newest */
export function form(newest) {
  const filter = { integration: DOMAIN };
  return {
    schema: [
      { name: "device_id", selector: { device: { filter } } },
      { name: "entity", selector: { entity: { filter: { ...filter, domain: "sensor" } } } },
      { name: "name", selector: { text: {} } },
      { name: "show_actions", default: true, selector: { boolean: {} } },
      { name: "show_history", default: false, selector: { boolean: {} } },
    ],
    computeLabel: (/** @type {{name: string}} */ { name }) => newest()?.t(`editor_${name}`) || name,
    assertConfig: (/** @type {Config} */ config) => {
      for (const key of /** @type {const} */ (["device_id", "entity", "name"])) {
        if (config[key] !== undefined && typeof config[key] !== "string") throw new Error(`${key} must be a text`);
      }
    },
  };
}
