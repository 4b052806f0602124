/** The picture of one vehicle: a skeleton that is built once, and an update that touches only what changed. */

/** @import {Format} from "./format.js" */
/** @import {Slot} from "./model.js" */
/** @import {IconName} from "./dom.js" */
/** @import {ActionName, Config, Payload, Session} from "./types.js" */
import { Chart } from "./chart.js";
import { children, el, icon, set, setIcon, show, text } from "./dom.js";
import { HOUR, blocksOf, instant, legend, offer, picture, placeLabels, slotsOf, span } from "./model.js";

/** @typedef {{kind: "good" | "bad" | "plain", words: string}} Result */

/**
 * What the person is doing with the card.
 * @typedef {object} Doing
 * @property {ActionName | null} ask the action that waits for a yes
 * @property {ActionName | null} busy the action that is under way
 * @property {Result | null} result
 */

const VERDICTS = /** @type {Record<string, [string, IconName]>} */ ({
  on_track: ["good", "check"],
  ready: ["good", "check"],
  off_track: ["warn", "warning"],
  error: ["bad", "warning"],
});

export class View {
  /**
   * @param {object} handlers
   * @param {() => void} handlers.open more-info
   * @param {(action: ActionName) => void} handlers.ask
   * @param {(action: ActionName) => void} handlers.confirm
   * @param {() => void} handlers.cancel
   * @param {() => void} handlers.dismiss
   * @param {(host: HTMLElement, open: boolean) => void} handlers.history
   */
  constructor(handlers) {
    this.chart = new Chart(() => this.#detail());
    this.width = 0;
    /** @type {{payload: Payload, format: Format, now: number} | null} */
    this.last = null;

    this.badgeIcon = icon("car");
    this.badge = el("span", "badge", {}, this.badgeIcon);
    this.name = el("bdi", "name");
    this.status = el("bdi", "status");
    this.who = el("button", "who", { type: "button" }, this.badge, el("span", null, {}, this.name, this.status));
    this.who.addEventListener("click", handlers.open);
    this.chipIcon = icon("check");
    this.chipLong = el("bdi");
    this.chipText = el("bdi");
    this.chip = el("span", "chip", {}, this.chipIcon, el("span", null, {}, this.chipLong, this.chipText));

    this.bannerTitle = el("b");
    this.bannerText = el("bdi");
    this.bannerIcon = icon("warning");
    this.banner = el("div", "banner", {}, this.bannerIcon, el("span", null, {}, this.bannerTitle, this.bannerText));

    this.level = el("span", "level");
    this.goal = el("span", "goal");
    this.arrow = icon("arrow");
    this.levels = el("div", "levels", { "aria-hidden": "true" }, this.level, this.arrow, this.goal);
    this.readyStrong = el("bdi", "strong");
    this.readySoft = el("bdi", "soft");
    this.expected = el("bdi");
    this.readyBy = el("div", "ready-by", {}, el("div", null, {}, this.readyStrong, document.createTextNode(" "), this.readySoft), el("div", null, {}, this.expected));
    this.hero = el("div", "hero", {}, this.levels, this.readyBy);

    this.parts = { goal: el("i", "goal-part"), gained: el("i", "gained"), had: el("i", "had"), notch: el("i", "notch"), tick: el("i", "tick") };
    this.bar = el("div", "bar", { role: "meter", "aria-valuemin": "0", "aria-valuemax": "100" }, ...Object.values(this.parts));
    this.marks = el("div", "marks", { "aria-hidden": "true" });

    this.detail = el("bdi");
    this.detailLine = el("div", "detail", { "aria-live": "polite" }, this.detail);
    this.legend = el("ul", "legend", { "aria-hidden": "true" });
    this.blocks = el("ul", "hear");
    this.facts = el("dl", "facts");

    this.button = button("button wide", "bolt");
    this.askText = el("bdi");
    this.yes = button("button", "bolt");
    this.no = button("button bare");
    this.ask = el("div", "ask", { role: "group" }, this.askText, el("div", "row", {}, this.no, this.yes));
    this.busyText = el("bdi");
    this.busy = el("div", "busy", {}, el("span", "spin"), this.busyText);
    this.resultIcon = icon("check");
    this.resultText = el("bdi");
    this.close = el("button", "close", { type: "button" }, document.createTextNode("×"));
    this.result = el("div", "result", {}, this.resultIcon, el("span", null, {}, this.resultText), this.close);
    this.act = el("div", "act", {}, this.result, this.ask, this.busy, this.button);
    /** @type {ActionName | null} */
    this.offered = null;
    /** @type {ActionName | null} */
    this.asked = null;
    this.button.addEventListener("click", () => this.offered && handlers.ask(this.offered));
    this.yes.addEventListener("click", () => this.asked && handlers.confirm(this.asked));
    this.no.addEventListener("click", handlers.cancel);
    this.ask.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      handlers.cancel();
    });
    this.close.addEventListener("click", handlers.dismiss);

    this.foldText = el("bdi");
    this.fold = el("button", "fold", { type: "button", "aria-expanded": "false" }, this.foldText, icon("chevron"));
    this.historyHost = el("div");
    this.historyHost.hidden = true;
    this.history = el("div", "history", {}, this.fold, this.historyHost);
    this.fold.addEventListener("click", () => {
      const open = this.historyHost.hidden;
      show(this.historyHost, open);
      set(this.fold, { "aria-expanded": String(open) });
      handlers.history(this.historyHost, open);
    });

    // Changes are told by a region of their own: one inside a button is never read out.
    this.spoken = el("div", "hear", { role: "status" });
    this.body = el("div", "root", {}, el("div", "head", {}, this.who, this.chip), this.banner, this.hero, this.bar, this.marks, this.detailLine, this.chart.element, this.legend, this.blocks, this.facts, this.act, this.history, this.spoken);
    this.element = el("ha-card" /** @type {any} */, null, {}, this.body);
  }

  /**
   * A card without a vehicle to show: a title and what to do.
   * @param {string} title
   * @param {string} words
   */
  tell(title, words) {
    this.last = null;
    for (const part of [this.chip, this.hero, this.bar, this.marks, this.detailLine, this.chart.element, this.legend, this.blocks, this.facts, this.act, this.history]) show(part, false);
    text(this.name, title);
    text(this.status, words);
    show(this.banner, false);
    set(this.badge, { class: "badge" });
  }

  /**
   * @param {Payload} payload
   * @param {{format: Format, now: number, config: Config, doing: Doing}} context now: the server's clock
   */
  update(payload, { format, now, config, doing }) {
    this.last = { payload, format, now };
    const kind = picture(payload);
    const session = payload.session ?? null;
    const present = payload.entry === "loaded";
    const battery = payload.battery ?? { at_plug_in: null, now: null, target: null, reserve: null, capacity_kwh: null };
    const verdict = present && kind !== "settled" ? (payload.verdict?.state ?? "unknown") : "unknown";

    set(this.body, { class: `root${payload.stale ? " stale" : ""}` });
    this.#head(payload, kind, verdict, config, format, now);
    this.#banner(payload, kind, format, now);

    // Battery and ready-by.
    const hasLevel = present && battery.now !== null;
    show(this.levels, hasLevel);
    const aims = battery.target !== null && kind !== "settled" && kind !== "no_session" && kind !== "no_source";
    const reached = aims && hasLevel && /** @type {number} */ (battery.now) >= /** @type {number} */ (battery.target);
    if (hasLevel) text(this.level, format.percent(/** @type {number} */ (battery.now)));
    show(/** @type {any} */ (this.arrow), aims && !reached);
    set(this.arrow, { style: aims && !reached ? null : "display:none" });
    text(this.goal, aims && !reached ? format.percent(/** @type {number} */ (battery.target)) : "");
    const told = this.#ready(payload, kind, format, now);
    show(this.readyBy, told);
    show(this.hero, hasLevel || told);
    this.#battery(battery, aims, hasLevel, format);

    // The time bar.
    const drawn = present && !!session && (kind === "active" || kind === "settled") && (!!session.blocks?.length || !!session.series?.some((it) => it.kwh));
    show(this.chart.element, drawn);
    show(this.detailLine, drawn);
    show(this.legend, drawn);
    if (drawn) this.#chart(payload, session, kind, verdict, format, now);
    else children(this.blocks, 0, () => el("li"));

    this.#facts(payload, kind, format, now);
    this.#actions(payload, config, format, doing, battery.target);
    show(this.history, present && !!config.show_history);
    text(this.foldText, format.t("history", { count: "14" }));
  }

  /** @param {number} width of the card's inside in CSS pixels @returns {boolean} whether it changed */
  resize(width) {
    if (Math.abs(width - this.width) < 1) return false;
    this.width = width;
    return true;
  }

  /** @param {Payload} payload @param {string} kind @param {string} verdict @param {Config} config @param {Format} format @param {number} now */
  #head(payload, kind, verdict, config, format, now) {
    const { t } = bound(format);
    const next = instant(payload.next_charge_start);
    let status = payload.charging_status ?? kind;
    if (kind === "removed" || kind === "not_loaded") status = kind;
    // What the banner says is not said twice: here stands what the car does meanwhile.
    else if (payload.error || status === "not_charging_although_planned" || kind === "no_session" || kind === "no_source") {
      status = !payload.plugged_in ? "waiting_for_plug_in" : payload.charging ? "charging" : "plugged_in";
    }
    let words = status === "waiting_for_next_block" && next !== null ? t("status_waiting_until", { time: format.when(next, now) }) : t(`status_${status}`);
    if (payload.power_kw && kind === "active") words += ` · ${format.energy(payload.power_kw, "kW")}`;
    text(this.name, config.name || payload.vehicle.name || "");
    text(this.status, words);
    set(this.who, { "aria-label": `${this.name.textContent}, ${words}` });
    if (this.spoken.textContent !== words && this.spoken.dataset.for === payload.vehicle.key) text(this.spoken, words);
    this.spoken.dataset.for = payload.vehicle.key;

    const [tone, sign] = VERDICTS[verdict] ?? ["", "car"];
    const powered = !!payload.charging && kind === "active";
    set(this.badge, { class: `badge ${tone === "warn" || tone === "bad" ? tone : powered ? "good" : ""}` });
    setIcon(this.badgeIcon, kind === "not_loaded" || kind === "removed" ? "off" : powered ? "bolt" : "car");

    show(this.chip, !!tone || !!payload.stale);
    if (payload.stale) {
      set(this.chip, { class: "chip" });
      setIcon(this.chipIcon, "clock");
      text(this.chipLong, "");
      text(this.chipText, t("as_of", { time: format.when(instant(payload.as_of) ?? now, now) }));
    } else if (tone) {
      set(this.chip, { class: `chip ${tone}` });
      setIcon(this.chipIcon, sign);
      const short = verdict === "off_track" ? this.#short(payload, format) : "";
      set(this.chipLong, { class: short ? "long" : null });
      text(this.chipLong, t(`verdict_${verdict}`) + (short ? " · " : ""));
      text(this.chipText, short);
    }
  }

  /** @param {Payload} payload @param {Format} format @returns {string} what is missing, if it is known */
  #short(payload, format) {
    const missing = payload.verdict?.missing_percent;
    return missing ? format.t("verdict_short", { level: format.percent(missing) }) : "";
  }

  /** @param {Payload} payload @param {string} kind @param {Format} format @param {number} now */
  #banner(payload, kind, format, now) {
    const { t } = bound(format);
    let [tone, key, sign] = /** @type {[string, string, IconName]} */ (["", "", "warning"]);
    /** @type {Record<string, string>} */
    let values = {};
    const error = payload.error;
    if (kind === "removed" || kind === "not_loaded") [tone, key, sign] = ["plain", kind, "off"];
    else if (error?.word) {
      [tone, key] = ["bad", error.word];
      const name = (/** @type {string} */ it) => t(`capability_${it.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`) || it;
      values = { list: error.missing_capabilities.map(name).join(", ") || "–" };
    } else if (error) {
      [tone, key] = ["bad", "unknown_error"];
      values = { name: error.raw ?? "" };
    } else if (payload.stale && payload.as_of) {
      [tone, key, sign] = ["plain", "stale", "clock"];
      values = { time: format.when(Date.parse(payload.as_of), now) };
    } else if (payload.charging_status === "not_charging_although_planned") [tone, key] = ["warn", "silent"];
    else if (kind === "no_source" || kind === "no_session" || kind === "upcoming") {
      [tone, key, sign] = ["plain", kind, kind === "no_source" ? "car" : "plug"];
      if (kind === "upcoming" && payload.plugged_in) tone = "";
    }
    show(this.banner, !!tone);
    if (!tone) return;
    set(this.banner, { class: `banner ${tone}`, role: tone === "bad" ? "alert" : null });
    setIcon(this.bannerIcon, sign);
    text(this.bannerTitle, t(`${key}_title`, values));
    text(this.bannerText, t(`${key}_text`, values));
  }

  /** @param {Payload} payload @param {string} kind @param {Format} format @param {number} now @returns {boolean} whether there is something to tell */
  #ready(payload, kind, format, now) {
    const { t } = bound(format);
    const session = payload.session;
    let strong = "";
    let soft = "";
    let expected = "";
    let tone = "soft";
    if (kind === "settled" && session) {
      const from = instant(session.plugged_in_at);
      const to = instant(session.plugged_out_at);
      strong = t("last_session");
      if (from !== null && to !== null) expected = t("from_to", { from: format.when(from, now), to: to - from < 12 * HOUR && now - to < 18 * HOUR ? format.time(to) : format.when(to, now) });
    } else if (kind === "active" || kind === "upcoming") {
      const by = instant(payload.ready_by);
      if (by !== null) {
        strong = t("ready_by", { time: format.when(by, now) });
        soft = by > now ? t("in", { duration: format.duration(by - now) }) : t("ago", { duration: format.duration(now - by) });
      }
      if (kind === "active") [expected, tone] = this.#expected(payload, format, now, by);
      if (!strong) [strong, expected] = [expected, ""];
    }
    text(this.readyStrong, strong);
    text(this.readySoft, soft && `· ${soft}`);
    text(this.expected, expected);
    set(this.expected, { class: tone });
    return !!strong;
  }

  /** @param {Payload} payload @param {Format} format @param {number} now @param {number | null} by @returns {[string, string]} a sentence and its tone */
  #expected(payload, format, now, by) {
    const { t } = bound(format);
    const target = payload.battery?.target;
    const verdict = payload.verdict?.state;
    const at = instant(payload.expected?.at);
    const level = payload.expected?.level ?? null;
    if (target === null || target === undefined) return ["", "soft"];
    const goal = format.percent(target);
    if (verdict === "ready") return [at !== null && at <= now ? t("reached_at", { level: goal, time: format.when(at, now) }) : t("reached", { level: goal }), "soft"];
    if (level !== null && by !== null && level < target) return [t("expected_only", { level: format.percent(level), time: format.when(by, now) }), "warn"];
    if (verdict === "off_track") return [at !== null ? t("expected_late", { level: goal, time: format.when(at, now) }) : t("expected_not", { level: goal }), "warn"];
    if (at !== null) return [t("expected_at", { level: goal, time: format.when(at, now) }), "soft"];
    return [verdict === "on_track" ? t("expected", { level: goal }) : "", "soft"];
  }

  /** @param {NonNullable<Payload["battery"]>} battery @param {boolean} aims @param {boolean} shown @param {Format} format */
  #battery(battery, aims, shown, format) {
    show(this.bar, shown);
    show(this.marks, shown && aims);
    if (!shown) return;
    const now = /** @type {number} */ (battery.now);
    const target = aims ? battery.target : null;
    const start = battery.at_plug_in !== null && battery.at_plug_in < now ? battery.at_plug_in : null;
    const { goal, gained, had, notch, tick } = this.parts;
    const size = (/** @type {number | null} */ level) => `inline-size:${Math.min(100, Math.max(0, level ?? 0))}%`;
    set(goal, { style: size(target !== null && target > now ? target : 0) });
    set(gained, { style: size(start !== null ? now : 0) });
    set(had, { style: size(start ?? now), class: `had${start === null ? " all" : ""}` });
    set(tick, { style: target === null ? "display:none" : `inset-inline-start:${target}%` });
    const reserve = aims && battery.reserve && battery.reserve < (target ?? 100) ? battery.reserve : null;
    set(notch, { style: reserve === null ? "display:none" : `inset-inline-start:${reserve}%` });
    const aim = target !== null ? format.percent(target) : "";
    set(this.bar, {
      "aria-valuenow": now,
      "aria-label": target !== null ? format.t("battery_target", { level: format.percent(now), target: aim }) : format.t("battery", { level: format.percent(now) }),
    });
    if (!aims) return;
    const words = /** @type {Record<string, string>} */ ({
      target: target !== null ? format.t("target", { level: aim }) : "",
      start: start !== null ? format.t("start", { level: format.percent(start) }) : "",
      reserve: reserve !== null ? format.t("reserve", { level: format.percent(reserve) }) : "",
    });
    const levels = /** @type {Record<string, number | null>} */ ({ target, start, reserve });
    const placed = placeLabels(
      Object.keys(words).map((key) => ({ key, level: levels[key], width: words[key].length * 6.2 })),
      this.width || 300,
    );
    children(this.marks, placed.length, () => el("span")).forEach((mark, index) => {
      const { key, left } = placed[index];
      set(mark, { style: `inset-inline-start:${left.toFixed(1)}px` });
      text(mark, words[key]);
    });
  }

  /** @param {Payload} payload @param {Session} session @param {string} kind @param {string} verdict @param {Format} format @param {number} now */
  #chart(payload, session, kind, verdict, format, now) {
    const { t } = bound(format);
    const readyBy = instant(kind === "settled" ? session.ready_by : (payload.ready_by ?? null));
    if (this.width > 0) this.chart.draw({ session, now, readyBy, verdict, format }, this.width);
    const [from, to] = span(session, now, readyBy);
    this.chart.describe(t("chart", { from: format.when(from, now), to: format.when(to, now) }));
    this.#detail();

    const slots = slotsOf(session, now).filter((slot) => slot.end > from && slot.start < to);
    const { types, planned } = legend(slots);
    const names = types.map((type) => [type, t(`type_${type}`)]);
    if (planned) names.push(["hatched", t("planned")]);
    children(this.legend, names.length, () => el("li", null, {}, el("i"), el("bdi"))).forEach((item, index) => {
      set(item.children[0], { class: names[index][0] });
      text(item.children[1], names[index][1]);
    });

    const blocks = blocksOf(session);
    children(this.blocks, blocks.length, () => el("li")).forEach((item, index) => {
      const { start, end, type, kwh, phase } = blocks[index];
      const times = t("from_to", { from: format.when(start, now), to: format.when(end, now) });
      text(item, [times, t(`type_${type}`), kwh === null ? "" : format.energy(kwh, "kWh"), t(`phase_${phase}`)].filter(Boolean).join(", "));
    });
  }

  /** The line above the chart: of the chosen stretch of time, else of the whole session. */
  #detail() {
    if (!this.last) return;
    const { payload, format, now } = this.last;
    const slot = this.chart.selected;
    text(this.detail, slot ? describe(slot, format, now) : totals(payload, format));
  }

  /** @param {Payload} payload @param {string} kind @param {Format} format @param {number} now */
  #facts(payload, kind, format, now) {
    const session = kind === "settled" ? payload.session : kind === "upcoming" ? payload.last_session : null;
    const facts = session ? factsOf(session, format, now, kind === "upcoming") : [];
    fill(this.facts, facts);
    show(this.facts, facts.length > 0);
  }

  /** @param {Payload} payload @param {Config} config @param {Format} format @param {Doing} doing @param {number | null} target */
  #actions(payload, config, format, doing, target) {
    const { t } = bound(format);
    this.offered = config.show_actions === false || payload.stale ? null : offer(payload);
    const under = doing.busy ? (doing.busy === "immediate_start" ? "starting" : "returning") : (payload.command ?? null);
    // A question whose answer can no longer be carried out is taken back.
    this.asked = !under && doing.ask && payload.actions[doing.ask].allowed ? doing.ask : null;
    const inside = this.act.contains(/** @type {any} */ (this.act.getRootNode()).activeElement);
    show(this.busy, !!under);
    if (under) text(this.busyText, t(`busy_${under}`));
    show(this.ask, !!this.asked);
    if (this.asked) {
      text(this.askText, this.asked === "immediate_start" && target !== null ? t("ask_immediate_start_target", { level: format.percent(target) }) : t(`ask_${this.asked}`));
      set(this.ask, { "aria-label": this.askText.textContent ?? "" });
      label(this.yes, this.asked, t(this.asked));
      text(this.no, t("cancel"));
    }
    show(this.button, !!this.offered && !under && !this.asked);
    if (this.offered) label(this.button, this.offered, t(this.offered));
    show(this.result, !!doing.result && !under);
    if (doing.result) {
      set(this.result, { class: `result ${doing.result.kind}`, role: doing.result.kind === "bad" ? "alert" : "status" });
      setIcon(this.resultIcon, doing.result.kind === "good" ? "check" : doing.result.kind === "bad" ? "warning" : "clock");
      text(this.resultText, doing.result.words);
      set(this.close, { "aria-label": t("close") });
    }
    show(this.act, !!under || !!this.asked || !this.button.hidden || !this.result.hidden);
    // The focused control may just have gone: the keyboard stays where it was.
    if (inside) (this.asked ? this.yes : this.offered && !under ? this.button : this.who).focus();
  }
}

/** @param {string} className @param {IconName} [sign] */
function button(className, sign) {
  return el("button", className, { type: "button" }, sign ? icon(sign) : null, sign ? el("bdi") : null);
}

/** @param {HTMLElement} node @param {ActionName} action @param {string} words */
function label(node, action, words) {
  setIcon(/** @type {SVGSVGElement} */ (node.children[0]), action === "immediate_start" ? "bolt" : "calendar");
  text(node.children[1], words);
}

/** @param {Format} format */
const bound = (format) => ({ t: (/** @type {string} */ key, /** @type {Record<string, string>} */ values = {}) => format.t(key, values) });

/** @param {Slot} slot @param {Format} format @param {number} now */
function describe(slot, format, now) {
  const times = `${format.when(slot.start, now)}–${format.time(slot.end)}`;
  if (slot.kind === "gap") return `${times} · ${format.t(slot.start < now ? "nothing" : "nothing_planned")}`;
  const amount =
    slot.kind === "measured" ? format.energy(slot.kw, "kW") : slot.kwh === null ? format.t("planned") : format.t("planned_energy", { energy: format.energy(slot.kwh, "kWh") });
  return `${times} · ${amount} · ${format.t(`type_${slot.type}`)}`;
}

/** @param {Payload} payload @param {Format} format */
function totals(payload, format) {
  const { session, planned_kwh: planned } = payload;
  const parts = [];
  if (session?.kwh !== null && session?.kwh !== undefined) parts.push(format.t("charged", { energy: format.energy(session.kwh, "kWh") }));
  if (planned && session?.state !== "settled") parts.push(format.t("planned_energy", { energy: format.energy(planned, "kWh") }));
  return parts.join(" · ") || "kW";
}

/**
 * A session in a few facts: name, value, tone.
 * @param {Session} session
 * @param {Format} format
 * @param {number} now
 * @param {boolean} dated whether the day is one of them
 * @returns {[string, string, string][]}
 */
export function factsOf(session, format, now, dated) {
  /** @type {[string, string, string][]} */
  const facts = [];
  const from = instant(session.plugged_in_at);
  if (dated && from !== null) facts.push([format.t("last_session"), format.when(from, now), ""]);
  if (session.kwh !== null) facts.push([format.t("energy"), format.energy(session.kwh, "kWh"), ""]);
  if (session.battery_from !== null && session.battery_to !== null) facts.push([format.t("levels"), `${format.percent(session.battery_from)} – ${format.percent(session.battery_to)}`, ""]);
  if (session.cost !== null && session.currency) facts.push([format.t("cost"), format.money(session.cost, session.currency), ""]);
  if (session.savings && session.currency) facts.push([format.t(session.savings > 0 ? "savings" : "extra_cost"), format.money(Math.abs(session.savings), session.currency), session.savings > 0 ? "good" : ""]);
  const outcome = session.managed ? session.outcome : "unmanaged";
  if (outcome) facts.push([format.t("outcome"), format.t(`outcome_${outcome}`), outcome === "on_target" ? "good" : outcome === "off_target" ? "warn" : ""]);
  return facts;
}

/** @param {HTMLElement} list @param {[string, string, string][]} facts */
export function fill(list, facts) {
  children(list, facts.length, () => el("div", null, {}, el("dt"), el("dd"))).forEach((item, index) => {
    const [name, value, tone] = facts[index];
    text(item.children[0], name);
    text(item.children[1], value);
    set(item.children[1], { class: tone || null });
  });
}
