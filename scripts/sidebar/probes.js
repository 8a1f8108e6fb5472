// Probes: the portal from our side, a run from a chosen place, and where its time went.

import { probe, wordsFor } from "./acts.js";
import { cause, time } from "./answer.js";
import { en, h, svg } from "./dom.js";
import { button, chip, more, outcome, section } from "./frame.js";
import { knows, span, t } from "./words.js";

const CONTROL = { healthy: "ok", trouble: "fail", unknown: "unknown" };
const WIDTH = 1000;
let chosen = null;

/** Rows with a beginning: where none is given, one after the other. */
function laidOut(rows) {
  let clock = 0;
  return rows.map((row) => {
    const start = Number(row.start_ms ?? clock) || 0;
    const ms = Number(row.ms) || 0;
    clock = start + ms;
    return { ...row, start, ms };
  });
}

function bar(row, whole) {
  const x = (row.start / whole) * WIDTH;
  const width = Math.max((row.ms / whole) * WIDTH, 14);
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: "none", "aria-hidden": "true", class: "bar" },
    svg("rect", { class: "track", x: 0, y: 4, width: WIDTH, height: 2 }),
    svg("rect", {
      class: `${row.probe} ${row.outcome}`,
      x: Math.min(x, WIDTH - width),
      y: 0,
      width,
      height: 10,
      rx: 2,
    }),
  );
}

function line(row, whole) {
  return h(
    "tr",
    { class: row.outcome },
    h("th", { scope: "row" }, String(row.probe).toUpperCase()),
    h("td.picture", bar(row, whole)),
    h("td.ms", row.ms ? span(row.ms) : "–"),
    h(
      "td",
      chip(
        row.outcome,
        { ok: "✓", fail: "✗", warn: "!" }[row.outcome] ?? "–",
        h("span.unseen", t(`outcome.${row.outcome}`)),
      ),
    ),
  );
}

/** DNS, TCP, TLS and HTTP per address, as bars on one clock. */
export function waterfall(rows) {
  const laid = laidOut(rows);
  const whole = Math.max(1, ...laid.map((row) => row.start + row.ms));
  const addresses = [...new Set(laid.map((row) => row.target))];
  return h(
    "table.waterfall",
    h("caption.unseen", t("waterfall")),
    h(
      "colgroup",
      ["name", "picture", "ms", "state"].map((column) => h("col", { class: column })),
    ),
    addresses.map((target) =>
      h(
        "tbody",
        h("tr", h("th", { colspan: "4", class: "address", dir: "ltr", scope: "rowgroup" }, target || "–")),
        laid
          .filter((row) => row.target === target)
          .flatMap((row) => [
            line(row, whole),
            row.detail &&
              row.outcome !== "ok" &&
              h("tr", h("td", { colspan: "4", class: "detail", en: true }, row.detail)),
          ]),
      ),
    ),
  );
}

function seen(look, places) {
  const place = places[look.vantage.replace(/^bot:/, "")] ?? look.vantage;
  const good = look.cause === "ok" || look.layer === "ok";
  const activates = knows(`activates.${look.activates}`) && t(`activates.${look.activates}`);
  return h(
    "div.look",
    h(
      "p",
      chip(good ? "ok" : "fail", cause(look.cause)),
      " ",
      en(place, "b"),
      " ",
      h("span.faint", [activates, look.seconds && span(look.seconds * 1000)].filter(Boolean).join(" · ")),
    ),
    look.rows?.length > 0 && waterfall(look.rows),
  );
}

function progress(run) {
  const rows = (run.looks ?? []).flatMap((look) => look.rows ?? []);
  const last = rows.at(-1);
  return h(
    "p.progress",
    { "data-run": run.id },
    h("i.pulse", { "aria-hidden": "true" }),
    t("probes.running"),
    last && h("span.faint", ` ${rows.length} · ${last.probe} ${last.target ?? ""}`),
  );
}

function shown(run, places) {
  return h(
    "div.run",
    run.state === "running"
      ? progress(run)
      : h("p", en(run.summary), " ", h("span.faint", time(run.done_at ?? run.asked_at))),
    run.changed?.length > 0 &&
      h(
        "ul.plain.changes",
        run.changed.map((one) => en(one, "li")),
      ),
    (run.looks ?? []).map((look) => seen(look, places)),
  );
}

function starter(vantages, busy) {
  const choice = h(
    "select",
    {
      id: "vantage",
      "data-k": "vantage",
      onchange: (event) => {
        chosen = event.target.value;
      },
    },
    vantages.map((one) => h("option", { value: one.id, en: true }, one.title)),
  );
  if (vantages.some((one) => one.id === chosen)) choice.value = chosen;
  return h(
    "div.row.start",
    h("label", { for: "vantage", class: "unseen" }, t("vantage")),
    choice,
    button("probe", t("probes.run"), () => probe(choice.value), { off: busy }),
  );
}

/** State of the portal, a run, and the runs before it. */
export function probes({ probes: { control, vantages = [], runs = [] }, busy, said }) {
  const [latest, ...before] = [...runs].sort((one, other) => other.id - one.id);
  const places = Object.fromEntries(vantages.map((one) => [one.id, one.title]));
  const state = control?.state ?? "unknown";
  const trouble = said?.trouble ? { tone: "fail", text: wordsFor({ kind: said.trouble }) } : said;
  return section(
    "probes",
    t("probes"),
    { extra: chip(CONTROL[state] ?? "unknown", t(`control.${state}`)) },
    control?.summary && h("p", en(control.summary), " ", h("span.faint", time(control.at))),
    vantages.length > 0 && starter(vantages, busy || latest?.state === "running"),
    outcome(trouble),
    latest && shown(latest, places),
    before.length > 0 &&
      more(
        "probe-history",
        t("probes.before", { n: before.length }),
        before.map((run) => shown(run, places)),
      ),
  );
}
