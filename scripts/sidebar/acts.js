// What an agent can do: each act shows at once, and takes itself back when it fails.

import { goToTicket, tagForm } from "./desk.js";
import { $, focusOn } from "./dom.js";
import { canUndo, copy, insert, undo } from "./draft.js";
import { say } from "./frame.js";
import { ask, load, now, refresh, until, watch } from "./session.js";
import { isEnglish, knows, t } from "./words.js";

let client;

/** Set once through whom to act. */
export const actThrough = (zaf) => {
  client = zaf;
};

/** Show and say what came of something. */
function tell(key, tone, text, more = {}) {
  now.said.set(key, { tone, text, ...more });
  say(text);
  refresh();
}

/** The words for what went wrong: the bot's own sentence, where the agent reads its language. */
export function wordsFor(trouble) {
  const key = `trouble.${trouble.kind}`;
  return (isEnglish() && trouble.said) || t(knows(key) ? key : "trouble.unreachable");
}

async function busy(key, work) {
  if (now.busy.has(key)) return;
  now.busy.add(key);
  now.said.delete(key);
  refresh();
  try {
    await work();
  } catch (trouble) {
    tell(key, "fail", wordsFor(trouble));
  } finally {
    now.busy.delete(key);
    refresh();
  }
}

/** Tick a step for the whole team; two clicks arrive one after the other, so that the last one counts. */
export async function tick(step, done) {
  const turn = {};
  const write = () => ask("PUT", `/steps/${encodeURIComponent(step.id)}`, { done });
  const sent = Promise.resolve(now.ticks.get(step.id)?.sent).then(write, write);
  now.ticks.set(step.id, { done, turn, sent });
  refresh();
  try {
    const answer = await sent;
    if (now.ticks.get(step.id)?.turn !== turn) return;
    if (now.state && Array.isArray(answer.steps)) now.state = { ...now.state, steps: answer.steps };
    now.said.delete("steps");
    say(t(done ? "steps.ticked" : "steps.unticked"));
  } catch (trouble) {
    if (now.ticks.get(step.id)?.turn !== turn) return;
    tell("steps", "fail", `${t("steps.reverted")} ${wordsFor(trouble)}`);
  }
  now.ticks.delete(step.id);
  refresh();
}

/** Copy a text; where that is forbidden it is marked, and we say so. */
export async function copyText(key, text, shown) {
  const done = await copy(text, shown);
  if (done) return tell(key, "ok", t("copied"));
  say(t("copy.failed"));
  now.said.set(key, { tone: "warn", text: t("copy.failed") });
  refresh();
  const again = $(shown.id);
  focusOn(again);
  if (again) getSelection().selectAllChildren(again);
  return undefined;
}

/** Insert a text as a draft into the chosen channel. */
export async function insertDraft(item) {
  await busy(item.key, async () => {
    const came = await insert(client, item, now.channel);
    const tone = { inserted: "ok", replaced: "ok", already: "info" }[came] ?? "fail";
    tell(item.key, tone, t(`draft.${came}`, { channel: t(`in.${now.channel}`) }));
    for (const [key, said] of now.said) said.undo = canUndo(key);
    refresh();
  });
}

/** Take the last draft back. */
export async function undoDraft(key) {
  const done = await undo(client).catch(() => false);
  tell(key, done ? "ok" : "warn", t(done ? "draft.undone" : "draft.edited"));
}

/** Choose where drafts go. */
export function chooseChannel(channel) {
  now.channel = channel;
  refresh();
}

/** Start probes from a vantage and follow them. */
export function probe(vantage) {
  now.busy.delete("probes");
  return busy("probes", async () => {
    const { run, after_ms: after = 500 } = await ask("POST", "/probes", { vantage });
    say(t("probes.started"));
    const runs = (now.state.probes.runs ?? []).filter((one) => one.id !== run);
    const begun = { id: run, state: "running", asked_at: new Date().toISOString(), looks: [] };
    now.state = { ...now.state, probes: { ...now.state.probes, runs: [begun, ...runs] } };
    watch(after);
  });
}

/** Let the bot decide anew. */
export const look = () =>
  busy("verdict", async () => {
    const before = now.state?.decided_at;
    await ask("POST", "/look");
    tell("verdict", "info", t("look.asked"));
    until("look", () => {
      const decided = now.state?.decided_at !== before;
      if (decided) tell("verdict", "ok", t("look.done"));
      return decided;
    });
  });

/** Post the would-be note now. */
export const postNote = () =>
  busy("note", async () => {
    try {
      await ask("POST", "/note", { digest: now.state.digest });
    } catch (trouble) {
      if (trouble.kind === "stale") await load();
      throw trouble;
    }
    tell("note", "info", t("note.asked"));
    until("note", () => {
      const posted = now.state?.posted?.state === "posted";
      if (posted) tell("note", "ok", t("note.done"));
      return posted;
    });
  });

/** Say which scenario is the right one. */
export const correct = (scenario, why, after) =>
  busy("wrong", async () => {
    const { corrections } = await ask("POST", "/corrections", { scenario, why });
    if (now.state && Array.isArray(corrections)) now.state = { ...now.state, corrections };
    after();
    tell("wrong", "ok", t("wrong.thanks"));
  });

/** Put the command for safe copies on the form; the agent submits. */
export const replaceFiles = (tag, on) =>
  busy("live", async () => {
    const taken = await tagForm(tag, on).catch(() => false);
    now.tagged = taken ? on : now.tagged;
    tell(
      "live",
      taken ? "ok" : "fail",
      t(taken ? (on ? "live.tagged" : "live.untagged") : "live.refused", { tag }),
    );
  });

/** The form went to Zendesk, and the tag with it: what comes of the command, its note says. */
export function ordered() {
  if (!now.tagged) return;
  now.tagged = false;
  tell("live", "info", t("live.ordered"));
}

/** Open another ticket inside Zendesk. */
export function openTicket(event, id) {
  if (event.metaKey || event.ctrlKey || event.button) return;
  event.preventDefault();
  const { href } = event.currentTarget;
  goToTicket(id).catch(() => window.open(href, "_blank", "noopener"));
}
