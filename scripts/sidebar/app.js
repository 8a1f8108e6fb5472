// Starts the app: greets Zendesk, learns who looks at which ticket, and listens to what changes.

import { actThrough, ordered } from "./acts.js";
import { Trouble } from "./backend.js";
import { arrive, ask, here } from "./desk.js";
import { $ } from "./dom.js";
import { submitted } from "./draft.js";
import { end, later, never, sleep, wake } from "./pace.js";
import { age, draw, pointAtTimes } from "./screen.js";
import { begin, isStale, load, now, soon } from "./session.js";
import { speak } from "./words.js";

const CHANGES = [
  "ticket.updated",
  "ticket.status.changed",
  "ticket.tags.changed",
  "ticket.comments.changed",
  "ticket.conversation.changed",
  "ticket.form.id.changed",
  "ticket.requester.changed",
  "ticket.submit.done",
];
const FIELDS = /^ticket\.(custom_field_\d+|customField:|status|tags|comments|conversation|form|requester)/;
const MINUTE = 60_000;
const PATIENCE = 8000;
let height = 0;
let started = false;
let arrived = false;

const paintScheme = (scheme) => {
  if (scheme) document.documentElement.dataset.theme = scheme === "dark" ? "dark" : "light";
};

async function schemeChanged(client, event) {
  const said = typeof event === "string" ? event : (event?.colorScheme ?? event?.newValue);
  paintScheme(said ?? (await ask(["colorScheme"])).colorScheme);
}

/** As tall as the content, never smaller than a verdict. */
function fit(client) {
  const tall = Math.max(120, Math.ceil($("app").getBoundingClientRect().height) + 2);
  if (Math.abs(tall - height) < 2) return;
  height = tall;
  client.invoke("resize", { width: "100%", height: `${tall}px` }).catch(() => {});
}

/** Whether anybody looks, from the first moment; Zendesk tells these unasked. */
function listenToLife(client) {
  client.on("app.deactivated", sleep);
  client.on("app.willDestroy", end);
  client.on("app.activated", () => {
    wake();
    if (started && isStale()) load();
  });
}

/** What changes, once the bot is asked: sixteen messages must not stand before that question. */
function listen(client) {
  for (const name of CHANGES) client.on(name, soon);
  client.on("*.changed", (event) => FIELDS.test(event?.propertyName ?? "") && soon());
  client.on("ticket.submit.done", submitted);
  client.on("ticket.submit.done", ordered);
  client.on("colorScheme.changed", (event) => schemeChanged(client, event));
  addEventListener("online", () => now.trouble && load());
  new ResizeObserver(() => requestAnimationFrame(() => fit(client))).observe($("app"));
}

function keepAges() {
  later("age", MINUTE, () => {
    age();
    keepAges();
  });
}

async function complain(kind) {
  await speak(navigator.language);
  if (arrived) return;
  now.trouble = new Trouble(kind);
  draw();
}

async function start(client) {
  begin(client, draw);
  actThrough(client);
  listenToLife(client);
  later("silence", PATIENCE, () => arrived || complain("outside"));
  await arrive(client);
  arrived = true;
  paintScheme(here.scheme);
  if (here.channel === "publicReply") now.channel = here.channel;
  now.trouble = null;
  const asked = load();
  setTimeout(() => listen(client));
  await speak(here.agent.locale);
  await asked;
  started = true;
  draw(); // again in the agent's words, where the state came first
  pointAtTimes();
  return keepAges();
}

/** Deferred scripts have come, or failed, before these events; one that hangs must not hold us. */
function library() {
  if (window.ZAFClient || document.readyState === "complete") return Promise.resolve();
  later("library", PATIENCE, () => window.ZAFClient || complain("sdk"));
  return new Promise((done) => {
    document.addEventListener("DOMContentLoaded", done);
    addEventListener("load", done);
  });
}

async function main() {
  await library();
  never("library");
  const client = window.ZAFClient?.init();
  return client ? start(client) : complain(window.ZAFClient ? "outside" : "sdk");
}

main().catch((failure) => {
  $("app").textContent = `Cloud Licensing Bot: ${failure.message}. Reload the browser tab.`;
});
