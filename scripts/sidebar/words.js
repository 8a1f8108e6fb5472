// The app's words in the agent's language, and times as people say them.

import { shipped } from "./content.js";
import { within } from "./pace.js";

let words = {};
let locale = "en";

const file = async (name) => {
  const answer = await fetch(`strings/${name}.json`);
  return answer.ok ? answer.json() : {};
};

function canonical(name, fallback) {
  try {
    return Intl.getCanonicalLocales(name)[0];
  } catch {
    return fallback;
  }
}

/** Load the best language there is: `de-AT` takes `de`, an unknown one English. */
export async function speak(wanted) {
  const { languages: known, english } = shipped("words");
  const asked = String(wanted || "en")
    .replaceAll("_", "-")
    .toLowerCase();
  const short = asked.split("-")[0];
  const found =
    [asked, short].flatMap((name) => known.filter((one) => one.toLowerCase() === name))[0] ?? "en";
  words = found === "en" ? english : { ...english, ...(await within(4000, file(found)).catch(() => ({}))) };
  locale = found === short ? canonical(asked, found) : found;
  document.documentElement.lang = found;
  document.documentElement.dir = /^(ar|fa|he|ur)\b/.test(found) ? "rtl" : "ltr";
}

/** The words for a key, `{holes}` filled. */
export const t = (key, holes = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => holes[name] ?? "");

/** Whether the words are here at all. */
export const spoken = () => "bot" in words;

/** Whether there are words for a key. */
export const knows = (key) => key in words;

const SPANS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** “3 minutes ago”, from a timestamp or milliseconds. */
export function ago(when) {
  const seconds = (new Date(when) - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return "";
  const [unit, size] = SPANS.find(([, length]) => Math.abs(seconds) >= length) ?? [];
  if (!unit) return t("now");
  return new Intl.RelativeTimeFormat(locale, { style: "short" }).format(Math.round(seconds / size), unit);
}

/** A number of milliseconds, short. */
export const span = (ms) =>
  ms < 1000
    ? `${Math.round(ms)} ms`
    : `${(ms / 1000).toLocaleString(locale, { maximumFractionDigits: 1 })} s`;
