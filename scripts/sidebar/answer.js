// The answer: verdict, ladder, next step, why, what changed, and the note itself.

import { look, postNote } from "./acts.js";
import { en, h, link, rich } from "./dom.js";
import { button, chip, more, outcome, section } from "./frame.js";
import { ago, knows, named, t } from "./words.js";

const CONFIDENCE = { certain: "ok", likely: "info", unclear: "warn" };
const MARKS = { ok: "✓", fail: "✗", warn: "!", unknown: "–" };
const FEW = 3;

/** A time that keeps itself current. */
export function time(at) {
  const when = new Date(at || NaN);
  if (Number.isNaN(when.getTime())) return null;
  return h("time", { datetime: when.toISOString() }, ago(when));
}

/** A cause in words; its name, which notes and fields have, stands behind it. */
export const cause = (name) => h("span", { title: name }, named("cause", name));

function ladder(rungs) {
  const step = ({ state, text, layer }) => {
    const words = text || layer;
    const marked = /[✓✗–!]/.test(words) ? words : `${words} ${MARKS[state] ?? "–"}`;
    return h("li", { class: `chip ${state}`, "data-layer": layer, en: true }, marked);
  };
  return rungs?.length ? h("ol.ladder", { label: t("ladder") }, rungs.map(step)) : null;
}

function nothingYet({ busy, said }) {
  return h(
    "section",
    { id: "verdict", tabindex: "-1", label: t("verdict") },
    h("h2.scenario", t("verdict.none")),
    h("p", t("verdict.none.next")),
    button("look", t("look"), look, { off: busy }),
    outcome(said),
  );
}

/** Scenario, confidence, ladder, verdict in words and the next step. */
export function verdict({ verdict: v, at, missing, busy, said, paused, mode }) {
  if (!v) return nothingYet({ busy, said });
  return h(
    "section",
    { id: "verdict", tabindex: "-1", label: t("verdict") },
    h(
      "div.row",
      h("h2.scenario", knows(`scenario.${v.scenario}`) ? t(`scenario.${v.scenario}`) : en(v.name || v.scenario)),
      chip(CONFIDENCE[v.confidence] ?? "unknown", t(`confidence.${v.confidence}`)),
    ),
    ladder(v.ladder),
    v.trouble && h("p.outcome.fail", { en: true }, v.trouble),
    h("p.headline", { en: true }, v.headline),
    v.next && h("p.next", h("b", t("next")), " ", en(v.next)),
    missing && h("p.asked", h("b", t("missing")), " ", en(missing)),
    h(
      "p.faint.meta",
      at && [t("decided"), " ", time(at)],
      v.corrected_by_agent && [" · ", t("corrected")],
      paused && [" · ", chip("warn", t("paused"))],
      mode === "off" && [" · ", chip("warn", t("mode.off"))],
      button("look", t("look"), look, { class: "quiet", off: busy }),
    ),
    outcome(said),
    (v.refute || v.morning) &&
      more(
        "doubt",
        t("doubt"),
        v.refute && h("p", h("b", t("refute")), " ", en(v.refute)),
        v.morning && h("p", h("b", t("morning")), " ", en(v.morning)),
      ),
  );
}

const quote = ({ quote: words, source, at }) =>
  h("li", h("blockquote", { dir: "auto" }, words), h("p.faint", named("source", source), at && [" · ", time(at)]));

/** The quotes that the verdict rests on. */
export function why(quotes) {
  const rest = quotes.slice(FEW);
  return section(
    "why",
    t("why"),
    {},
    h("ul.quotes", quotes.slice(0, FEW).map(quote)),
    rest.length > 0 && more("why-more", t("more", { n: rest.length }), h("ul.quotes", rest.map(quote))),
  );
}

/** What is different from the decision before. */
export const changed = (sentences) =>
  section(
    "changed",
    t("changed"),
    { extra: chip("info", String(sentences.length)) },
    h(
      "ul.plain",
      sentences.map((one) => en(one, "li")),
    ),
  );

const POSTED = { posted: "ok", shadow: "warn", silent: "unknown", waiting: "info" };

/** The note: posted, or as it would be, with *post it now*. */
export function note({ posted, html, busy, said, can }) {
  const state = posted.state in POSTED ? posted.state : "silent";
  const isOut = state === "posted";
  return section(
    "note",
    t("note"),
    { open: state === "shadow", extra: chip(POSTED[state], t(`posted.${state}`)) },
    (posted.reason || posted.at) &&
      h(
        "p.faint",
        knows(`silent.${posted.code}`) ? t(`silent.${posted.code}`) : en(posted.reason),
        posted.at && [" ", time(posted.at)],
      ),
    html &&
      more(
        "note-text",
        t(isOut ? "note.show" : "note.would"),
        h(
          "div",
          { class: `paper${isOut ? "" : " draft"}`, tabindex: "0", role: "group", label: t("note") },
          !isOut && h("p.stamp", t("posted.shadow")),
          h("div", { en: true }, rich(html)),
        ),
      ),
    !isOut && can && html && button("post", t("note.post"), postNote, { off: busy }),
    outcome(said),
  );
}

/** Pages of the portal, with the ids filled in. */
export const links = (pages) =>
  section(
    "links",
    t("links"),
    {},
    h(
      "ul.plain",
      pages.map((one) => en(link(one.title, one.url), "li")),
    ),
  );
