/** What the card draws, computed from a snapshot: pure functions, without DOM and without a clock of their own. */

/** @import {Block, BlockType, Payload, Session} from "./types.js" */

export const MINUTE = 60_000;
export const QUARTER = 15 * MINUTE;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A stretch of time in the chart. `measured`: energy flowed; `planned`: it is meant to; `gap`: neither.
 * @typedef {{start: number, end: number, kind: "measured" | "planned" | "gap", kw: number, kwh: number | null, type: BlockType}} Slot
 */

/** @param {string | null | undefined} text @returns {number | null} milliseconds, null for what is no time */
export function instant(text) {
  const at = text ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at;
}

/**
 * Which of its pictures the card shows.
 * @param {Payload} payload
 * @returns {"removed" | "not_loaded" | "no_source" | "no_session" | "upcoming" | "active" | "settled"}
 */
export function picture(payload) {
  if (payload.entry !== "loaded") return payload.entry;
  const state = payload.session_state;
  if (state === "upcoming" || state === "settled") return state;
  if (state?.startsWith("active")) return "active";
  // A word of Enode's that is not known here still has a session to show.
  if (payload.session && state !== "no_session") return "active";
  return payload.source === "none" ? "no_source" : "no_session";
}

/** @param {Session} session @returns {{type: BlockType, start: number, end: number, kwh: number | null, phase: string}[]} blocks that make sense, in order of time */
export function blocksOf(session) {
  return (session.blocks ?? [])
    .map((block) => ({ ...block, start: Date.parse(block.start), end: Date.parse(block.end) }))
    .filter((block) => block.end > block.start)
    .sort((a, b) => a.start - b.start);
}

/**
 * The session as stretches of time, in order and without overlap: measured quarters in the colour of the block around
 * them, what past blocks say where nothing was measured, planned blocks, and the gaps between.
 * @param {Session} session
 * @param {number} now
 * @returns {Slot[]}
 */
export function slotsOf(session, now) {
  const blocks = blocksOf(session);
  /** @type {Slot[]} */
  const slots = [];
  let covered = -Infinity;
  const quarters = (session.series ?? [])
    .map(({ start, end, kwh }) => ({ start: Date.parse(start), end: instant(end) ?? Date.parse(start) + QUARTER, kwh }))
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start);
  for (const { start: told, end, kwh } of quarters) {
    const start = Math.max(told, covered);
    if (end <= start) continue;
    covered = end;
    const middle = (start + end) / 2;
    const around =
      blocks.find((block) => block.start <= middle && middle < block.end) ??
      blocks.find((block) => block.start < end && start < block.end);
    const kw = ((kwh ?? 0) * HOUR) / (end - told);
    const type = around?.type ?? "other";
    if (kw > 0) slots.push({ start, end, kind: "measured", kw, kwh, type });
  }
  for (const block of blocks) {
    const start = Math.max(block.start, covered);
    if (block.end <= start) continue;
    const kw = ((block.kwh ?? 0) * HOUR) / (block.end - block.start);
    const kind = block.phase === "past" || (block.phase === "running" && block.end <= now) ? "measured" : "planned";
    // A past block that the measured quarters reach into has been told by them.
    if (kind === "measured" && start > block.start) continue;
    if (kind === "measured" && !kw) continue;
    slots.push({ start, end: block.end, kind, kw, kwh: block.kwh, type: block.type });
    covered = block.end;
  }
  return slots.sort((a, b) => a.start - b.start);
}

/**
 * The same with the gaps in between as slots of their own: what a pointer or the arrow keys walk through.
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

/**
 * First and last instant of the chart.
 * @param {Session} session
 * @param {number} now
 * @param {number | null} readyBy
 * @returns {[number, number]}
 */
export function span(session, now, readyBy) {
  const slots = slotsOf(session, now);
  const settled = session.state === "settled";
  const first = slots[0]?.start;
  const last = slots.reduce((end, slot) => Math.max(end, slot.end), -Infinity);
  const plugged = instant(session.plugged_in_at);
  let from = Math.min(plugged ?? first ?? now, first ?? Infinity);
  let to = settled ? Math.max(last, instant(session.plugged_out_at) ?? -Infinity) : Math.max(last, now);
  if (!Number.isFinite(to)) to = from + HOUR;
  if (readyBy !== null && readyBy > from && readyBy < Math.max(to, from) + DAY) to = Math.max(to, readyBy);
  if (settled) {
    from = Math.max(from, to - 2 * DAY);
  } else {
    // A car that has been plugged in for days shows its last day, and no more than a day and a half of plans.
    from = Math.max(from, now - DAY);
    to = Math.min(to, now + 1.5 * DAY);
  }
  from = Math.floor(from / QUARTER) * QUARTER;
  return [from, Math.max(Math.ceil(to / QUARTER) * QUARTER, from + HOUR)];
}

/**
 * Offset of a time zone from UTC at an instant, in milliseconds.
 * @param {number} at
 * @param {string | undefined} zone undefined: the browser's
 */
export function offset(at, zone) {
  const parts = zoneFormat(zone).formatToParts(at);
  /** @type {Record<string, number>} */
  const told = {};
  for (const { type, value } of parts) told[type] = Number(value);
  const wall = Date.UTC(told.year, told.month - 1, told.day, told.hour, told.minute, told.second);
  return wall - Math.floor(at / 1000) * 1000;
}

/** @type {Map<string | undefined, Intl.DateTimeFormat>} */
const zoneFormats = new Map();

/** @param {string | undefined} timeZone */
function zoneFormat(timeZone) {
  let format = zoneFormats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    zoneFormats.set(timeZone, format);
  }
  return format;
}

const STEPS = [QUARTER, 2 * QUARTER, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, DAY];

/**
 * Instants at round wall-clock times of the zone, also over a change of the clocks: an hour that comes twice has its
 * tick once or twice, as the steps fall; one that never comes has none.
 * @param {number} from
 * @param {number} to
 * @param {number} most how many fit
 * @param {string | undefined} zone
 * @returns {number[]}
 */
export function ticks(from, to, most, zone) {
  const step = STEPS.find((it) => (to - from) / it <= most) ?? DAY * Math.ceil((to - from) / DAY / Math.max(1, most));
  /** @type {number[]} */
  const found = [];
  /** @param {number} a @param {number} b @param {number} shift */
  const add = (a, b, shift) => {
    for (let at = Math.ceil((a + shift) / step) * step - shift; at < b; at += step) found.push(at);
  };
  const before = offset(from, zone);
  const after = offset(to, zone);
  if (before === after) {
    add(from, to + 1, before);
  } else {
    let [low, high] = [from, to];
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle, zone) === before) low = middle;
      else high = middle;
    }
    const change = Math.round(high / MINUTE) * MINUTE;
    add(from, change, before);
    add(change, to + 1, after);
  }
  return found;
}

/** @param {number} kw @returns {number} the least round number of kW that is not below */
export function niceMax(kw) {
  const round = [2, 4, 6, 8, 12, 16, 24, 40, 60, 80, 120, 160, 200, 300, 400];
  return round.find((it) => it >= kw * 0.999) ?? Math.ceil(kw / 100) * 100;
}

/**
 * Which marks of the battery bar have room for their label; the target goes first, then the start, then the reserve.
 * @param {{key: string, level: number | null, width: number}[]} marks widths in pixels, most important first
 * @param {number} width of the bar in pixels
 * @returns {{key: string, level: number, left: number}[]} left edge of each label in pixels
 */
export function placeLabels(marks, width) {
  /** @type {{key: string, level: number, left: number, right: number}[]} */
  const placed = [];
  for (const { key, level, width: own } of marks) {
    if (level === null || level <= 0 || level > 100) continue;
    const at = (width * level) / 100;
    // The target's label ends at its mark, the others stand centred below theirs.
    const wished = key === "target" ? at - own + 2 : at - own / 2;
    const left = Math.min(Math.max(0, wished), width - own);
    if (placed.every((other) => left > other.right + 8 || left + own < other.left - 8)) {
      placed.push({ key, level, left, right: left + own });
    }
  }
  return placed.map(({ key, level, left }) => ({ key, level, left }));
}

/**
 * What the legend names: types in a fixed order, and whether something is planned.
 * @param {Slot[]} slots
 * @returns {{types: BlockType[], planned: boolean}}
 */
export function legend(slots) {
  /** @type {BlockType[]} */
  const order = ["battery_reserve", "regular", "immediate_start", "other"];
  return {
    types: order.filter((type) => slots.some((slot) => slot.type === type)),
    planned: slots.some((slot) => slot.kind === "planned"),
  };
}

/**
 * The action to offer, if any: never one that cannot work.
 * @param {Payload} payload
 * @returns {import("./types.js").ActionName | null}
 */
export function offer(payload) {
  if (payload.entry !== "loaded") return null;
  if (payload.actions.resume_schedule.allowed) return "resume_schedule";
  return payload.actions.immediate_start.allowed ? "immediate_start" : null;
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
