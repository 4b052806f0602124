/** The time bar: power in quarters, blocks by type, the present and the ready-by on one axis. */

/** @import {Format} from "./format.js" */
/** @import {Slot} from "./model.js" */
/** @import {Session} from "./types.js" */
import { children, el, set, svg, text } from "./dom.js";
import { blocksOf, niceMax, slotsOf, span, ticks, withGaps } from "./model.js";

const LEFT = 26;
const RIGHT = 12;
const TOP = 26;
const LANE = 6;
const TYPES = ["battery_reserve", "regular", "immediate_start", "other"];
let charts = 0;

/**
 * @typedef {object} Drawing
 * @property {Session} session
 * @property {number} now
 * @property {number | null} readyBy
 * @property {string} verdict
 * @property {Format} format
 */

export class Chart {
  /** @param {(slot: Slot | null) => void} onSelect told which slot a pointer or a key chose */
  constructor(onSelect) {
    this.onSelect = onSelect;
    this.id = `c${++charts}`;
    /** @type {Drawing | null} */
    this.drawing = null;
    /** @type {Slot[]} */
    this.slots = [];
    /** @type {number | null} start of the chosen slot: it stays chosen when new quarters come */
    this.chosen = null;
    this.x = (/** @type {number} */ at) => at;
    this.width = 0;

    const group = (/** @type {string} */ name) => svg("g", { class: name });
    const hatches = TYPES.map((type) =>
      svg(
        "pattern",
        { id: `${this.id}-${type}`, class: type, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("rect", { width: 6, height: 6, class: "hatch-ground" }),
        svg("rect", { width: 2.4, height: 6, class: "hatch-line" }),
      ),
    );
    this.past = svg("rect", { class: "past", rx: 4 });
    this.cursor = svg("rect", { class: "cursor", rx: 4 });
    this.grid = group("grid");
    this.bars = group("bars");
    this.lane = group("lane");
    this.base = svg("line", { class: "base" });
    this.axis = group("axis");
    this.ready = svg("g", { class: "ready" }, svg("line"), svg("path", { d: "M0 0h11l-2.5 3.8 2.5 3.800H0Z" }), svg("text"));
    this.nowMark = svg("g", { class: "now" }, svg("line"), svg("rect", { rx: 9, height: 18 }), svg("text"));
    this.svg = svg(
      "svg",
      { class: "chart", role: "img", tabindex: 0 },
      svg("defs", {}, ...hatches),
      this.past,
      this.grid,
      this.cursor,
      this.bars,
      this.base,
      this.lane,
      this.axis,
      this.ready,
      this.nowMark,
    );
    this.element = el("div", "plot", {}, this.svg);

    this.svg.addEventListener("pointermove", (event) => this.#point(event));
    this.svg.addEventListener("pointerdown", (event) => this.#point(event));
    this.svg.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") this.choose(null);
    });
    this.svg.addEventListener("blur", () => this.choose(null));
    this.svg.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {Drawing} drawing @param {number} width of the chart in CSS pixels */
  draw(drawing, width) {
    this.drawing = drawing;
    this.width = width;
    const { session, now, readyBy, verdict, format } = drawing;
    const [from, to] = span(session, now, readyBy);
    const plot = width > 600 ? 132 : 96;
    const bottom = TOP + plot;
    const height = bottom + LANE + 28;
    const scale = (width - LEFT - RIGHT) / (to - from);
    const x = (/** @type {number} */ at) => LEFT + (at - from) * scale;
    this.x = x;
    const settled = session.state === "settled";
    const slots = slotsOf(session, now).filter((slot) => slot.end > from && slot.start < to);
    this.slots = withGaps(slots, from, to, now);
    set(this.svg, { viewBox: `0 0 ${width} ${height}`, width, height });

    // The grid: nothing, half and the most.
    const most = niceMax(slots.reduce((max, slot) => Math.max(max, slot.kw), 0));
    const y = (/** @type {number} */ kw) => bottom - (kw / most) * plot;
    const lines = children(this.grid, 2, () => svg("g", {}, svg("line"), svg("text", { "text-anchor": "end" })));
    [most / 2, most].forEach((kw, index) => {
      const [line, label] = lines[index].children;
      set(line, { x1: LEFT, x2: width - RIGHT, y1: y(kw), y2: y(kw) });
      set(label, { x: LEFT - 7, y: y(kw) + 4 });
      text(label, format.number(kw, {}));
    });
    set(this.base, { x1: LEFT, x2: width - RIGHT, y1: bottom + 0.5, y2: bottom + 0.5 });

    // Power: solid is what was, hatched is what is planned.
    const bars = children(this.bars, slots.length, () => svg("path"));
    slots.forEach((slot, index) => {
      const left = Math.max(LEFT, x(slot.start));
      const right = Math.min(width - RIGHT, x(slot.end));
      const planned = slot.kind === "planned";
      const gap = right - left > 5 ? 0.75 : right - left > 2.5 ? 0.4 : 0;
      set(bars[index], {
        class: `${slot.type} ${slot.kind}`,
        d: bar(left + gap, Math.max(left + gap + 0.5, right - gap), slot.kw ? Math.min(y(slot.kw), bottom - 1.5) : bottom - 1.5, bottom, planned ? 4 : 2.5),
        style: planned ? `fill:url(#${this.id}-${slot.type})` : null,
      });
    });

    // The lane: the blocks themselves.
    const blocks = blocksOf(session).filter((block) => block.end > from && block.start < to);
    const lane = children(this.lane, blocks.length, () => svg("rect", { y: bottom + 4, height: LANE, rx: LANE / 2 }));
    blocks.forEach((block, index) => {
      const left = Math.max(LEFT, x(block.start)) + 0.75;
      const planned = block.phase === "future";
      set(lane[index], {
        class: `${block.type}${planned ? " planned" : ""}`,
        x: left,
        y: bottom + 4,
        width: Math.max(2, Math.min(width - RIGHT, x(block.end)) - 0.75 - left),
        style: planned ? `fill:url(#${this.id}-${block.type})` : null,
      });
    });

    // The present.
    const present = !settled && now >= from && now <= to;
    set(this.past, { x: LEFT, y: TOP, width: present ? Math.max(0, x(now) - LEFT) : 0, height: plot });
    set(this.nowMark, { visibility: present ? "visible" : "hidden" });
    if (present) {
      const [line, pill, label] = this.nowMark.children;
      const words = format.t("now", { time: format.time(now) });
      const wide = words.length * 6.1 + 16;
      const middle = Math.min(Math.max(x(now), wide / 2), width - wide / 2);
      set(line, { x1: x(now), x2: x(now), y1: 18, y2: bottom + 4 + LANE });
      set(pill, { x: middle - wide / 2, y: 1, width: wide });
      set(label, { x: middle, y: 14, "text-anchor": "middle" });
      text(label, words);
    }

    // Ready by: a flag, and the time as the axis's bold label.
    const flagged = readyBy !== null && readyBy > from && readyBy <= to;
    const at = flagged ? x(readyBy) : NaN;
    set(this.ready, { visibility: flagged ? "visible" : "hidden", class: `ready ${verdict}` });
    if (flagged) {
      const [line, flag, label] = this.ready.children;
      const words = format.time(readyBy);
      const half = words.length * 3.3;
      const turn = at + 14 > width;
      set(line, { x1: at, x2: at, y1: 8, y2: bottom + 4 + LANE });
      set(flag, { transform: `translate(${at} 7)${turn ? " scale(-1 1)" : ""}` });
      set(label, { x: Math.min(at, width - half - 1), y: height - 2, "text-anchor": "middle" });
      text(label, words);
    }

    const room = format.hour12 ? 58 : 50;
    const shown = ticks(from, to, Math.max(1, Math.floor((width - LEFT - RIGHT) / room)), format.zone).filter(
      (tick) => !flagged || Math.abs(x(tick) - Math.min(at, width - 18)) > room - 4,
    );
    const marks = children(this.axis, shown.length, () => svg("g", {}, svg("line"), svg("text", { "text-anchor": "middle" })));
    shown.forEach((tick, index) => {
      const [line, label] = marks[index].children;
      const words = format.tick(tick);
      set(line, { x1: x(tick), x2: x(tick), y1: bottom + LANE + 7, y2: bottom + LANE + 11 });
      set(label, { x: Math.min(Math.max(x(tick), words.length * 3), width - words.length * 3), y: height - 2 });
      text(label, words);
    });
    this.#mark();
  }

  /** @param {string} label what a screen reader says of the chart */
  describe(label) {
    set(this.svg, { "aria-label": label });
  }

  /** @param {Slot | null} slot */
  choose(slot) {
    if ((slot?.start ?? null) === this.chosen) return;
    this.chosen = slot?.start ?? null;
    this.#mark();
    this.onSelect(slot);
  }

  /** The chosen slot as it is in the newest drawing. */
  get selected() {
    const { chosen } = this;
    return chosen === null ? null : (this.slots.find((slot) => slot.start <= chosen && chosen < slot.end) ?? null);
  }

  #mark() {
    const slot = this.selected;
    set(this.cursor, { visibility: slot ? "visible" : "hidden" });
    if (!slot) return;
    const left = Math.max(LEFT, this.x(slot.start));
    const right = Math.min(this.width - RIGHT, this.x(slot.end));
    set(this.cursor, { x: left - 1, width: Math.max(3, right - left + 2), y: TOP - 2, height: this.width > 600 ? 146 : 110 });
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const box = this.svg.getBoundingClientRect();
    const left = ((event.clientX - box.left) * this.width) / box.width;
    this.choose(this.slots.find((slot) => left >= this.x(slot.start) && left < this.x(slot.end)) ?? null);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const index = this.slots.findIndex((slot) => slot === this.selected);
    const last = this.slots.length - 1;
    const now = this.drawing?.now ?? 0;
    const present = Math.max(0, this.slots.findIndex((slot) => slot.end > now));
    /** @type {Record<string, number>} */
    const moves = {
      ArrowLeft: index < 0 ? present : Math.max(0, index - 1),
      ArrowRight: index < 0 ? present : Math.min(last, index + 1),
      Home: 0,
      End: last,
    };
    if (event.key === "Escape" && index >= 0) {
      this.choose(null);
    } else if (event.key in moves) {
      this.choose(this.slots[moves[event.key]] ?? null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * Outline of a bar that stands on the base line with its upper corners rounded.
 * @param {number} left @param {number} right @param {number} top @param {number} bottom @param {number} radius
 */
function bar(left, right, top, bottom, radius) {
  const r = Math.max(0, Math.min(radius, (right - left) / 2, bottom - top));
  const n = (/** @type {number} */ value) => Math.round(value * 100) / 100;
  return `M${n(left)} ${n(bottom)}V${n(top + r)}q0 ${n(-r)} ${n(r)} ${n(-r)}H${n(right - r)}q${n(r)} 0 ${n(r)} ${n(r)}V${n(bottom)}Z`;
}
