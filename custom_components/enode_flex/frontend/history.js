/** The last sessions as bars of energy by block type; each opens its details. Loaded when first used. */

import { children, el, set, show, text } from "./dom.js";
import { factsOf, fill } from "./facts.js";
import { TYPES, instant, niceMax } from "./model.js";

const STYLE = `
.sessions { display: flex; align-items: flex-end; gap: 3px; height: 108px; direction: ltr; }
.session { flex: 1 1 0; min-width: 0; max-width: 64px; height: 100%; display: flex; flex-direction: column; justify-content: flex-end; gap: 4px; border-radius: 6px; }
.session .stack { flex: 1; display: flex; flex-direction: column-reverse; gap: 1px; padding: 0 15%; }
.session .stack i { background: var(--c); min-height: 2px; }
.session .stack i:last-child { border-radius: 3px 3px 0 0; }
.session .day { font-size: 11px; text-align: center; color: var(--soft); white-space: nowrap; overflow: hidden; height: 16px; line-height: 16px; border-radius: 8px; }
.session[aria-selected="true"] .day { background: var(--ink); color: var(--card); }
.session[aria-selected="true"], .session:hover { background: color-mix(in srgb, var(--ink) 6%, transparent); }
.note { color: var(--soft); }
.facts.picked { margin: 8px 0 0; }
.sessions + .legend { margin-top: 8px; }
.panel { margin-top: 12px; border-radius: 12px; }
`;

export class History {
  /**
   * @param {Element} host
   * @param {() => Promise<{sessions: Session[]}>} read
   */
  constructor(host, read) {
    this.read = read;
    /** @type {Session[]} newest last, as time runs */
    this.sessions = [];
    this.state = "loading";
    this.chosen = -1;
    /** @type {string | null} the session whose end made this list old */
    this.newest = null;
    /** @type {Scene | null} */
    this.scene = null;
    const style = el("style");
    style.textContent = STYLE;
    this.note = el("div", "note", { role: "status" });
    this.list = el("div", "sessions", { role: "tablist" });
    this.legend = el("ul", "legend", { "aria-hidden": "true" });
    this.title = el("div", "strong");
    this.facts = el("dl", "facts picked");
    this.panel = el("div", "panel", { role: "tabpanel", tabindex: "0" }, this.title, this.facts);
    host.replaceChildren(style, this.note, this.list, this.legend, this.panel);
    this.list.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {Scene} scene */
  update(scene) {
    this.scene = scene;
    const newest = scene.payload.last_session?.id ?? "";
    if (this.newest !== newest) {
      this.newest = newest;
      this.#load();
    }
    this.#draw();
  }

  async #load() {
    try {
      const { sessions } = await this.read();
      this.sessions = sessions.slice().reverse();
      this.state = sessions.length ? "" : "none";
      this.chosen = this.sessions.length - 1;
    } catch {
      this.state = "failed";
      this.newest = null;
    }
    this.#draw();
  }

  #draw() {
    const { sessions, scene } = this;
    if (!scene) return;
    const { format, now } = scene;
    text(this.note, this.state && this.state !== "loading" ? format.t(`history_${this.state}`) : "");
    show(this.note, !!this.note.textContent);
    show(this.list, sessions.length > 0);
    show(this.panel, sessions.length > 0);
    set(this.list, { "aria-label": format.t("history_chart") });
    const parts = sessions.map(energyByType);
    const types = TYPES.filter((type) => parts.flat().some((part) => part.type === type));
    children(this.legend, types.length, () => el("li", null, {}, el("i"), el("bdi"))).forEach((item, index) => {
      set(item.children[0], { class: types[index] });
      text(item.children[1], format.t(`type_${types[index]}`));
    });
    const most = niceMax(Math.max(1, ...sessions.map((session) => session.kwh ?? 0)));
    const bars = children(this.list, sessions.length, () => this.#bar());
    bars.forEach((bar, index) => {
      const session = sessions[index];
      const [stack, day] = bar.children;
      children(stack, parts[index].length, () => el("i")).forEach((part, place) => {
        const { type, kwh } = parts[index][place];
        set(part, { class: type, style: `height:${((kwh / most) * 84).toFixed(1)}px` });
      });
      const at = instant(session.plugged_in_at) ?? instant(session.plugged_out_at) ?? now;
      text(day, format.date({ day: "numeric" }, at));
      const chosen = index === this.chosen;
      const energy = session.kwh === null ? "" : format.energy(session.kwh, "kWh");
      set(bar, { "aria-selected": String(chosen), tabindex: chosen ? 0 : -1, "aria-label": `${format.when(at, now)}, ${energy}` });
    });
    const session = sessions[this.chosen];
    if (!session) return;
    const [from, to] = [instant(session.plugged_in_at), instant(session.plugged_out_at)];
    const day = from === null ? "" : `${format.date({ weekday: "long", day: "numeric", month: "long" }, from)}, `;
    text(this.title, from !== null && to !== null ? day + format.t("from_to", { from: format.time(from), to: format.time(to) }) : day);
    fill(this.facts, factsOf(session, scene));
  }

  #bar() {
    const bar = el("button", "session", { type: "button", role: "tab" }, el("span", "stack"), el("span", "day"));
    bar.addEventListener("click", () => this.#choose([...this.list.children].indexOf(bar)));
    return bar;
  }

  /** @param {number} index */
  #choose(index) {
    this.chosen = index;
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const last = this.sessions.length - 1;
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: Math.max(0, this.chosen - 1), ArrowRight: Math.min(last, this.chosen + 1), Home: 0, End: last };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.#choose(moves[event.key]);
    /** @type {HTMLElement} */ (this.list.children[this.chosen]).focus();
  }
}

/**
 * Energy by block type, for a bar of the history.
 * @param {Session} session
 * @returns {{type: BlockType, kwh: number}[]}
 */
export function energyByType(session) {
  /** @type {Map<BlockType, number>} */
  const sums = new Map();
  for (const { type, kwh } of session.blocks ?? []) sums.set(type, (sums.get(type) ?? 0) + (kwh ?? 0));
  const told = [...sums.values()].reduce((sum, kwh) => sum + kwh, 0);
  const total = session.kwh ?? told;
  if (told <= 0) return total > 0 ? [{ type: "other", kwh: total }] : [];
  // Blocks are shares; the session's own sum is what was really delivered.
  return [...sums].filter(([, kwh]) => kwh > 0).map(([type, kwh]) => ({ type, kwh: (kwh / told) * total }));
}
