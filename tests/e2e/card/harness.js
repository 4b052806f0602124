// The page around the card: a stand-in for ha-card, for the theme and for `hass`.
// What the tests may ask for is under window.harness.

class HaCard extends HTMLElement {
  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = `<style>
      :host { display: block; background: var(--ha-card-background, var(--card-background-color)); color: var(--primary-text-color);
        border: 1px solid var(--ha-card-border-color, var(--divider-color)); border-radius: var(--ha-card-border-radius, 12px); position: relative; }
    </style><slot></slot>`;
  }
}
customElements.define("ha-card", HaCard);

const fill = (text, values = {}) => text?.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");

class Connection extends EventTarget {
  subscriptions = [];
  refuse = null;

  async subscribeMessage(callback, message) {
    if (this.refuse) throw this.refuse;
    const subscription = { callback, message, open: true };
    this.subscriptions.push(subscription);
    const name = message.device_id ?? message.entity_id;
    const payload = window.harness.payloads[name];
    if (payload) queueMicrotask(() => subscription.open && callback(structuredClone(payload)));
    return async () => {
      subscription.open = false;
    };
  }
}

function makeHass({ strings, exceptions = {}, language = "en", time_format = "24", number_format = "language", time_zone = "local", server_zone = "Europe/Oslo" }) {
  return {
    language,
    locale: { language, time_format, number_format, time_zone, date_format: "language", first_weekday: "language" },
    config: { time_zone: server_zone, components: ["enode_flex"], state: "RUNNING" },
    connected: true,
    states: {},
    entities: {
      "sensor.ioniq_5_charging_status": { entity_id: "sensor.ioniq_5_charging_status", platform: "enode_flex", device_id: "device-1" },
      "sensor.id_buzz_charging_status": { entity_id: "sensor.id_buzz_charging_status", platform: "enode_flex", device_id: "device-2" },
      "light.kitchen": { entity_id: "light.kitchen", platform: "hue", device_id: "lamp" },
    },
    devices: { "device-1": { id: "device-1", name: "Ioniq 5" }, "device-2": { id: "device-2", name: "ID. Buzz", name_by_user: "Bus" } },
    connection: new Connection(),
    calls: [],
    async callService(domain, service, data, target, notify, respond) {
      this.calls.push({ domain, service, data, target, notify, respond });
      return new Promise((resolve, reject) => Object.assign(window.harness, { resolve, reject }));
    },
    async callWS(message) {
      this.calls.push(message);
      return structuredClone(window.harness.payloads.history);
    },
    async loadBackendTranslation(category) {
      const table = category === "exceptions" ? exceptions : strings;
      return (key, values) => {
        const last = key.replace(/^component\.enode_flex\.(common|exceptions)\./, "").replace(/\.message$/, "");
        return fill(category === "exceptions" ? table[last]?.message : table[last], values) ?? "";
      };
    },
  };
}

/** The text of an element itself. */
const ownText = (node) => [...node.childNodes].filter((it) => it.nodeType === Node.TEXT_NODE).map((it) => it.data).join("").trim();

/** A colour as #rgba, four bits each: whatever notation it was computed in; "" for what cannot be seen. */
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const short = (colour) => {
  if (!colour || colour === "none" || colour.startsWith("url")) return colour.startsWith("url") ? "hatched" : "";
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const channels = [...canvas.getImageData(0, 0, 1, 1).data];
  return channels[3] ? "#" + channels.map((it) => Math.round(it / 17).toString(16)).join("") : "";
};

window.harness = {
  payloads: {},
  cards: {},
  start(options) {
    Object.assign(this.payloads, options.payloads);
    this.hass = makeHass(options);
  },
  /** Adds a card that shows the snapshot of this name. */
  add(name, config = {}, parent = document.querySelector("main")) {
    const card = document.createElement("enode-flex-card");
    card.setConfig({ type: "custom:enode-flex-card", device_id: name, ...config });
    card.hass = this.hass;
    const box = document.createElement("section");
    box.append(card);
    parent.append(box);
    this.cards[name] = card;
    return card;
  },
  push(name, payload) {
    for (const subscription of this.hass.connection.subscriptions) {
      if (subscription.open && (subscription.message.device_id ?? subscription.message.entity_id) === name) {
        subscription.callback(structuredClone(payload));
      }
    }
  },
  root(name) {
    return this.cards[name].shadowRoot;
  },
  /** Every visible text of a card outside of the chart, from top to bottom. */
  words(name) {
    const seen = (node) => node.checkVisibility() && getComputedStyle(node).clipPath === "none" && node.tagName !== "svg";
    const walk = (node) =>
      [...node.children].filter(seen).flatMap((child) => (child.children.length ? walk(child) : [child.textContent]));
    return walk(this.root(name).querySelector(".root")).map((it) => it.trim()).filter(Boolean);
  },
  /**
   * A card as lines that a person can read and a test compare: what is visible, its words and its meaning, its colours in
   * the light and in the dark, and in the chart, whose size no font decides, every coordinate.
   */
  structure(name) {
    const page = document.documentElement;
    const root = this.root(name).querySelector(".root");
    const colours = (node) => {
      const { color, backgroundColor, fill, stroke } = getComputedStyle(node);
      const shapes = { path: [fill, stroke], rect: [fill], text: [fill], line: [stroke] };
      const drawn = node.ownerSVGElement ? (shapes[node.tagName] ?? []) : [ownText(node) ? color : "", backgroundColor];
      return drawn.map(short);
    };
    const read = (dark) => {
      page.className = dark ? "dark" : "";
      return [...root.querySelectorAll("*")].map(colours);
    };
    const [light, dark] = [read(false), read(true)];
    page.className = "";
    const lines = [];
    const walk = (node, depth) => {
      if (!node.checkVisibility({ visibilityProperty: true }) || ["STYLE", "defs"].includes(node.tagName)) return;
      const index = all.get(node);
      const parts = [node.tagName.toLowerCase() + [...node.classList].map((it) => `.${it}`).join("")];
      for (const it of ["role", "tabindex", "aria-label", "aria-live", "aria-expanded", "aria-hidden", "aria-valuenow"]) {
        if (node.hasAttribute(it)) parts.push(`${it}=${JSON.stringify(node.getAttribute(it))}`);
      }
      if (ownText(node)) parts.push(JSON.stringify(ownText(node).replaceAll("\u00a0", " ")));
      const places = ["x", "y", "width", "height", "x1", "y1", "x2", "y2", "d", "transform"].filter((it) => node.hasAttribute(it));
      if (node.ownerSVGElement && !node.closest(".icon")) {
        parts.push(...places.map((it) => `${it}=${node.getAttribute(it).replace(/-?\d+\.\d+/g, (number) => Math.round(number))}`));
      } else if (node.matches("i") && node.style.cssText) parts.push(node.style.cssText);
      if (index !== undefined) {
        light[index].forEach((colour, place) => {
          if (colour || dark[index][place]) parts.push(`${colour || "none"}|${dark[index][place] || "none"}`);
        });
      }
      lines.push("  ".repeat(depth) + parts.join(" "));
      for (const child of node.children) walk(child, depth + 1);
    };
    const all = new Map([...root.querySelectorAll("*")].map((node, index) => [node, index]));
    walk(root, 0);
    return lines;
  },
  /** What an action changes in a card. */
  async changes(name, action) {
    const found = [];
    const tell = (records) => found.push(...records.map(({ target, attributeName }) => `${target.nodeName} ${attributeName}`));
    const observer = new MutationObserver(tell);
    observer.observe(this.root(name), { subtree: true, childList: true, attributes: true, characterData: true });
    action();
    await new Promise((resolve) => setTimeout(resolve, 50));
    observer.disconnect();
    return found;
  },
  /** The parts of the charts that reach out of them. */
  outside() {
    return Object.entries(this.cards).flatMap(([name, card]) => {
      const chart = card.shadowRoot.querySelector(".chart");
      const { left, right } = chart.getBoundingClientRect();
      return [...chart.querySelectorAll("text, path, rect, line")]
        .filter((it) => getComputedStyle(it).visibility !== "hidden" && !it.closest("defs"))
        .filter((it) => {
          const box = it.getBoundingClientRect();
          return box.width + box.height > 0 && (box.left < left - 2 || box.right > right + 2);
        })
        .map((it) => [name, it.outerHTML.slice(0, 80)]);
    });
  },
  /** The labels of the axes that touch each other. */
  touching() {
    return Object.entries(this.cards).flatMap(([name, card]) => {
      const labels = [...card.shadowRoot.querySelectorAll(".axis text, .ready text")]
        .filter((it) => getComputedStyle(it).visibility !== "hidden")
        .map((it) => [it.textContent, it.getBoundingClientRect()])
        .sort((one, other) => one[1].left - other[1].left);
      return labels
        .slice(1)
        .map(([text, box], index) => [name, labels[index][0], text, box.left - labels[index][1].right])
        .filter(([, , , room]) => room < 4);
    });
  },
};
