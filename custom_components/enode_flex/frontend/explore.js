/** Reading the chart with a pointer or the arrow keys, one stretch of time after the other. Loaded when first used. */

/** @import {Chart} from "./chart.js" */
import { set, svg } from "./dom.js";
import { MINUTE } from "./model.js";

export class Explorer {
  /**
   * @param {Chart} chart
   * @param {() => void} changed told when another stretch is chosen
   */
  constructor(chart, changed) {
    this.chart = chart;
    this.changed = changed;
    /** @type {Slot[]} */
    this.slots = [];
    /** @type {number | null} an instant of the chosen stretch: it stays chosen when new quarters come */
    this.chosen = null;
    this.cursor = svg("rect", { style: "fill: color-mix(in srgb, var(--ink) 9%, transparent)", rx: 4, y: 24 });
    chart.grid.after(this.cursor);
    const node = chart.svg;
    node.addEventListener("pointermove", (event) => this.#point(event));
    node.addEventListener("pointerdown", (event) => this.#point(event));
    node.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && this.choose(null));
    node.addEventListener("blur", () => this.choose(null));
    node.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {Scene} scene @returns {string} what the chosen stretch is, "" when none is */
  update({ format, now }) {
    const { chart, chosen } = this;
    const { drawing, width } = chart;
    if (!drawing) return "";
    this.slots = withGaps(drawing.slots, drawing.from, drawing.to, now);
    const slot = chosen === null ? null : this.slots.find(({ start, end }) => start <= chosen && chosen < end);
    set(this.cursor, { visibility: slot ? "visible" : "hidden" });
    if (!slot) return "";
    const left = Math.max(chart.x(drawing.from), chart.x(slot.start));
    const right = Math.min(chart.x(drawing.to), chart.x(slot.end));
    set(this.cursor, { x: left - 1, width: Math.max(3, right - left + 2), height: width > 600 ? 146 : 110 });
    const times = `${format.when(slot.start, now)}–${format.time(slot.end)}`;
    if (slot.kind === "gap") return `${times} · ${format.t(slot.start < now ? "nothing" : "nothing_planned")}`;
    const planned = slot.kwh === null ? format.t("planned") : format.t("planned_energy", { energy: format.energy(slot.kwh, "kWh") });
    return `${times} · ${slot.kind === "measured" ? format.energy(slot.kw, "kW") : planned} · ${format.t(`type_${slot.type}`)}`;
  }

  /** @param {Slot | null | undefined} slot */
  choose(slot) {
    this.chosen = slot ? Math.max(slot.start, this.chart.drawing?.from ?? 0) : null;
    this.changed();
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const { svg: node, width, x } = this.chart;
    const box = node.getBoundingClientRect();
    const left = ((event.clientX - box.left) * width) / box.width;
    this.choose(this.slots.find(({ start, end }) => left >= x(start) && left < x(end)));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { slots, chosen } = this;
    const last = slots.length - 1;
    const now = this.chart.drawing?.now ?? 0;
    const index = chosen === null ? -1 : slots.findIndex(({ start, end }) => start <= chosen && chosen < end);
    const present = Math.max(0, slots.findIndex(({ end }) => end > now));
    /** @type {Record<string, number>} */
    const moves = {
      ArrowLeft: index < 0 ? present : Math.max(0, index - 1),
      ArrowRight: index < 0 ? present : Math.min(last, index + 1),
      Home: 0,
      End: last,
    };
    if (event.key === "Escape" && index >= 0) this.choose(null);
    else if (event.key in moves) this.choose(slots[moves[event.key]]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * The stretches of a chart with the gaps in between as stretches of their own.
 * @param {Slot[]} slots
 * @param {number} from
 * @param {number} to
 * @param {number} now
 * @returns {Slot[]}
 */
export function withGaps(slots, from, to, now) {
  /** @type {Slot[]} */
  const all = [];
  /** @param {number} start @param {number} end */
  const gap = (start, end) => {
    for (const [a, b] of start < now && now < end ? [[start, now], [now, end]] : [[start, end]]) {
      if (b - a >= MINUTE) all.push({ start: a, end: b, kind: "gap", kw: 0, kwh: 0, type: "other" });
    }
  };
  let at = from;
  for (const slot of slots) {
    gap(at, slot.start);
    all.push(slot);
    at = Math.max(at, slot.end);
  }
  gap(at, to);
  return all;
}

