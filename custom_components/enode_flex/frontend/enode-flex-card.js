/**
 * The dashboard card of Enode Flex: will my car be ready?
 *
 * This file is loaded on every page and only announces the card; what draws is imported along with it, the history and
 * the dashboard strategy when they are first used.
 */

/** @import {ActionName, Config, Hass, Payload} from "./types.js" */
/** @import {Doing} from "./view.js" */
import { DOMAIN, Format, formatKey } from "./format.js";
import { MINUTE } from "./model.js";
import sheet from "./styles.js";
import { View } from "./view.js";

const TAG = "enode-flex-card";
const STRATEGY = "enode-flex";
const VERSION = 1;
const URL = "https://github.com/enode-flex/enode-flex-home-assistant";
/** How long the card waits for what an action did (seconds). */
const WAIT = 60;

/** Strings for one language at a time, shared by all cards of the page. @type {Map<string, Promise<Format>>} */
const formats = new Map();

/** @param {Hass} hass @returns {Promise<Format>} */
function formatFor(hass) {
  const key = formatKey(hass);
  let format = formats.get(key);
  if (!format) {
    format = hass
      .loadBackendTranslation("common", DOMAIN)
      .then((localize) => (editorStrings = new Format(hass, localize)));
    format.catch(() => formats.delete(key));
    formats.set(key, format);
  }
  return format;
}

class EnodeFlexCard extends HTMLElement {
  /** @type {Hass | null} */ #hass = null;
  /** @type {Config | null} */ #config = null;
  /** @type {Payload | null} */ #payload = null;
  /** @type {Format | null} */ #format = null;
  /** @type {string} */ #wanted = "";
  /** @type {Promise<() => void> | null} */ #subscription = null;
  /** Server time minus the page's monotonic clock. */
  #clock = 0;
  /** @type {string | null} an error that the subscription gave */ #refused = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {Doing} */ #doing = { ask: null, busy: null, result: null };
  #resultUntil = 0;
  #drawn = false;
  /** @type {any} */ #connection = null;
  /** @type {{update: (payload: Payload, format: Format, now: number) => void} | null} */ #history = null;
  /** @type {View} */ #view;

  constructor() {
    super();
    this.#view = new View({
      open: () => this.#open(),
      ask: (action) => this.#do({ ask: action, result: null }, true),
      confirm: (action) => this.#run(action),
      cancel: () => this.#do({ ask: null }),
      dismiss: () => this.#do({ result: null }),
      history: (host, open) => this.#showHistory(host, open),
    });
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#view.element);
    this.resized = new ResizeObserver(([{ contentRect }]) => {
      if (this.#view.resize(contentRect.width)) this.#draw();
    });
  }

  /** @param {Config} config */
  setConfig(config) {
    if (config.entity !== undefined && typeof config.entity !== "string") throw new Error("entity must be an entity id");
    const before = this.#config;
    this.#config = config;
    if (before?.entity !== config.entity || before?.device_id !== config.device_id) {
      this.#payload = null;
      this.#doing = { ask: null, busy: null, result: null };
      this.#unsubscribe();
      this.#subscribe();
    }
    this.#draw();
  }

  /** @param {Hass} hass */
  set hass(hass) {
    const before = this.#hass;
    this.#hass = hass;
    if (!before || formatKey(before) !== formatKey(hass) || !this.#format) this.#load();
    if (!this.#subscription && (!before || before.states !== hass.states || before.connected !== hass.connected)) this.#subscribe();
  }

  connectedCallback() {
    this.resized.observe(this.#view.body);
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#subscribe();
    this.#draw();
  }

  disconnectedCallback() {
    this.resized.disconnect();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsubscribe();
    this.#connection?.removeEventListener("ready", this.#onReady);
    this.#connection = null;
  }

  #onVisibility = () => {
    if (document.hidden) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else {
      this.#draw();
    }
  };

  /** Home Assistant is back after a restart: its connection forgot this subscription. */
  #onReady = () => {
    this.#subscription = null;
    this.#subscribe();
  };

  #load() {
    const hass = /** @type {Hass} */ (this.#hass);
    formatFor(hass).then(
      (format) => {
        if (formatKey(/** @type {Hass} */ (this.#hass)) !== format.key) return;
        this.#format = format;
        this.#draw();
      },
      () => undefined, // the next state that comes tries again
    );
  }

  #subscribe() {
    const hass = this.#hass;
    const config = this.#config;
    if (!hass || !config || this.#subscription || !this.isConnected) return;
    const target = config.device_id ? { device_id: config.device_id } : { entity_id: config.entity };
    if (!config.device_id && !config.entity) return;
    if (this.#connection !== hass.connection) {
      this.#connection?.removeEventListener("ready", this.#onReady);
      this.#connection = hass.connection;
      this.#connection.addEventListener("ready", this.#onReady);
    }
    const wanted = (this.#wanted = JSON.stringify(target));
    // Not resubscribed by the connection: right after a restart the command may not exist yet, and that must be tried
    // again, which only this card can know.
    const subscription = hass.connection.subscribeMessage(
      (/** @type {Payload} */ payload) => {
        if (this.#wanted === wanted) this.#receive(payload);
      },
      { type: `${DOMAIN}/subscribe_session`, ...target },
      { resubscribe: false },
    );
    this.#subscription = subscription;
    subscription.then(
      () => (this.#refused = null),
      (/** @type {{code?: string}} */ error) => {
        if (this.#subscription === subscription) this.#subscription = null;
        this.#refused = error?.code ?? "unknown";
        this.#draw();
      },
    );
  }

  #unsubscribe() {
    const subscription = this.#subscription;
    this.#subscription = null;
    this.#wanted = "";
    subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
  }

  /** @param {Payload} payload */
  #receive(payload) {
    this.#payload = payload;
    this.#clock = Date.parse(payload.now) - performance.now();
    this.#refused = null;
    this.#draw();
  }

  /** The server's clock. */
  get #now() {
    return this.#clock + performance.now();
  }

  #draw() {
    const format = this.#format;
    const config = this.#config;
    if (!format || !config || !this.isConnected || document.hidden) return;
    const view = this.#view;
    const payload = this.#payload;
    if (!config.device_id && !config.entity) view.tell(format.t("no_vehicle_title"), format.t("no_vehicle_text"));
    else if (payload && payload.version > VERSION) view.tell(format.t("update_title"), format.t("update_text"));
    else if (!payload) this.#tellWhyNot(format);
    else {
      if (!view.width) view.resize(inner(view.body));
      if (this.#doing.result && this.#now > this.#resultUntil) this.#doing.result = null;
      const now = this.#now;
      view.update(payload, { format, now, config, doing: this.#doing });
      this.#history?.update(payload, format, now);
      if (!this.#drawn) {
        this.#drawn = true;
        performance.mark(`${TAG}-drawn`);
      }
    }
    this.#plan();
  }

  /** @param {Format} format */
  #tellWhyNot(format) {
    const words =
      this.#refused === "not_found" ? "not_found_text" : this.#refused === "unauthorized" ? "forbidden_text" : "";
    this.#view.tell(words ? format.t("no_vehicle_title") : format.t("connecting"), words ? format.t(words) : "");
  }

  /** The one timer: the next full minute of the server's clock, and only while somebody can see the card. */
  #plan() {
    if (this.#timer !== undefined || document.hidden) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (!this.#subscription) this.#subscribe();
        this.#draw();
      },
      MINUTE - (this.#now % MINUTE) + 20,
    );
  }

  #open() {
    const entities = this.#payload?.vehicle.entities ?? {};
    const entityId = entities.charging_status ?? entities.session_state ?? this.#config?.entity;
    if (!entityId) return;
    this.dispatchEvent(new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail: { entityId } }));
  }

  /** @param {Partial<Doing>} change @param {boolean} [focus] whether the keyboard follows */
  #do(change, focus) {
    Object.assign(this.#doing, change);
    this.#draw();
    if (focus) this.#view.yes.focus();
  }

  /** @param {ActionName} action */
  async #run(action) {
    const hass = this.#hass;
    const device = this.#payload?.vehicle.device_id;
    const format = this.#format;
    if (!hass || !device || !format || this.#doing.busy) return;
    this.#do({ ask: null, busy: action, result: null });
    /** @type {import("./view.js").Result} */
    let result;
    try {
      const answer = await hass.callService(DOMAIN, action, { device_id: [device], wait: WAIT }, undefined, false, true);
      const told = answer?.response?.vehicles?.[device] ?? {};
      if (told.result === "confirmed") result = { kind: "good", words: format.t(`done_${action}`) };
      else if (told.result === "pending") result = { kind: "plain", words: format.t("pending") };
      else result = { kind: "bad", words: await this.#why(told) };
    } catch (error) {
      const reason = /** @type {{message?: string}} */ (error)?.message ?? String(error);
      result = { kind: "bad", words: format.t("failed", { reason }) };
    }
    this.#resultUntil = this.#now + (result.kind === "good" ? MINUTE : 10 * MINUTE);
    this.#do({ busy: null, result });
  }

  /**
   * The sentence for a command that did not work: the same that a press of the button raises.
   * @param {{result?: string, reason?: string | null}} told
   */
  async #why({ result, reason }) {
    const format = /** @type {Format} */ (this.#format);
    const key = result === "refused" ? `refused_${reason}` : reason;
    const localize = await /** @type {Hass} */ (this.#hass).loadBackendTranslation("exceptions", DOMAIN).catch(() => null);
    const missing = this.#payload?.error?.missing_capabilities.join(", ");
    const sentence = key && localize?.(`component.${DOMAIN}.exceptions.${key}.message`, { detail: missing || "–", reason: reason ?? "" });
    return sentence || format.t("failed", { reason: reason ?? result ?? "" });
  }

  /** @param {HTMLElement} host @param {boolean} open */
  async #showHistory(host, open) {
    if (!open) {
      this.#history = null;
      return;
    }
    const { History } = await import("./history.js");
    this.#history = new History(host, () => {
      const device = this.#payload?.vehicle.device_id;
      const target = device ? { device_id: device } : { entity_id: this.#config?.entity };
      return /** @type {Hass} */ (this.#hass).callWS({ type: `${DOMAIN}/history`, limit: 14, ...target });
    });
    this.#draw();
  }

  getCardSize() {
    return 7;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  /** @param {Hass} hass */
  static getStubConfig(hass) {
    return { device_id: devicesOf(hass)[0] ?? "" };
  }

  static getConfigForm() {
    const filter = { integration: DOMAIN };
    return {
      schema: [
        { name: "device_id", selector: { device: { filter } } },
        { name: "entity", selector: { entity: { filter: { ...filter, domain: "sensor" } } } },
        { name: "name", selector: { text: {} } },
        { name: "show_actions", default: true, selector: { boolean: {} } },
        { name: "show_history", default: false, selector: { boolean: {} } },
      ],
      computeLabel: (/** @type {{name: string}} */ { name }) => editorStrings?.t(`editor_${name}`) || name,
      assertConfig: (/** @type {Config} */ config) => {
        if (config.device_id !== undefined && typeof config.device_id !== "string") throw new Error("device_id must be one device");
      },
    };
  }
}

/** The newest strings that any card loaded: the editor's labels must be there at once. @type {Format | null} */
let editorStrings = null;

/** @param {Element} body @returns {number} */
function inner(body) {
  const style = getComputedStyle(body);
  return body.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) || 0;
}

/** @param {Hass} hass @returns {string[]} device ids of this integration's vehicles */
export function devicesOf(hass) {
  const found = Object.values(hass.entities)
    .filter((entity) => entity.platform === DOMAIN && entity.device_id)
    .map((entity) => /** @type {string} */ (entity.device_id));
  return [...new Set(found)];
}

class EnodeFlexStrategy extends HTMLElement {
  static registryDependencies = ["entities", "devices"];
  static noEditor = true;

  /** @param {object} config @param {Hass} hass */
  static async generate(config, hass) {
    const { generate } = await import("./strategy.js");
    return generate(await formatFor(hass), hass, devicesOf(hass));
  }
}

// A page may load two versions for a moment: the first one stays.
if (!customElements.get(TAG)) {
  customElements.define(TAG, EnodeFlexCard);
  customElements.define(`ll-strategy-dashboard-${STRATEGY}`, EnodeFlexStrategy);
  const page = /** @type {any} */ (window);
  (page.customCards ??= []).push({
    type: TAG,
    name: "Enode Flex",
    description: "Will your car be ready? Battery, plan, actual power and outcome of the charging session in one picture.",
    preview: true,
    documentationURL: URL,
    getEntitySuggestion: (/** @type {Hass} */ hass, /** @type {string} */ entityId) => {
      const entity = hass.entities[entityId];
      if (entity?.platform !== DOMAIN || !entity.device_id) return null;
      return { config: { type: `custom:${TAG}`, device_id: entity.device_id } };
    },
  });
  (page.customStrategies ??= []).push({
    type: STRATEGY,
    strategyType: "dashboard",
    name: "Enode Flex",
    description: "One charging card for each vehicle",
    documentationURL: URL,
  });
}
