/** What the card draws, computed from a snapshot: pure functions, without DOM and without a clock of their own. */

export const MINUTE = 60_000;
export const QUARTER = 15 * MINUTE;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param {string | null | undefined} text @returns {number | null} milliseconds, null for what is no time */
export function instant(text) {
  const at = text ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at;
}

/** @param {Payload} payload @returns {Picture} which of its pictures the card shows */
export function picture(payload) {
  if (payload.entry !== "loaded") return payload.entry;
  const state = payload.session_state;
  if (state === "upcoming" || state === "settled") return state;
  if (state?.startsWith("active")) return "active";
  // A word of Enode's that is not known here still has a session to show.
  if (payload.session && state !== "no_session") return "active";
  return payload.source === "none" ? "no_source" : "no_session";
}

/** @param {Session} session blocks that make sense, in order of time */
export function blocksOf(session) {
  return (session.blocks ?? [])
    .map((block) => ({ ...block, start: Date.parse(block.start), end: Date.parse(block.end) }))
    .filter((block) => block.end > block.start)
    .sort((a, b) => a.start - b.start);
}

/**
 * The session as stretches of time, in order and without overlap: measured quarters in the colour of the block around
 * them, what past blocks say where nothing was measured, and planned blocks. A running block of unknown energy goes on with
 * the power of now.
 * @param {Session} session @param {number} now @param {number | null} [power] kW
 */
export function slotsOf(session, now, power) {
  const blocks = blocksOf(session);
  const slots = /** @type {Slot[]} */ ([]);
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
    const kind = block.phase === "past" || (block.phase === "running" && block.end <= now) ? "measured" : "planned";
    const goesOn = block.kwh === null && block.phase === "running" && kind === "planned";
    const kw = goesOn ? (power ?? 0) : ((block.kwh ?? 0) * HOUR) / (block.end - block.start);
    // A past block that the measured quarters reach into has been told by them.
    if (kind === "measured" && start > block.start) continue;
    if (kind === "measured" && !kw) continue;
    slots.push({ start, end: block.end, kind, kw, kwh: block.kwh, type: block.type });
    covered = block.end;
  }
  return slots.sort((a, b) => a.start - b.start);
}

/** @param {Session} session @param {number} now @param {number | null} readyBy @returns {[number, number]} first and last instant of the chart */
export function span(session, now, readyBy, slots = slotsOf(session, now)) {
  const settled = session.state === "settled";
  const first = slots[0]?.start;
  const last = slots.reduce((end, slot) => Math.max(end, slot.end), -Infinity);
  const plugged = instant(session.plugged_in_at);
  // Where nobody saw the plug-in, what is now is the beginning.
  let from = Math.min(plugged ?? first ?? now, first ?? Infinity, settled ? Infinity : now);
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

/** @type {Record<string, Intl.DateTimeFormat>} */
const clocks = {};

/** @param {number} at @param {string} [timeZone] else the browser's @returns {number} the wall clock there, as if it were UTC */
export function wall(at, timeZone) {
  // Swedish writes 2026-11-23 17:45:00.
  clocks[timeZone ?? ""] ??= new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return Date.parse(`${clocks[timeZone ?? ""].format(at).replace(" ", "T")}Z`);
}

const STEPS = [QUARTER, 2 * QUARTER, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, DAY];

/**
 * Instants at round wall-clock times. An hour that comes twice has its tick twice, one that never comes has none.
 * @param {number} from @param {number} to @param {number} most @param {string} [zone]
 */
export function ticks(from, to, most, zone) {
  const step = STEPS.find((it) => (to - from) / it <= most) ?? DAY;
  const found = [];
  const shift = wall(from, zone) - from;
  const steady = wall(to, zone) - to === shift;
  for (let at = Math.ceil(from / QUARTER) * QUARTER; at <= to; at += QUARTER) {
    if ((steady ? at + shift : wall(at, zone)) % step === 0) found.push(at);
  }
  return found;
}

/** @param {number} kw @returns {number} the least round number of kW that is not below */
export function niceMax(kw) {
  const round = [2, 4, 6, 8, 12, 16, 24, 40, 60, 80, 120, 160, 200, 300, 400];
  return round.find((it) => it >= kw * 0.999) ?? Math.ceil(kw / 100) * 100;
}

/**
 * Which marks of the battery bar have room for their label, and the left edge of each. Pixels; the first goes first.
 * @template {{key: string, level: number | null, width: number}} Mark
 * @param {Mark[]} marks @param {number} width of the bar
 */
export function placeLabels(marks, width) {
  /** @type {(Mark & {left: number})[]} */
  const placed = [];
  for (const mark of marks) {
    const { key, level, width: own } = mark;
    if (level === null || level <= 0 || level > 100) continue;
    const at = (width * level) / 100;
    // The target's label ends at its mark, the others stand centred below theirs.
    const left = Math.min(Math.max(0, key === "target" ? at - own + 2 : at - own / 2), width - own);
    if (placed.every((other) => left > other.left + other.width + 8 || left + own < other.left - 8)) placed.push({ ...mark, left });
  }
  return placed;
}

export const TYPES = /** @type {const} */ (["battery_reserve", "regular", "immediate_start", "other"]);

/** @param {Slot[]} slots @returns {string[]} what the legend names, in a fixed order */
export function legend(slots) {
  const types = TYPES.filter((type) => slots.some((slot) => slot.type === type));
  return slots.some(({ kind }) => kind === "planned") ? [...types, "planned"] : types;
}

/** @param {Payload} payload @returns {ActionName | null} the action to offer: never one that cannot work */
export function offer(payload) {
  if (payload.entry !== "loaded") return null;
  if (payload.actions.resume_schedule.allowed) return "resume_schedule";
  return payload.actions.immediate_start.allowed ? "immediate_start" : null;
}
