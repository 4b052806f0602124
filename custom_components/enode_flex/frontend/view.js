/** The picture of one vehicle: a skeleton that is built once, and an update that touches only what changed. */

import { Chart } from "./chart.js";
import { children, el, icon, set, setIcon, show, text } from "./dom.js";
import { HOUR, blocksOf, instant, legend, offer, picture, placeLabels, slotsOf, span } from "./model.js";

/** @type {Battery} */
const NO_BATTERY = { at_plug_in: null, now: null, target: null, reserve: null, capacity_kwh: null };
const TONES = /** @type {Record<string, string>} */ ({ on_track: "good", ready: "good", off_track: "warn", error: "bad" });
const SIGNS = /** @type {const} */ ({ good: "check", warn: "warning", bad: "warning" });

export class View {
  /** @param {{open: () => void, ask: (action: ActionName) => void, history: (host: HTMLElement, open: boolean) => void}} handlers */
  constructor(handlers) {
    this.chart = new Chart();
    /** @type {import("./explore.js").Explorer | null} */
    this.explorer = null;
    const explore = () => this.#explore();
    for (const event of ["pointerenter", "focus"]) this.chart.svg.addEventListener(event, explore, { once: true });
    this.width = 0;
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {ActionName | null} */
    this.offered = null;

    this.badgeIcon = icon("car");
    this.badge = el("span", "badge", {}, this.badgeIcon);
    this.name = el("bdi", "name");
    this.status = el("bdi", "status");
    this.who = el("button", "who", { type: "button" }, this.badge, el("span", null, {}, this.name, this.status));
    this.who.addEventListener("click", handlers.open);
    this.chipIcon = icon("check");
    this.chipLong = el("bdi");
    this.long = el("span", "long", {}, this.chipLong, " · ");
    this.chipText = el("bdi");
    this.chip = el("span", "chip", {}, this.chipIcon, el("span", null, {}, this.long, this.chipText));

    this.bannerTitle = el("b");
    this.bannerText = el("bdi");
    this.bannerIcon = icon("warning");
    this.banner = el("div", "banner", {}, this.bannerIcon, el("span", null, {}, this.bannerTitle, this.bannerText));

    this.level = el("span", "level");
    this.arrow = el("span", null, {}, icon("arrow"));
    this.goal = el("span", "goal");
    this.levels = el("div", "levels", { "aria-hidden": "true" }, this.level, this.arrow, this.goal);
    this.strong = el("bdi", "strong");
    this.away = el("bdi");
    // Marks between two texts stand outside of both, where every direction of writing puts them in between.
    this.soft = el("span", "soft", {}, " · ", this.away);
    this.expected = el("bdi");
    this.readyBy = el("div", "ready-by", {}, el("div", null, {}, this.strong, this.soft), el("div", null, {}, this.expected));
    this.hero = el("div", "hero", {}, this.levels, this.readyBy);

    this.parts = ["goal-part", "gained", "had", "notch", "tick"].map((name) => el("i", name));
    this.bar = el("div", "bar", { role: "meter", "aria-valuemin": "0", "aria-valuemax": "100" }, ...this.parts);
    this.marks = el("div", "marks", { "aria-hidden": "true" });

    this.detail = el("bdi");
    this.detailLine = el("div", "detail", { "aria-live": "polite" }, this.detail);
    this.legend = el("ul", "legend", { "aria-hidden": "true" });
    this.blocks = el("ul", "hear");
    this.facts = el("dl", "facts");

    this.button = el("button", "button wide", { type: "button" }, icon("bolt"), el("bdi"));
    this.button.addEventListener("click", () => this.offered && handlers.ask(this.offered));
    this.act = el("div", "act", {}, this.button);

    this.fold = el("button", "fold", { type: "button", "aria-expanded": "false" }, el("bdi"), icon("chevron"));
    this.past = el("div");
    this.past.hidden = true;
    this.history = el("div", "history", {}, this.fold, this.past);
    this.fold.addEventListener("click", () => {
      show(this.past, this.past.hidden);
      set(this.fold, { "aria-expanded": String(!this.past.hidden) });
      handlers.history(this.past, !this.past.hidden);
    });

    // Changes are told by a region of their own: one inside a button is never read out.
    this.spoken = el("div", "hear", { role: "status" });
    this.body = el(
      "div",
      "root",
      {},
      el("div", "head", {}, this.who, this.chip),
      this.banner,
      this.hero,
      this.bar,
      this.marks,
      this.detailLine,
      this.chart.element,
      this.legend,
      this.blocks,
      this.facts,
      this.act,
      this.history,
      this.spoken,
    );
    this.element = el("ha-card", null, {}, this.body);
  }

  /** @param {string} title @param {string} words of a card without a vehicle */
  tell(title, words) {
    this.scene = null;
    for (const part of [...this.body.children].slice(1)) show(part, false);
    show(this.chip, false);
    text(this.name, title);
    text(this.status, words);
    set(this.badge, { class: "badge" });
  }

  /** @param {Payload} payload @param {Pick<Scene, "format" | "now" | "config">} context */
  update(payload, context) {
    const kind = picture(payload);
    const told = kind === "upcoming" || kind === "active" ? (payload.verdict?.state ?? "unknown") : "unknown";
    // Enode judges by the plan. Where the plan is not kept, "on track" would calm down wrongly.
    const silent = payload.charging_status === "not_charging_although_planned";
    /** @type {Scene} */
    const scene = {
      payload,
      kind,
      verdict: silent && told === "on_track" ? "unknown" : told,
      session: payload.session ?? null,
      battery: payload.battery ?? NO_BATTERY,
      ...context,
    };
    this.scene = scene;
    set(this.body, { class: `root${payload.stale ? " stale" : ""}` });
    show(this.spoken, true);
    this.#head(scene);
    this.#banner(scene);
    this.#battery(scene);
    show(this.readyBy, this.#ready(scene));
    show(this.hero, !this.levels.hidden || !this.readyBy.hidden);
    this.#chart(scene);
    this.#facts(scene);
    this.#offer(scene);
    show(this.history, payload.entry === "loaded" && !!context.config.show_history);
    text(this.fold.children[0], context.format.t("history", { count: "14" }));
    return scene;
  }

  /** @param {number} width @returns {boolean} whether it changed */
  resize(width) {
    if (Math.abs(width - this.width) < 1) return false;
    this.width = width;
    return true;
  }

  /** @param {Scene} scene */
  #head({ payload, kind, verdict, config, format, now }) {
    const next = instant(payload.next_charge_start);
    let status = payload.charging_status ?? kind;
    if (payload.entry !== "loaded") status = kind;
    // What the banner says is not said twice: here stands what the car does meanwhile.
    else if (payload.error || status === "not_charging_although_planned" || kind === "no_session" || kind === "no_source") {
      status = !payload.plugged_in ? "waiting_for_plug_in" : payload.charging ? "charging" : "plugged_in";
    }
    const until = status === "waiting_for_next_block" && next !== null;
    let words = until ? format.t("status_waiting_until", { time: format.when(next, now) }) : format.t(`status_${status}`);
    if (payload.power_kw && kind === "active") words += ` · ${format.energy(payload.power_kw, "kW")}`;
    text(this.name, config.name || payload.vehicle.name || "");
    // The first state is read with the card, only later ones are news.
    if (this.status.textContent && this.status.textContent !== words) text(this.spoken, words);
    text(this.status, words);

    const tone = TONES[verdict] ?? "";
    const powered = !!payload.charging && kind === "active";
    set(this.badge, { class: `badge ${tone !== "good" ? tone : powered ? "good" : ""}` });
    setIcon(this.badgeIcon, payload.entry !== "loaded" ? "off" : powered ? "bolt" : "car");
    show(this.chip, !!tone || !!payload.stale);
    const missing = verdict === "off_track" && !payload.stale && payload.verdict?.missing_percent;
    const short = missing ? format.t("verdict_short", { level: format.percent(missing) }) : "";
    if (payload.stale) {
      set(this.chip, { class: "chip" });
      setIcon(this.chipIcon, "clock");
      text(this.chipText, format.t("as_of", { time: format.when(instant(payload.as_of) ?? now, now) }));
    } else if (tone) {
      set(this.chip, { class: `chip ${tone}` });
      setIcon(this.chipIcon, SIGNS[/** @type {"good"} */ (tone)]);
      text(this.chipText, short || format.t(`verdict_${verdict}`));
    }
    if (short) text(this.chipLong, format.t(`verdict_${verdict}`));
    show(this.long, !!short);
  }

  /** @param {Scene} scene */
  #banner({ payload, kind, format, now }) {
    const { error } = payload;
    let tone = "";
    let key = /** @type {string} */ (kind);
    /** @type {import("./dom.js").IconName} */
    let sign = "warning";
    /** @type {Record<string, string>} */
    let values = {};
    if (payload.entry !== "loaded") [tone, sign] = ["plain", "off"];
    else if (error) {
      [tone, key] = ["bad", error.word ?? "unknown_error"];
      const list = error.missing_capabilities.map(
        (name) => format.t(`capability_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`) || name,
      );
      values = { list: list.join(", ") || "–", name: error.raw ?? "" };
    } else if (payload.stale && payload.as_of) {
      [tone, key, sign] = ["plain", "stale", "clock"];
      values = { time: format.when(Date.parse(payload.as_of), now) };
    } else if (payload.charging_status === "not_charging_although_planned") [tone, key] = ["warn", "silent"];
    else if (kind === "no_source") [tone, sign] = ["plain", "car"];
    else if (kind === "no_session" || (kind === "upcoming" && !payload.plugged_in)) [tone, sign] = ["plain", "plug"];
    show(this.banner, !!tone);
    if (!tone) return;
    set(this.banner, { class: `banner ${tone}`, role: tone === "bad" ? "alert" : null });
    setIcon(this.bannerIcon, sign);
    text(this.bannerTitle, format.t(`${key}_title`, values));
    text(this.bannerText, format.t(`${key}_text`, values));
  }

  /** @param {Scene} scene @returns {boolean} whether there is something to tell */
  #ready(scene) {
    const { payload, kind, session, format, now } = scene;
    let [strong, soft, expected, tone] = ["", "", "", "soft"];
    if (kind === "settled" && session) {
      const from = instant(session.plugged_in_at);
      const to = instant(session.plugged_out_at);
      strong = format.t("last_session");
      if (from !== null && to !== null) {
        const end = to - from < 18 * HOUR ? format.time(to) : format.when(to, now);
        expected = format.t("from_to", { from: format.when(from, now), to: end });
      }
    } else if (kind === "active" || kind === "upcoming") {
      const by = instant(payload.ready_by);
      if (by !== null) {
        strong = format.t("ready_by", { time: format.when(by, now) });
        soft = format.t(by > now ? "in" : "ago", { duration: format.duration(Math.abs(by - now)) });
      }
      if (kind === "active") [expected, tone] = expectation(scene, by);
      if (!strong) [strong, expected] = [expected, ""];
    }
    text(this.strong, strong);
    text(this.away, soft);
    show(this.soft, !!soft);
    text(this.expected, expected);
    set(this.expected, { class: tone });
    return !!strong;
  }

  /** @param {Scene} scene */
  #battery({ payload, kind, battery, format }) {
    const { now, target: wanted, at_plug_in: before, reserve: floor } = battery;
    const shown = payload.entry === "loaded" && now !== null;
    const target = kind === "active" || kind === "upcoming" ? wanted : null;
    show(this.levels, shown);
    show(this.bar, shown);
    show(this.marks, shown && target !== null);
    if (!shown) return;
    const open = target !== null && target > now;
    const aim = target === null ? "" : format.percent(target);
    text(this.level, format.percent(now));
    show(this.arrow, open);
    text(this.goal, open ? aim : "");

    const start = before !== null && before < now ? before : null;
    const reserve = floor && target !== null && floor < target ? floor : null;
    const ends = [open ? target : 0, start === null ? 0 : now, start ?? now];
    const places = [reserve, target];
    this.parts.forEach((part, index) => {
      const place = places[index - 3] ?? null;
      const mark = place === null ? "display:none" : `inset-inline-start:${place}%`;
      set(part, { style: index < 3 ? `inline-size:${Math.min(100, Math.max(0, ends[index]))}%` : mark });
    });
    set(this.parts[2], { class: start === null ? "had all" : "had" });
    set(this.bar, {
      "aria-valuenow": now,
      "aria-label": format.t(target === null ? "battery" : "battery_target", { level: format.percent(now), target: aim }),
    });
    const marks = Object.entries({ target, start, reserve }).map(([key, level]) => {
      const words = level === null ? "" : format.t(key, { level: format.percent(level) });
      return { key, level, words, width: words.length * 6.2 };
    });
    const placed = placeLabels(marks, this.width || 300);
    children(this.marks, placed.length, () => el("span")).forEach((mark, index) => {
      set(mark, { style: `inset-inline-start:${placed[index].left.toFixed(1)}px` });
      text(mark, placed[index].words);
    });
  }

  /** @param {Scene} scene */
  #chart(scene) {
    const { payload, kind, session, format, now } = scene;
    const drawn = !!session && (kind === "active" || kind === "settled") && (!!session.blocks?.length || !!session.series?.some(({ kwh }) => kwh));
    show(this.chart.element, drawn);
    show(this.detailLine, drawn);
    show(this.legend, drawn);
    show(this.blocks, drawn);
    if (!drawn) return;
    const readyBy = instant(kind === "settled" ? session.ready_by : payload.ready_by);
    const all = slotsOf(session, now, payload.power_kw);
    const [from, to] = span(session, now, readyBy, all);
    const slots = all.filter((slot) => slot.end > from && slot.start < to);
    if (this.width > 0) this.chart.draw({ session, slots, from, to, now, readyBy, format }, this.width);
    set(this.chart.svg, { "aria-label": format.t("chart", { from: format.when(from, now), to: format.when(to, now) }) });
    this.#detail();

    const types = legend(slots);
    children(this.legend, types.length, () => el("li", null, {}, el("i"), el("bdi"))).forEach((item, index) => {
      set(item.children[0], { class: types[index] });
      text(item.children[1], format.t(`type_${types[index]}`));
    });
    const blocks = blocksOf(session);
    children(this.blocks, blocks.length, () => el("li")).forEach((item, index) => {
      const { start, end, type, kwh, phase } = blocks[index];
      const times = format.t("from_to", { from: format.when(start, now), to: format.when(end, now) });
      const energy = kwh === null ? [] : [format.energy(kwh, "kWh")];
      text(item, [times, format.t(`type_${type}`), ...energy, format.t(`phase_${phase}`)].join(", "));
    });
  }

  /** The line above the chart: of the chosen stretch of time, else of the whole session. */
  #detail() {
    if (this.scene) text(this.detail, this.explorer?.update(this.scene) || totals(this.scene));
  }

  async #explore() {
    const { Explorer } = await import("./explore.js");
    this.explorer ??= new Explorer(this.chart, () => this.#detail());
    this.#detail();
  }

  /** @param {Scene} scene */
  async #facts(scene) {
    const { kind, payload } = scene;
    const session = kind === "settled" ? payload.session : kind === "upcoming" ? payload.last_session : null;
    if (!session) return show(this.facts, false);
    const { factsOf, fill } = await import("./facts.js");
    if (this.scene === scene) fill(this.facts, factsOf(session, scene, kind === "upcoming"));
  }

  /** @param {Scene} scene */
  #offer({ payload, config, format }) {
    this.offered = config.show_actions === false || payload.stale || payload.command ? null : offer(payload);
    show(this.button, !!this.offered);
    if (this.offered) {
      setIcon(this.button.children[0], this.offered === "immediate_start" ? "bolt" : "calendar");
      text(this.button.children[1], format.t(this.offered));
    }
    show(this.act, !!this.offered);
  }
}

/** @param {Scene} scene @param {number | null} by @returns {[string, string]} what is expected of the session, and its tone */
function expectation({ payload, verdict, battery, format, now }, by) {
  const { target } = battery;
  const at = instant(payload.expected?.at);
  const level = payload.expected?.level ?? null;
  if (target === null) return ["", "soft"];
  const goal = format.percent(target);
  const time = at === null ? "" : format.when(at, now);
  const tell = (/** @type {string} */ key, tone = "soft") => /** @type {[string, string]} */ ([format.t(key, { level: goal, time }), tone]);
  if (verdict === "ready") return tell(at !== null && at <= now ? "reached_at" : "reached");
  if (level !== null && by !== null && level < target) {
    return [format.t("expected_only", { level: format.percent(level), time: format.when(by, now) }), "warn"];
  }
  if (verdict === "off_track") return tell(time ? "expected_late" : "expected_not", "warn");
  if (time) return tell("expected_at");
  return verdict === "on_track" ? tell("expected") : ["", "soft"];
}

/** @param {Scene} scene */
function totals({ payload, session, format }) {
  const parts = [];
  if (session && session.kwh !== null) parts.push(format.t("charged", { energy: format.energy(session.kwh, "kWh") }));
  if (payload.planned_kwh) parts.push(format.t("planned_energy", { energy: format.energy(payload.planned_kwh, "kWh") }));
  return parts.join(" · ");
}
