// The frame of the screen: slots that change only when their data does, and disclosures.

import { $, focusOn, h } from "./dom.js";
import { t } from "./words.js";

const painted = new Map();
const opened = new Map();

/** Show parts in order: [id, data, build]; focus stays where it was. */
export function paint(root, parts) {
  for (const [id, data, build] of parts) {
    const now = document.documentElement.lang + JSON.stringify(data ?? null);
    let slot = painted.get(id);
    if (slot?.now === now) continue;
    if (!slot) {
      slot = { node: h("div.slot") };
      root.append(slot.node);
      painted.set(id, slot);
    }
    slot.now = now;
    refill(slot.node, data ? built(build, data) : null);
  }
}

/** One part that comes in an unknown shape must not take the others with it. */
function built(build, data) {
  try {
    return build(data);
  } catch {
    return h("p.faint", t("trouble.input.way"));
  }
}

function refill(node, content) {
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.k : undefined;
  node.replaceChildren(...[content].flat().filter(Boolean));
  if (!focused) return;
  const same = node.querySelector(`[data-k="${CSS.escape(focused)}"]`) ?? node.querySelector("button");
  focusOn(same);
}

/** A titled part that opens and closes; what the agent chose is kept. */
export function section(id, title, { extra = null, open = true } = {}, ...body) {
  const isOpen = opened.get(id) ?? open;
  const inside = h("div", { id: `${id}-body`, class: "body", hidden: !isOpen }, body);
  const toggle = h(
    "button",
    {
      type: "button",
      class: "fold",
      "data-k": `fold-${id}`,
      "aria-expanded": String(isOpen),
      "aria-controls": inside.id,
    },
    h("span.title", title),
    extra,
  );
  toggle.addEventListener("click", () => unfold(id, toggle, inside, inside.hidden));
  return h("section", { id, label: title }, h("h2", toggle), inside);
}

function unfold(id, toggle, inside, open) {
  opened.set(id, open);
  inside.hidden = !open;
  toggle.setAttribute("aria-expanded", String(open));
}

/** Open a part from elsewhere, and bring one of its nodes into sight. */
export function reveal(id, target) {
  const part = $(id);
  if (!part) return;
  unfold(id, part.querySelector(".fold"), part.querySelector(".body"), true);
  const node = $(target) ?? part;
  node.scrollIntoView({ block: "nearest" });
  focusOn(node);
}

/** A small disclosure inside a part. */
export function more(id, title, ...body) {
  const inside = h("div", { id, hidden: !opened.get(id) }, body);
  const toggle = h(
    "button",
    {
      type: "button",
      class: "quiet more",
      "data-k": id,
      "aria-expanded": String(!inside.hidden),
      "aria-controls": id,
    },
    title,
  );
  toggle.addEventListener("click", () => unfold(id, toggle, inside, inside.hidden));
  return [toggle, inside];
}

/** A button; never a primary one before the agent has begun something. */
export const button = (k, title, onclick, given = {}) =>
  h("button", { type: "button", "data-k": k, onclick, ...given }, title);

/** A small label with a tone: ok, warn, fail, unknown or info. */
export const chip = (tone, ...words) => h("span", { class: `chip ${tone}` }, ...words);

/** What came of an action, next to where it was asked for; the live region says it too. */
export const outcome = (said, ...more_) =>
  said && h("p", { class: `outcome ${said.tone}` }, said.text, ...more_);

/** Tell people who listen instead of look. */
export function say(words) {
  const region = $("said");
  region.textContent = "";
  setTimeout(() => {
    region.textContent = words;
  }, 50);
}
