/**
 * The dashboard card of Enode Flex: will my car be ready?
 *
 * Home Assistant loads this file on every page. What draws comes along with it; the actions, the history, the editor and
 * the dashboard strategy come when they are first used.
 */

import { DOMAIN, Format, formatKey } from "./format.js";
import { MINUTE } from "./model.js";
import sheet from "./styles.js";
import { View } from "./view.js";

const TAG = "enode-flex-card";
const URL = "https://github.com/enode-flex/enode-flex-home-assistant";
/** Version of the snapshot that this card understands (docs/snapshot.md). */
const VERSION = 1;

/** Texts by language and settings, shared by all cards of the page. @type {Map<string, Promise<Format>>} */
const formats = new Map();
/** The newest, for the editor's labels. @type {Format | null} */
let newest = null;

/** @param {Hass} hass */
function formatFor(hass) {
  const key = formatKey(hass);
  let format = formats.get(key);
  if (!format) {
    format = hass.loadBackendTranslation("common", DOMAIN).then((localize) => (newest = new Format(hass, localize)));
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
  /** @type {Promise<() => Promise<void>> | null} */ #subscription = null;
  /** Why there is none: the code of the error. */ #refused = "";
  /** @type {Connection | null} */ #connection = null;
  /** Server time minus the page's own clock, which no change of the time can touch. */ #clock = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {import("./actions.js").Actions | null} */ #actions = null;
  /** @type {import("./history.js").History | null} */ #history = null;
  #view = new View({
    open: () => this.#open(),
    ask: (action) => this.#ask(action),
    history: (host, open) => this.#toggleHistory(host, open),
  });
  #resized = new ResizeObserver(([{ contentRect }]) => {
    if (this.#view.resize(contentRect.width)) this.#draw();
  });

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#view.element);
  }

  /** @param {Config} config */
  setConfig(config) {
    const before = this.#config;
    this.#config = config;
    if (before?.entity !== config.entity || before?.device_id !== config.device_id) {
      this.#payload = null;
      this.#unsubscribe();
      this.#subscribe();
    }
    this.#draw();
  }

  /** @param {Hass} hass Comes with every state of the house: hardly any of them is ours. */
  set hass(hass) {
    const before = this.#hass;
    this.#hass = hass;
    if (this.#format?.key !== formatKey(hass)) this.#load(hass);
    if (!this.#subscription && before?.states !== hass.states) this.#subscribe();
  }

  connectedCallback() {
    this.#resized.observe(this.#view.body);
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#subscribe();
    this.#draw();
  }

  disconnectedCallback() {
    this.#resized.disconnect();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#stopTimer();
    this.#unsubscribe();
    this.#connection?.removeEventListener("ready", this.#onReady);
    this.#connection = null;
  }

  #onVisibility = () => (document.hidden ? this.#stopTimer() : this.#draw());

  /** Home Assistant is back after a restart, and knows nothing of this subscription. */
  #onReady = () => {
    this.#subscription = null;
    this.#subscribe();
  };

  /** @param {Hass} hass */
  async #load(hass) {
    const format = await formatFor(hass).catch(() => null); // the next state that comes tries again
    if (!format || this.#format === format || formatKey(/** @type {Hass} */ (this.#hass)) !== format.key) return;
    this.#format = format;
    this.#draw();
  }

  #subscribe() {
    const hass = this.#hass;
    const { device_id, entity } = this.#config ?? {};
    if (!hass || this.#subscription || !this.isConnected || !(device_id || entity)) return;
    if (this.#connection !== hass.connection) {
      this.#connection?.removeEventListener("ready", this.#onReady);
      this.#connection = hass.connection;
      this.#connection.addEventListener("ready", this.#onReady);
    }
    // Not resubscribed by the connection: right after a restart the command may not exist yet, and only this card knows
    // that it must be tried again.
    const subscription = hass.connection.subscribeMessage(
      (payload) => {
        if (this.#subscription === subscription) this.#receive(payload);
      },
      { type: `${DOMAIN}/subscribe_session`, ...(device_id ? { device_id } : { entity_id: entity }) },
      { resubscribe: false },
    );
    this.#subscription = subscription;
    subscription.catch((/** @type {{code?: string}} */ error) => {
      if (this.#subscription !== subscription) return;
      this.#subscription = null;
      this.#refused = error?.code ?? "";
      this.#draw();
    });
  }

  #unsubscribe() {
    this.#subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
    this.#subscription = null;
  }

  /** @param {Payload} payload */
  #receive(payload) {
    this.#payload = payload;
    this.#clock = Date.parse(payload.now) - performance.now();
    this.#draw();
  }

  #draw() {
    const format = this.#format;
    const config = this.#config;
    if (!format || !config || !this.isConnected || document.hidden) return;
    const view = this.#view;
    const payload = this.#payload;
    const now = this.#clock + performance.now();
    if (!config.device_id && !config.entity) view.tell(format.t("no_vehicle_title"), format.t("no_vehicle_text"));
    else if (payload && payload.version > VERSION) view.tell(format.t("update_title"), format.t("update_text"));
    else if (!payload) this.#tellWhyNot(format);
    else {
      if (!view.width) view.resize(inner(view.body));
      const scene = view.update(payload, { format, now, config });
      // The actions' file comes with the first button: a press must work while Home Assistant is away, too.
      if ((view.offered || payload.command) && !this.#actions) this.#loadActions();
      this.#actions?.update(scene);
      this.#history?.update(scene);
    }
    // The one timer: the next full minute of the server's clock, and only while somebody can see the card.
    this.#timer ??= setTimeout(this.#onMinute, MINUTE - (now % MINUTE) + 20);
  }

  #onMinute = () => {
    this.#timer = undefined;
    this.#subscribe();
    this.#draw();
  };

  #stopTimer() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {Format} format */
  #tellWhyNot(format) {
    const key = /** @type {Record<string, string>} */ ({ not_found: "not_found_text", unauthorized: "forbidden_text" })[this.#refused];
    this.#view.tell(format.t(key ? "no_vehicle_title" : "connecting"), key ? format.t(key) : "");
  }

  #open() {
    const entities = this.#payload?.vehicle.entities ?? {};
    const entityId = entities.charging_status ?? entities.session_state ?? this.#config?.entity;
    const event = { bubbles: true, composed: true, detail: { entityId } };
    if (entityId) this.dispatchEvent(new CustomEvent("hass-more-info", event));
  }

  /** @param {ActionName} action */
  async #ask(action) {
    (await this.#loadActions()).start(action);
  }

  async #loadActions() {
    const { Actions } = await import("./actions.js");
    if (!this.#actions) {
      this.#actions = new Actions(this.#view, () => /** @type {Hass} */ (this.#hass), () => this.#draw());
      this.#draw();
    }
    return this.#actions;
  }

  /** @param {Element} host @param {boolean} open */
  async #toggleHistory(host, open) {
    this.#history = null;
    if (!open) return;
    const { History } = await import("./history.js");
    this.#history = new History(host, () => {
      const { device_id } = this.#payload?.vehicle ?? {};
      return /** @type {Hass} */ (this.#hass).callWS({ type: `${DOMAIN}/history`, limit: 14, device_id });
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

  static async getConfigForm() {
    return (await import("./editor.js")).form(() => newest);
  }
}

/** @param {Element} body */
function inner(body) {
  const { paddingLeft, paddingRight } = getComputedStyle(body);
  return body.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) || 0;
}

/** @param {Hass} hass devices of this integration's vehicles */
function devicesOf(hass) {
  const ours = Object.values(hass.entities).filter(({ platform, device_id }) => platform === DOMAIN && device_id);
  return [...new Set(ours.map(({ device_id }) => /** @type {string} */ (device_id)))];
}

class EnodeFlexStrategy extends HTMLElement {
  static registryDependencies = ["entities", "devices"];
  static noEditor = true;

  /** @param {object} config @param {Hass} hass */
  static async generate(config, hass) {
    return (await import("./strategy.js")).generate(await formatFor(hass), hass, devicesOf(hass));
  }
}

// A page that was open during an update may load two versions: the first one stays.
if (!customElements.get(TAG)) {
  customElements.define(TAG, EnodeFlexCard);
  customElements.define("ll-strategy-dashboard-enode-flex", EnodeFlexStrategy);
  const page = /** @type {any} */ (window);
  (page.customCards ??= []).push({
    type: TAG,
    name: "Enode Flex",
    description: "Will your car be ready? Battery, plan and power of the charging session in one picture.",
    preview: true,
    documentationURL: URL,
    /** @param {Hass} hass @param {string} entityId */
    getEntitySuggestion({ entities }, entityId) {
      const { platform, device_id } = entities[entityId] ?? {};
      return platform === DOMAIN && device_id ? { config: { type: `custom:${TAG}`, device_id } } : null;
    },
  });
  (page.customStrategies ??= []).push({
    type: "enode-flex",
    strategyType: "dashboard",
    name: "Enode Flex",
    description: "One charging card for each vehicle",
    documentationURL: URL,
  });
}
