/** A dashboard of its own: one card for each vehicle, with its last sessions. Loaded when first used. */

/** @import {Format} from "./format.js" */

/**
 * @param {Format} format
 * @param {Hass} hass
 * @param {string[]} devices
 */
export function generate(format, hass, devices) {
  const name = (/** @type {string} */ id) => hass.devices[id]?.name_by_user ?? hass.devices[id]?.name ?? "";
  const sections = devices
    .sort((one, other) => name(one).localeCompare(name(other)))
    .map((device_id) => ({
      type: "grid",
      cards: [{ type: "custom:enode-flex-card", device_id, show_history: true }],
    }));
  const none = { type: "grid", cards: [{ type: "markdown", content: format.t("no_session_text") }] };
  return {
    views: [
      {
        title: format.t("strategy"),
        path: "charging",
        icon: "mdi:ev-station",
        type: "sections",
        max_columns: 3,
        sections: sections.length ? sections : [none],
      },
    ],
  };
}
