// Starts the app: greets Zendesk, learns who looks at which ticket, and listens to what changes.

import { actThrough, ordered } from "./acts.js";
import { Trouble } from "./backend.js";
import { arrive, ask, here } from "./desk.js";
import { $ } from "./dom.js";
import { submitted } from "./draft.js";
import { end, later, sleep, wake } from "./pace.js";
import { age, draw } from "./screen.js";
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
let height = 0;
let started = false;

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

function listen(client) {
  for (const name of CHANGES) client.on(name, soon);
  client.on("*.changed", (event) => FIELDS.test(event?.propertyName ?? "") && soon());
  client.on("ticket.submit.done", submitted);
  client.on("ticket.submit.done", ordered);
  client.on("colorScheme.changed", (event) => schemeChanged(client, event));
  client.on("app.deactivated", sleep);
  client.on("app.willDestroy", end);
  client.on("app.activated", () => {
    wake();
    if (started && isStale()) load();
  });
  addEventListener("online", () => now.trouble && load());
  new ResizeObserver(() => requestAnimationFrame(() => fit(client))).observe($("app"));
}

function keepAges() {
  later("age", MINUTE, () => {
    age();
    keepAges();
  });
}

function give(kind) {
  now.trouble = new Trouble(kind);
  draw();
}

async function start(client) {
  begin(client, draw);
  actThrough(client);
  listen(client);
  await arrive(client);
  paintScheme(here.scheme);
  if (here.channel === "publicReply") now.channel = here.channel;
  if (!here.id) {
    await speak(here.agent.locale);
    return give("unsaved");
  }
  await Promise.all([speak(here.agent.locale), load()]);
  started = true;
  draw();
  return keepAges();
}

async function main() {
  const sdk = window.ZAFClient;
  const client = sdk?.init();
  if (client) return start(client);
  await speak(navigator.language);
  return give(sdk ? "outside" : "sdk");
}

main().catch((failure) => {
  $("app").textContent = `Cloud Licensing Bot: ${failure.message}. Reload the browser tab.`;
});
