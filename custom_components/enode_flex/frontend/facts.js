/** What is known of a session that is over, as a list of facts. Loaded when first needed. */

/** @import {Format} from "./format.js" */
import { children, el, set, show, text } from "./dom.js";
import { instant } from "./model.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(104px, 42%), 1fr)); gap: 10px 14px; margin: 0; padding: 12px 14px; border-radius: 12px; background: color-mix(in srgb, var(--ink) 4%, transparent); }
.facts div { display: flex; flex-direction: column; min-width: 0; }
.facts dt { font-size: var(--s); color: var(--soft); }
.facts dd { margin: 0; font-size: var(--l); font-weight: var(--medium); line-height: 1.3; color: var(--on); }
`);

/** @param {Format} format @param {number} value @param {string} currency */
function money(format, value, currency) {
  try {
    return format.number(value, { style: "currency", currency });
  } catch {
    return `${format.number(value, { maximumFractionDigits: 2 })}\u00a0${currency}`;
  }
}

/** @param {Session | null | undefined} session @param {Scene} scene @param {boolean} [dated] whether the day is told */
export function factsOf(session, { format, now }, dated) {
  const facts = /** @type {Fact[]} */ ([]);
  if (!session) return facts;
  const { kwh, battery_from: from, battery_to: to, cost, savings, currency, managed } = session;
  const add = (/** @type {string} */ key, /** @type {string} */ value, tone = "") => facts.push([format.t(key), value, tone]);
  const plugged = instant(session.plugged_in_at);
  const outcome = managed ? session.outcome : "unmanaged";
  if (dated && plugged !== null) add("last_session", format.when(plugged, now));
  if (kwh !== null) add("energy", format.energy(kwh, "kWh"));
  if (from !== null && to !== null) add("levels", `${format.percent(from)} – ${format.percent(to)}`);
  if (currency && cost !== null) add("cost", money(format, cost, currency));
  if (currency && savings) add(savings > 0 ? "savings" : "extra_cost", money(format, Math.abs(savings), currency), savings > 0 ? "good" : "");
  if (outcome) add("outcome", format.t(`outcome_${outcome}`), { on_target: "good", off_target: "warn" }[outcome]);
  return facts;
}

/** @param {HTMLElement} list @param {Fact[]} facts */
export function fill(list, facts) {
  const { adoptedStyleSheets: sheets } = /** @type {ShadowRoot} */ (list.getRootNode());
  if (!sheets.includes(sheet)) sheets.push(sheet);
  show(list, facts.length > 0);
  children(list, facts.length, () => el("div", null, {}, el("dt"), el("dd", null, {}, el("bdi")))).forEach((item, index) => {
    const [name, value, tone] = facts[index];
    text(item.children[0], name);
    text(item.children[1].children[0], value);
    set(item.children[1], { class: tone || null });
  });
}
