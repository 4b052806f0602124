/** Charge now and back to the schedule: the question, the waiting and the answer. Loaded when first asked for. */

/** @import {Format} from "./format.js" */
/** @import {View} from "./view.js" */
import { el, icon, set, setIcon, show, text } from "./dom.js";
import { DOMAIN } from "./format.js";
import { MINUTE, offer } from "./model.js";

/** How long an action watches for its result (seconds). */
const WAIT = 60;

const STYLE = `
.ask { display: flex; flex-direction: column; gap: 10px; padding: 12px 14px; border-radius: 14px; background: color-mix(in srgb, var(--primary-color) 10%, transparent); }
.row { display: flex; gap: 8px; flex-wrap: wrap; justify-content: flex-end; }
.button.bare { background: none; }
.button.bare:hover { background: color-mix(in srgb, var(--ink) 8%, transparent); }
.result { display: flex; align-items: flex-start; gap: 10px; padding: 10px 12px; border-radius: 12px; background: var(--fill, var(--fill-plain)); }
.result > .icon { margin-top: 1px; color: var(--on); }
.result > span { flex: 1; }
.busy { display: flex; align-items: center; justify-content: center; color: var(--soft); gap: 10px; min-height: 42px; }
.spin { width: 18px; height: 18px; border-radius: 50%; border: 2.5px solid color-mix(in srgb, var(--primary-color) 25%, transparent); border-block-start-color: var(--primary-color); animation: spin 0.9s linear infinite; box-sizing: border-box; flex: none; }
@keyframes spin { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) {
  .spin { animation: none; border-color: var(--primary-color); border-block-end-color: transparent; }
}
.close { width: 24px; height: 24px; border-radius: 50%; text-align: center; line-height: 1; font-size: 18px; }
@container (min-width: 640px) {
  .ask { flex-direction: row; align-items: center; flex: 1; justify-content: space-between; }
  .result { flex: 1; }
}
`;

const SIGNS = /** @type {const} */ ({ good: "check", bad: "warning", plain: "clock" });

export class Actions {
  /**
   * @param {View} view
   * @param {() => Hass} hass
   * @param {() => void} redraw
   */
  constructor(view, hass, redraw) {
    this.view = view;
    this.hass = hass;
    this.redraw = redraw;
    /** @type {ActionName | null} waits for a yes */
    this.asked = null;
    /** @type {ActionName | null} under way */
    this.running = null;
    /** @type {{kind: "good" | "bad" | "plain", words: string, until: number} | null} */
    this.result = null;
    /** @type {Scene | null} */
    this.scene = null;

    this.question = el("bdi");
    this.yes = el("button", "button", { type: "button" }, icon("bolt"), el("bdi"));
    this.no = el("button", "button bare", { type: "button" });
    this.ask = el("div", "ask", { role: "group" }, this.question, el("div", "row", {}, this.no, this.yes));
    this.sign = icon("check");
    this.told = el("bdi");
    this.close = el("button", "close", { type: "button" }, "×");
    this.answer = el("div", "result", {}, this.sign, el("span", null, {}, this.told), this.close);
    this.busy = el("div", "busy", {}, el("span", "spin"), el("bdi"));
    view.act.prepend(el("style", null, {}, STYLE), this.answer, this.ask, this.busy);

    this.yes.addEventListener("click", () => this.asked && this.#run(this.asked));
    this.no.addEventListener("click", () => this.#set({ asked: null }));
    this.close.addEventListener("click", () => this.#set({ result: null }));
    this.ask.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#set({ asked: null });
    });
  }

  /** @param {ActionName} action */
  start(action) {
    this.#set({ asked: action, result: null });
    this.yes.focus();
  }

  /** @param {Scene} scene Draws over what the view drew of the same scene. */
  update(scene) {
    this.scene = scene;
    const { view } = this;
    const { payload, format, now, battery } = scene;
    const { t } = { t: format.t.bind(format) };
    // A question whose answer can no longer be carried out is taken back.
    if (this.asked && (payload.stale || payload.command || offer(payload) !== this.asked)) this.asked = null;
    if (this.result && now > this.result.until) this.result = null;
    const { asked, running, result } = this;
    const busy = !!running || !!payload.command;
    const root = /** @type {ShadowRoot} */ (view.act.getRootNode());
    const lost = [this.ask, this.answer, view.button].some((part) => part.contains(root.activeElement));
    const focused = root.activeElement;

    show(this.busy, busy);
    const way = running === "immediate_start" ? "starting" : "returning";
    if (busy) text(this.busy.children[1], t(`busy_${running ? way : payload.command}`));
    show(view.button, !!view.offered && !busy && !asked);
    show(this.ask, !!asked);
    if (asked) {
      const goal = asked === "immediate_start" && battery.target !== null ? format.percent(battery.target) : "";
      text(this.question, t(goal ? "ask_immediate_start_target" : `ask_${asked}`, { level: goal }));
      set(this.ask, { "aria-label": this.question.textContent });
      setIcon(this.yes.children[0], asked === "immediate_start" ? "bolt" : "calendar");
      text(this.yes.children[1], t(asked));
      text(this.no, t("cancel"));
    }
    show(this.answer, !!result && !busy);
    if (result) {
      set(this.answer, { class: `result ${result.kind}`, role: result.kind === "bad" ? "alert" : "status" });
      setIcon(this.sign, SIGNS[result.kind]);
      text(this.told, result.words);
      set(this.close, { "aria-label": t("close") });
    }
    show(view.act, busy || !!asked || !view.button.hidden || !!result);
    // The control that had the focus may just have gone: the keyboard stays in its place.
    const gone = lost && focused instanceof HTMLElement && !focused.checkVisibility();
    if (gone) [this.yes, view.button, this.close, view.who].find((it) => it.checkVisibility())?.focus();
  }

  /** @param {Partial<Pick<Actions, "asked" | "running" | "result">>} change */
  #set(change) {
    Object.assign(this, change);
    this.redraw();
  }

  /** @param {ActionName} action */
  async #run(action) {
    const scene = this.scene;
    const device = scene?.payload.vehicle.device_id;
    if (!scene || !device || this.running) return;
    const { format } = scene;
    this.#set({ asked: null, running: action, result: null });
    /** @type {"good" | "bad" | "plain"} */
    let kind = "bad";
    let words = "";
    try {
      const answer = await this.hass().callService(DOMAIN, action, { device_id: [device], wait: WAIT }, undefined, false, true);
      const told = answer?.response?.vehicles?.[device] ?? {};
      if (told.result === "confirmed") [kind, words] = ["good", format.t(`done_${action}`)];
      else if (told.result === "pending") [kind, words] = ["plain", format.t("pending")];
      else words = await this.#why(format, told);
    } catch (error) {
      words = format.t("failed", { reason: /** @type {Error} */ (error)?.message ?? String(error) });
    }
    const until = (this.scene ?? scene).now + (kind === "good" ? 1 : 10) * MINUTE;
    this.#set({ running: null, result: { kind, words, until } });
  }

  /**
   * The sentence for a command that did not work: the same that a press of the button raises.
   * @param {Format} format
   * @param {{result?: string, reason?: string | null, translation_key?: string | null}} told
   */
  async #why(format, { result, reason, translation_key }) {
    const key = translation_key ?? (result === "refused" ? `refused_${reason}` : reason);
    const localize = await this.hass().loadBackendTranslation("exceptions", DOMAIN).catch(() => null);
    const missing = this.scene?.payload.error?.missing_capabilities.join(", ");
    const values = { detail: missing || "–", reason: reason ?? "" };
    const sentence = key && localize?.(`component.${DOMAIN}.exceptions.${key}.message`, values);
    return sentence || format.t("failed", { reason: reason ?? result ?? "" });
  }
}
