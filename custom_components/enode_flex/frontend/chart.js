/** The time bar: power in quarters, blocks by type, the present and the ready-by on one axis. */

/** @import {Format} from "./format.js" */
import { children, el, set, svg, text } from "./dom.js";
import { TYPES, blocksOf, niceMax, ticks } from "./model.js";

const LEFT = 26;
const RIGHT = 12;
const TOP = 26;
const LANE = 6;
let charts = 0;

/** @typedef {{session: Session, slots: Slot[], from: number, to: number, now: number, readyBy: number | null, format: Format}} Drawing */

export class Chart {
  constructor() {
    this.id = `c${++charts}`;
    /** @type {Drawing | null} */
    this.drawing = null;
    /** Where an instant lies, in pixels. */
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
    this.unit = svg("text", { x: LEFT - 7, y: 13, "text-anchor": "end" });
    text(this.unit, "kW");
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
      this.unit,
      this.grid,
      this.bars,
      this.base,
      this.lane,
      this.axis,
      this.ready,
      this.nowMark,
    );
    this.element = el("div", "plot", {}, this.svg);
  }

  /** @param {Drawing} drawing @param {number} width of the chart in CSS pixels */
  draw(drawing, width) {
    this.drawing = drawing;
    this.width = width;
    const { session, slots, from, to, now, readyBy, format } = drawing;
    const plot = width > 600 ? 132 : 96;
    const bottom = TOP + plot;
    const height = bottom + LANE + 28;
    const scale = (width - LEFT - RIGHT) / (to - from);
    // Halves of a pixel: a second that passed moves nothing.
    const x = (/** @type {number} */ at) => Math.round((LEFT + (at - from) * scale) * 2) / 2;
    this.x = x;
    const settled = session.state === "settled";
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

    const flagged = readyBy !== null && readyBy > from && readyBy <= to;
    const at = flagged ? x(readyBy) : NaN;
    const turn = at + 14 > width;

    // The present. Its label makes way for the flag.
    const present = !settled && now >= from && now <= to;
    set(this.past, { x: LEFT, y: TOP, width: present ? Math.max(0, x(now) - LEFT) : 0, height: plot });
    set(this.nowMark, { visibility: present ? "visible" : "hidden" });
    set(this.unit, { visibility: present && x(now) < LEFT + 44 ? "hidden" : "visible" });
    if (present) {
      const [line, pill, label] = this.nowMark.children;
      const words = format.t("now", { time: format.time(now) });
      const wide = words.length * 6.1 + 16;
      const behind = at + (turn ? 2 : 13);
      const left = flagged && now > readyBy && behind + wide <= width ? behind : 0;
      const right = flagged && !left ? at - (turn ? 13 : 2) : width;
      const middle = Math.max(Math.min(Math.max(x(now), left + wide / 2), right - wide / 2), wide / 2);
      set(line, { x1: x(now), x2: x(now), y1: 18, y2: bottom + 4 + LANE });
      set(pill, { x: middle - wide / 2, y: 1, width: wide });
      set(label, { x: middle, y: 14, "text-anchor": "middle" });
      text(label, words);
    }

    // Ready by: a flag, and the time as the axis's bold label.
    set(this.ready, { visibility: flagged ? "visible" : "hidden" });
    if (flagged) {
      const [line, flag, label] = this.ready.children;
      const words = format.time(readyBy);
      const half = words.length * 3.3;
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
  }
}

/** @param {number} left @param {number} right @param {number} top @param {number} bottom @param {number} radius of the upper corners */
function bar(left, right, top, bottom, radius) {
  const r = Math.max(0, Math.min(radius, (right - left) / 2, bottom - top));
  const n = (/** @type {number} */ value) => Math.round(value * 100) / 100;
  return `M${n(left)} ${n(bottom)}V${n(top + r)}q0 ${n(-r)} ${n(r)} ${n(-r)}H${n(right - r)}q${n(r)} 0 ${n(r)} ${n(r)}V${n(bottom)}Z`;
}
