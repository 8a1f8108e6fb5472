// Puts text into the composer as a draft, or on the clipboard; nothing here ever sends.

import { ask } from "./desk.js";
import { focusOn, plain, rich } from "./dom.js";
import { within } from "./pace.js";

const earlier = new Map();
let last = null;

const squashed = (text) => text.replace(/[\s\u200b\u00a0]+/g, "");
const holds = (draft, text) => [draft, plain(draft)].some((form) => squashed(form).includes(squashed(text)));

function asHtml(item) {
  const box = document.createElement("div");
  if (item.html) box.append(...rich(item.html));
  else {
    const pre = document.createElement("pre");
    pre.textContent = item.text;
    box.append(pre);
  }
  return box.innerHTML;
}

async function composer() {
  const got = await ask(["comment.type", "comment.text", "comment.useRichText"]);
  return { type: got["comment.type"], text: got["comment.text"], rich: got["comment.useRichText"] };
}

/** The ways to insert, best first: at the cursor, else at the end. */
async function put(client, item, isRich) {
  const html = asHtml(item);
  const ways =
    isRich === false
      ? [
          ["ticket.editor.insert", item.text],
          ["ticket.comment.appendText", item.text],
          ["comment.appendText", item.text],
        ]
      : [
          ["ticket.editor.insert", html],
          ["ticket.comment.appendHtml", html],
          ["comment.appendHtml", html],
          ["ticket.comment.appendText", item.text],
          ["comment.appendText", item.text],
        ];
  for (const [method, text] of ways) {
    try {
      await within(4000, client.invoke(method, text));
      return true;
    } catch (failure) {
      if (failure.message === "timeout") return false; // it may have worked: never insert twice
    }
  }
  return false;
}

async function choose(client, channel) {
  try {
    await within(4000, client.set("comment.type", channel));
  } catch {
    return false;
  }
  const now = (await ask(["comment.type"]))["comment.type"];
  return now === undefined || now === channel;
}

/** Take an older version of the same text out of the draft, if it stands there untouched. */
async function withdraw(client, item, text) {
  const old = earlier.get(item.key);
  if (!old || text === undefined || old.before === undefined) return text;
  if (squashed(plain(text)) !== squashed(plain(old.before) + old.text)) return text;
  await client.set("comment.text", old.before);
  return old.before;
}

/** Insert {key, text, html?} into a channel: inserted, replaced, already, channel or failed. */
export async function insert(client, item, channel) {
  const was = await composer();
  if (!(await choose(client, channel))) return "channel";
  const found = (await composer()).text;
  const text = was.rich === false ? item.text : plain(asHtml(item));
  const known = earlier.get(item.key);
  if (found === undefined ? known?.text === text : holds(found, text)) return "already";
  const before = await withdraw(client, item, found);
  if (!(await put(client, item, was.rich))) return "failed";
  last = { key: item.key, before, text, type: was.type };
  earlier.set(item.key, { before, text });
  return before === found ? "inserted" : "replaced";
}

/** Whether this text was the last to be inserted, and what stood there before is known. */
export const canUndo = (key) => last?.key === key && last.before !== undefined;

/** Take the last insertion back; false when the agent has edited the draft since. */
export async function undo(client) {
  if (last?.before === undefined) return false;
  const { text } = await composer();
  const left = [text, plain(text ?? "")].map((form) => squashed(form ?? "").replace(squashed(last.text), ""));
  if (!left.includes(squashed(plain(last.before))) && !left.includes(squashed(last.before))) return false;
  await client.set("comment.text", last.before);
  if (last.type) await client.set("comment.type", last.type).catch(() => {});
  last = null;
  return true;
}

/** The draft was submitted: nothing of ours stands in the composer any more. */
export function submitted() {
  earlier.clear();
  last = null;
}

function copyTheOldWay(text) {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = text;
  field.className = "unseen";
  field.setAttribute("aria-hidden", "true");
  document.body.append(field);
  field.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  field.remove();
  focusOn(focused);
  return done;
}

/** Asking against the policy would stand in the console as an error. */
const isForbidden = () => document.featurePolicy?.allowsFeature("clipboard-write") === false;

async function copyTheNewWay(text) {
  if (isForbidden()) return false;
  return within(1500, navigator.clipboard.writeText(text)).then(() => true);
}

/** Copy; where the browser forbids it, mark the shown text and say false. */
export async function copy(text, shown) {
  if ((await copyTheNewWay(text).catch(() => false)) || copyTheOldWay(text)) return true;
  focusOn(shown);
  getSelection().selectAllChildren(shown);
  return false;
}
