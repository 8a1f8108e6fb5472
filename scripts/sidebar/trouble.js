// When the bot does not answer: what happened, what still works, and the runbook to read.

import { wordsFor } from "./acts.js";
import { time } from "./answer.js";
import { shipped } from "./content.js";
import { $, focusOn, h } from "./dom.js";
import { button, chip, more, section } from "./frame.js";
import { load, now, refresh } from "./session.js";
import { marks } from "./work.js";
import { knows, t } from "./words.js";

const CALM = new Set(["tag", "off", "unsaved"]);
const FINAL = new Set(["sdk", "outside", "unsaved"]);

/** A title after `#`; below it its steps: a digit for who, one for the effect, and the text. */
function read(lines) {
  const book = [];
  for (const line of lines) {
    if (line.startsWith("#")) book.push([line.slice(1), []]);
    else book.at(-1)?.[1].push([line.slice(2), line[0], line[1]]);
  }
  return book;
}

const runbook = read(shipped("runbook"));

async function retry() {
  now.retrying = true;
  refresh();
  await load();
  now.retrying = false;
  refresh();
  if (!now.trouble) focusOn($("verdict"));
}

/** One message per kind of trouble, with Retry and the age of what is shown below. */
export function banner({ kind, status, said, kept, retrying }) {
  const own = knows(`trouble.${kind}`) ? kind : "unreachable";
  const bots = said && said !== t(`trouble.${own}`) ? said : "";
  return h(
    "section",
    {
      id: "trouble",
      class: CALM.has(kind) ? "calm" : "warning",
      "data-kind": kind,
      label: t("trouble"),
    },
    h("h2", t(`trouble.${own}`), status >= 400 && h("span.faint", ` (${status})`)),
    h("p", t(`trouble.${own}.way`)),
    bots && h("p.faint", { en: true }, bots),
    kept ? h("p.kept", t("kept"), " ", time(kept)) : !CALM.has(kind) && h("p", t("still")),
    !FINAL.has(kind) &&
      button("retry", t(retrying ? "retrying" : "retry"), retry, { off: retrying }),
  );
}

const DOERS = ["portal admin", "customer console", "customer network"];
const EFFECTS = ["safe", "downtime", "irreversible"];

const step = ([text, who, effect]) =>
  h("li", h("p", text), h("p.meta", marks({ who: DOERS[who], effect: EFFECTS[effect] })));

const branch = ([name, steps], place) => more(`book-${place}`, name, h("ol.book", steps.map(step)));

/** Every scenario's steps, from the app's own assets. */
export const offlineBook = () =>
  section(
    "book",
    t("book"),
    { extra: chip("unknown", String(runbook.length)) },
    h("p.faint", t("book.about")),
    h("div.book", { en: true }, runbook.map(branch)),
  );

/** Whether this trouble leaves the agent without the bot's steps. */
export const needsBook = (trouble, state) => Boolean(trouble) && !state && !CALM.has(trouble.kind);

/** The words for a trouble that only listeners hear. */
export const heard = (trouble) =>
  t(knows(`trouble.${trouble.kind}`) ? `trouble.${trouble.kind}` : "trouble.unreachable") ||
  wordsFor(trouble);
