// The app's words in the agent's language, and times as people say them.

import { shipped } from "./content.js";
import { en } from "./dom.js";
import { within } from "./pace.js";

let words = {};
const heard = {};
let locale = "en";
let isSpoken = false;

/** Lines as words by number and by key; scripts/app_words.py says how they are written. */
function entries(lines, keys = []) {
  const found = {};
  let above = [];
  lines.forEach((line, at) => {
    const [said, key = ""] = line.split("\t").reverse();
    if (key) above = key.split(".").map((part, place) => part || above[place]);
    keys[at] ??= key && above.join(".");
    if (said) found[at] = found[keys[at]] = said;
  });
  return found;
}

async function file(name) {
  const answer = await fetch(`strings/${name}.txt`);
  return answer.ok ? (await answer.text()).trimEnd().split("\n") : [];
}

function canonical(name, fallback) {
  try {
    return Intl.getCanonicalLocales(name)[0];
  } catch {
    return fallback;
  }
}

/** Load the best language there is: `de-AT` takes `de`, an unknown one English. */
export async function speak(wanted) {
  const [languages, ...lines] = shipped("words");
  const known = languages.split(" ");
  const keys = [];
  words = entries(lines, keys);
  const asked = String(wanted || "en")
    .replaceAll("_", "-")
    .toLowerCase();
  const short = asked.split("-")[0];
  const found =
    [asked, short].flatMap((name) => known.filter((one) => one.toLowerCase() === name))[0] ?? "en";
  const own = found === "en" ? [] : await within(4000, file(found)).catch(() => []);
  const came = own.length < keys.length ? "en" : found;
  Object.assign(words, came !== "en" && entries(own, keys));
  isSpoken = true;
  locale = came === short ? canonical(asked, came) : came;
  document.documentElement.lang = came;
  document.documentElement.dir = /^(ar|fa|he|ur)\b/.test(came) ? "rtl" : "ltr";
}

/** Keep the bot's own words for the causes and scenarios that its answer names. */
export function hear(sent) {
  const { locale: tongue, ...lists } = sent ?? {};
  for (const [list, said] of Object.entries(lists))
    for (const name in said) heard[`${tongue}.${list}.${name}`] = said[name];
}

const wordsOf = (key) => words[key] ?? heard[`${document.documentElement.lang}.${key}`];

/** The words for a key, `{holes}` filled. */
export const t = (key, holes = {}) =>
  (wordsOf(key) ?? key).replace(/\{(\w+)\}/g, (_, name) => holes[name] ?? "");

/** Whether the agent reads English. */
export const isEnglish = () => document.documentElement.lang === "en";

/** Whether the words are here at all. */
export const spoken = () => isSpoken;

/** Whether there are words for a key. */
export const knows = (key) => wordsOf(key) !== undefined;

const SHORT = /\b(aaaa|ca|csrf|dns|har|http|https|icmp|ip|mtu|sni|tcp|tls|url)\b/g;

/** A name of a closed list in words: the language's own, else the name itself as English. */
export function named(prefix, name = "") {
  const key = `${prefix}.${name}`;
  if (knows(key)) return t(key);
  return en(String(name).replaceAll("_", " ").replace(SHORT, (word) => word.toUpperCase()));
}

const SPANS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** Day and time: 28 ms the first time, so only for whoever asks. */
export const exact = (when) => new Date(when).toLocaleString(locale);

/** “3 min ago”, from a timestamp or milliseconds. In our own words: Intl's delay the answer by 25 ms. */
export function ago(when) {
  const seconds = (Date.now() - new Date(when)) / 1000;
  if (Number.isNaN(seconds)) return "";
  const [unit, size] = SPANS.find(([, length]) => seconds >= length) ?? [];
  return unit ? t(`ago.${unit}`, { n: Math.round(seconds / size) }) : t("now");
}

/** A number of milliseconds, short. */
export const span = (ms) =>
  ms < 1000
    ? `${Math.round(ms)} ms`
    : `${(ms / 1000).toLocaleString(locale, { maximumFractionDigits: 1 })} s`;
