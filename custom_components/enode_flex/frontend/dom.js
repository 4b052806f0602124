/** Elements by calls: text is set as text, and only what changed is touched. */

const SVG = "http://www.w3.org/2000/svg";

/** Icons on a 24 by 24 grid: outlines, and the filled ones after a "!". */
const ICONS = {
  car: "M5 11 6.6 6.6A2.4 2.4 0 0 1 8.9 5h6.2a2.4 2.4 0 0 1 2.3 1.6L19 11M4.5 11h15A1.5 1.5 0 0 1 21 12.5V17H3v-4.5A1.5 1.5 0 0 1 4.5 11ZM5.5 17v2M18.5 17v2M7 14h.5M16.5 14h.5",
  bolt: "!M13.5 2 4.5 13.5h6L9.5 22l10-12.5h-6.5Z",
  check: "M5 12.5 10 17.5 19.5 7",
  warning: "M12 4 2.5 20h19ZM12 10v4.5M12 17.2v.3",
  flag: "!M6 22V3h12.5l-2.5 4.2 2.5 4.3H8V22Z",
  arrow: "M4 12h15M13 6l6 6-6 6",
  calendar: "M4 6.5h16V20H4ZM4 11h16M8.5 3.5v5M15.5 3.5v5",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 7.5V12l3 2.5",
  plug: "M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0ZM12 17v4.5",
  off: "M12 3v8M6.5 7a8 8 0 1 0 11 0",
  chevron: "M6 9.5l6 6 6-6",
};

/** @typedef {keyof typeof ICONS} IconName */

/** @param {string} tag @param {string | null} [className] @param {Record<string, string>} [attributes] @param {(Node | string)[]} children */
export function el(tag, className, attributes, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
}

/** @param {string} tag @param {Record<string, string | number>} [attributes] @param {Node[]} children */
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const name in attributes) node.setAttribute(name, String(attributes[name]));
  node.append(...children);
  return node;
}

/** @param {IconName} name */
export function icon(name) {
  const node = svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path"));
  setIcon(node, name);
  return node;
}

/** @param {Element} node @param {IconName} name */
export function setIcon(node, name) {
  const path = ICONS[name];
  const filled = path[0] === "!";
  set(node.children[0], { d: filled ? path.slice(1) : path, class: filled ? "filled" : "line" });
}

/** @param {Node} node @param {string} text */
export function text(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} node @param {boolean} shown */
export function show(node, shown) {
  node.toggleAttribute("hidden", !shown);
}

/** @param {Element} node @param {Record<string, string | number | null>} attributes null takes one away */
export function set(node, attributes) {
  for (const name in attributes) {
    const value = attributes[name];
    if (value === null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
  }
}

/** @param {Element} parent @param {number} count @param {() => Element} make @returns {Element[]} that many children: only what is needed is made or removed */
export function children(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild?.remove();
  while (parent.children.length < count) parent.append(make());
  return [...parent.children];
}
