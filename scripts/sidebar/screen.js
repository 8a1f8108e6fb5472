// The whole screen from what is known now: answer first, then work, then the rest.

import { changed, links, note, verdict, why } from "./answer.js";
import { evidence, live, related, wrong } from "./beside.js";
import { $, h } from "./dom.js";
import { paint, say } from "./frame.js";
import { probes } from "./probes.js";
import { now } from "./session.js";
import { banner, heard, needsBook, offlineBook } from "./trouble.js";
import { ago, exact, named, spoken, t } from "./words.js";
import { steps, texts } from "./work.js";

const filled = (list) => (Array.isArray(list) && list.length ? list : null);
const doing = (key) => ({ busy: now.busy.has(key), said: now.said.get(key) });
const FIRST = 3; // trouble, verdict, live session: what an agent reads first
let announced = "";
let isWhole = false;

/** The steps with the ticks that are on their way. */
const ticked = (list) =>
  list.map((one) => (now.ticks.has(one.id) ? { ...one, done: now.ticks.get(one.id).done } : one));

function work(s) {
  const titles = Object.fromEntries((s.snippets ?? []).map((one) => [one.id, one.title]));
  const some = filled(s.snippets) || s.reply?.text;
  const said = Object.fromEntries(now.said);
  return [
    ["steps", filled(s.steps) && { steps: ticked(s.steps), titles, said: said.steps }, steps],
    [
      "texts",
      some && { snippets: s.snippets ?? [], reply: s.reply, channel: now.channel, said, busy: [...now.busy] },
      texts,
    ],
  ];
}

function parts(s) {
  const at = s.decided_at;
  return [
    [
      "verdict",
      { verdict: s.verdict, at, missing: s.missing, paused: s.paused, mode: s.mode, ...doing("verdict") },
      verdict,
    ],
    [
      "live",
      s.live_session && { session: s.live_session, tagged: Boolean(now.tagged), ...doing("live") },
      live,
    ],
    ["changed", filled(s.changed), changed],
    [
      "note",
      s.verdict &&
        s.posted && { posted: s.posted, html: s.note_html, can: Boolean(s.digest), ...doing("note") },
      note,
    ],
    ["why", filled(s.why), why],
    ...work(s),
    ["links", filled(s.links), links],
    ["probes", s.probes && { probes: s.probes, ...doing("probes") }, probes],
    ["evidence", filled(s.evidence), evidence],
    ["related", filled(s.related), related],
    [
      "wrong",
      filled(s.scenarios) && {
        scenarios: s.scenarios,
        current: s.verdict?.scenario,
        corrections: s.corrections ?? [],
        ...doing("wrong"),
      },
      wrong,
    ],
    [
      "foot",
      { version: s.version, mode: s.mode },
      (foot) => h("footer.faint", `${t("bot")} ${foot.version ?? ""} · `, foot.mode && named("mode", foot.mode)),
    ],
  ];
}

/** Every part empty: there is no state. */
const NOTHING = parts({}).map(([id]) => [id, null, null]);

function announce() {
  const words = now.trouble
    ? heard(now.trouble)
    : now.state?.verdict && `${now.state.verdict.name}. ${now.state.verdict.headline}`;
  if (words && words !== announced) say(words);
  announced = words || announced;
}

/** The answer needs a frame of its own: the rest takes several times as long to build. */
function thenTheRest() {
  const whole = () => {
    if (isWhole) return;
    isWhole = true;
    draw();
  };
  requestAnimationFrame(() => setTimeout(whole));
  setTimeout(whole, 100); // frames do not come while nobody sees us
}

/** Paint what changed, keep times current, and let go of the skeleton. */
export function draw() {
  const { trouble, state } = now;
  if (!spoken() || (!trouble && !state)) return;
  const told = trouble && {
    kind: trouble.kind,
    status: trouble.status,
    said: trouble.said,
    kept: state && now.at,
    retrying: now.retrying,
  };
  const all = [
    ["trouble", told, banner],
    ...(state ? parts(state) : NOTHING),
    ["book", needsBook(trouble, state), offlineBook],
  ];
  paint($("screen"), isWhole ? all : all.slice(0, FIRST));
  if (!isWhole) thenTheRest();
  $("skeleton")?.remove();
  $("app").setAttribute("aria-busy", "false");
  announce();
}

/** A time says exactly when, to whoever points at it. */
export function pointAtTimes() {
  $("screen").addEventListener("pointerover", ({ target }) => {
    if (target.dateTime && !target.title) target.title = exact(target.dateTime);
  });
}

/** “3 minutes ago” becomes “4 minutes ago”. */
export function age() {
  for (const node of document.querySelectorAll("time")) node.textContent = ago(node.dateTime);
}
