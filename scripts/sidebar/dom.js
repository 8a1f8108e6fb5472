// Builds what is shown: strings become text, and HTML passes an allow-list.

const SVG = document.createElement("template");
SVG.innerHTML = "<svg></svg>";
const SVG_NAMESPACE = SVG.content.firstChild.namespaceURI;
const KEPT = new Set(
  "P BR STRONG B EM I CODE PRE UL OL LI A BLOCKQUOTE H2 H3 H4 HR TABLE THEAD TBODY TR TH TD".split(" "),
);
const DROPPED = new Set(
  "SCRIPT STYLE TEMPLATE IFRAME OBJECT EMBED NOSCRIPT SVG MATH TEXTAREA SELECT TITLE".split(" "),
);

const ENGLISH = { lang: "en", dir: "auto" };

export const $ = (id) => document.getElementById(id);

/** Give a node the focus without moving the page; null is no node. */
export const focusOn = (node) => node?.focus({ preventScroll: true });

function give(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "off") node.setAttribute("aria-disabled", "true");
  else if (name === "label") node.setAttribute("aria-label", value);
  else if (name === "en") Object.assign(node, ENGLISH);
  else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "checked" || name === "value") node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

const isGiven = (value) => value && Object.getPrototypeOf(value) === Object.prototype;

/**
 * An element: "tag.class", attributes and listeners (onclick: …) if any, children; strings are text.
 * `label` and `off` are short for aria-label and aria-disabled; `en` marks the runbook's English,
 * for screen readers and translators.
 */
export function h(tag, ...rest) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  if (isGiven(rest[0])) for (const [key, value] of Object.entries(rest.shift())) give(node, key, value);
  node.append(...rest.flat(2).filter((child) => child || child === 0));
  return node;
}

/** The same for a picture. */
export function svg(tag, given, ...children) {
  const node = document.createElementNS(SVG_NAMESPACE, tag);
  for (const [name, value] of Object.entries(given)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** The address, if a link may lead there; undefined otherwise. */
export function safeAddress(address) {
  try {
    const url = new URL(address);
    return /^(https?|mailto):$/.test(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** A link that opens beside Zendesk; its text alone where the address is none. */
export function link(title, address) {
  const href = safeAddress(address);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, title) : h("span", title);
}

function cleaned(node) {
  if (node.nodeType === Node.TEXT_NODE) return [node.data];
  if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.tagName.toUpperCase())) return [];
  const inside = [...node.childNodes].flatMap(cleaned);
  if (!KEPT.has(node.tagName)) return inside;
  if (node.tagName === "A") return [link(node.textContent, node.getAttribute("href"))];
  return [h(/^H\d$/.test(node.tagName) ? "h4" : node.tagName.toLowerCase(), inside)];
}

/** HTML from the backend as nodes: known tags without attributes, all else as text. */
export function rich(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return [...parsed.body.childNodes].flatMap(cleaned);
}

/** The runbook's own words: English, whatever the agent's language is. */
export const en = (words, tag = "span") => words && h(tag, { en: true }, words);

/** The words of some HTML. */
export const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent;
