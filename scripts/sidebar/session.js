// What the app knows now, and how it keeps knowing: loading, reloading, watching probes.

import { Trouble, call } from "./backend.js";
import { arrive, forgetProof, here } from "./desk.js";
import { later, never } from "./pace.js";
import { hear } from "./words.js";

const QUIET = 700;
const LOOKS_AFTER = [2000, 4000, 8000];
const POLLS = 60;
const SLOWEST = 5000;

/** The last good state, since when, what is wrong, and what came of each action. */
export const now = {
  state: null,
  at: 0,
  trouble: null,
  busy: new Set(),
  said: new Map(),
  ticks: new Map(),
  channel: "internalNote",
};

let client;
let show = () => {};
let asking = null;
let written = 0;

/** Set once where to ask and how to show. */
export function begin(zaf, painter) {
  client = zaf;
  show = painter;
}

/** Show what is known now. */
export const refresh = () => show();

/** Ask the bot: its answer, or a Trouble. */
export async function ask(type, ...what) {
  const answer = await call(client, type, ...what);
  if (type !== "GET") written += 1;
  return answer;
}

/** The state; asked for again where an act was done meanwhile, of which an older answer knows nothing. */
async function stateNow() {
  for (;;) {
    const before = written;
    const state = await ask("GET");
    if (before === written) return state;
  }
}

/** Load the state. Calls at the same time share one request. */
export function load() {
  asking ??= read().finally(() => {
    asking = null;
    show();
  });
  return asking;
}

async function read() {
  try {
    if (!here.id) await arrive(client); // it may have been saved since
    const state = await stateNow();
    if (!("verdict" in state) || Number(state.ticket ?? here.id) !== Number(here.id)) throw new Trouble("html", 200);
    hear(state.words);
    Object.assign(now, { state, at: Date.now(), trouble: null });
    if (running()) watch(500);
  } catch (failure) {
    if (failure.status === 304 && now.state) Object.assign(now, { at: Date.now(), trouble: null });
    else now.trouble = failure instanceof Trouble ? failure : new Trouble("unreachable", 0, failure.message);
  }
}

/** The ticket changed: load when it has been quiet for a moment, and once more for the bot's answer. */
export function soon() {
  forgetProof();
  later("load", QUIET, async () => {
    await asking; // asked before the change: what it brings may be old
    const before = now.state?.digest;
    await load();
    if (now.state && now.state.digest === before) later("again", LOOKS_AFTER[1], load);
  });
}

/** Load a few times, ever more slowly, until something is as wanted. */
export function until(name, wanted, tries = 0) {
  later(name, LOOKS_AFTER[tries], async () => {
    await load();
    if (!wanted() && tries + 1 < LOOKS_AFTER.length) until(name, wanted, tries + 1);
  });
}

const running = () => (now.state?.probes?.runs ?? []).find((run) => run.state === "running");

/** Follow a run until it is done: each look a little later than the one before. */
export function watch(ms, tries = 0) {
  later("probes", ms, async () => {
    try {
      const seen = await ask("GET", "/probes");
      hear(seen.words);
      if (now.state) now.state = { ...now.state, probes: { ...now.state.probes, ...seen } };
      now.said.delete("probes");
    } catch (trouble) {
      if (trouble.kind === "proof") await load(); // loading proves it, and a poll cannot
      now.said.set("probes", { tone: "fail", trouble: trouble.kind });
      if (tries > 5) return show();
    }
    if (running() && tries < POLLS) watch(Math.min(ms * 1.4, SLOWEST), tries + 1);
    else now.busy.delete("probes");
    return show();
  });
}

/** Nothing is watched any more. */
export const stopWatching = () => never("probes");

/** Whether what is shown is old enough to be asked for again. */
export const isStale = () => !now.state || now.trouble || Date.now() - now.at > 30_000;
