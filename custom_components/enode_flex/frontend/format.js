/** Words, numbers and times as the person wants them. */

import { HOUR, MINUTE, wall } from "./model.js";

export const DOMAIN = "enode_flex";

/** @type {Record<string, string | undefined>} */
const NUMBERS = { comma_decimal: "en-US", decimal_comma: "de", space_comma: "fr", quote_decimal: "de-CH" };

/** @param {Hass} hass what a change of makes every text of the card old */
export const formatKey = (hass) =>
  [hass.language, hass.locale.number_format, hass.locale.time_format, hass.locale.time_zone, hass.config.time_zone].join();

/** Texts and formats for one language and one person's settings. */
export class Format {
  /**
   * @param {Hass} hass
   * @param {(key: string, values?: object) => string} localize of the category "common"
   */
  constructor(hass, localize) {
    this.key = formatKey(hass);
    this.localize = localize;
    // Where a language has no translation, the texts are English: numbers within them follow the texts.
    this.language = this.t("language") || "en";
    const { number_format, time_format, time_zone } = hass.locale;
    /** @type {string | undefined} undefined: the browser's */
    this.zone = time_zone === "server" ? hass.config.time_zone : undefined;
    this.numbers = number_format === "system" ? undefined : (NUMBERS[number_format] ?? this.language);
    this.grouping = number_format !== "none";
    const judge = time_format === "system" ? undefined : hass.locale.language;
    this.hour12 =
      time_format === "12" ||
      (time_format !== "24" && !!new Intl.DateTimeFormat(judge, { hour: "numeric" }).resolvedOptions().hour12);
    /** @type {Record<string, any>} */
    this.made = {};
    // The first use of dates takes tens of milliseconds: now, while the snapshot is on its way.
    this.time(wall(0, this.zone));
  }

  /** @param {string} key without the prefix of the card @param {Record<string, string>} [values] @returns {string} */
  t(key, values) {
    return this.localize(`component.${DOMAIN}.common.card_${key}`, values) ?? "";
  }

  /** @param {Intl.DateTimeFormatOptions} options @param {number} at @returns {string} */
  date(options, at) {
    const format = (this.made[JSON.stringify(options)] ??= new Intl.DateTimeFormat(this.language, { timeZone: this.zone, ...options }));
    return format.format(at).replace(/[\u202f ](?=[AaPp]\.?[Mm])/, "\u00a0");
  }

  /** @param {number} at @returns {string} 05:30 or 5:30 AM */
  time(at) {
    return this.date(
      this.hour12
        ? { hour: "numeric", minute: "2-digit", hour12: true }
        : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
      at,
    );
  }

  /** @param {number} at @returns {string} as short as an axis needs it: 05:30, 5 AM */
  tick(at) {
    return this.hour12 && wall(at, this.zone) % HOUR === 0 ? this.date({ hour: "numeric", hour12: true }, at) : this.time(at);
  }

  /** @param {number} at @param {number} now @returns {string} the time, with the weekday when it is not near, with the date when it is far */
  when(at, now) {
    const far = Math.abs(at - now);
    if (far < 18 * HOUR) return this.time(at);
    const day = far < 144 * HOUR ? { weekday: "short" } : { day: "numeric", month: "short" };
    return `${this.date(/** @type {Intl.DateTimeFormatOptions} */ (day), at)} ${this.time(at)}`;
  }

  /** @param {number} value @param {Intl.NumberFormatOptions} options @returns {string} */
  number(value, options) {
    const format = (this.made[`n${JSON.stringify(options)}`] ??= new Intl.NumberFormat(this.numbers, { useGrouping: this.grouping, ...options }));
    return format.format(value);
  }

  /** @param {number} value 0 to 100 */
  percent(value) {
    return this.number(Math.round(value) / 100, { style: "percent" });
  }

  /** @param {number} value @param {"kW" | "kWh"} unit @returns {string} one digit behind the point, unbreakable */
  energy(value, unit) {
    const digits = value >= 100 ? 0 : 1;
    return `${this.number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits })}\u00a0${unit}`;
  }

  /** @param {number} milliseconds @returns {string} 8 hr 23 min, 3 days */
  duration(milliseconds) {
    const minutes = Math.max(0, Math.round(milliseconds / MINUTE));
    const part = (/** @type {number} */ value, /** @type {string} */ unit) =>
      new Intl.NumberFormat(this.language, { style: "unit", unit, unitDisplay: "short" }).format(value);
    if (minutes >= 2880) return part(Math.round(minutes / 1440), "day");
    const hours = Math.floor(minutes / 60);
    const rest = minutes % 60;
    if (!hours) return part(rest, "minute");
    return (rest ? `${part(hours, "hour")} ${part(rest, "minute")}` : part(hours, "hour")).replaceAll(" ", "\u00a0");
  }
}
