// What the app asks Zendesk about the ticket, whatever a host leaves out.

import { contentOf } from "./content.js";
import { within } from "./pace.js";

const NEEDED = [
  "ticket.id",
  "ticket.comments",
  "ticket.updatedAt",
  "currentUser",
  "currentUser.id",
  "currentUser.name",
  "currentUser.locale",
  "currentAccount.subdomain",
  "comment.type",
  "colorScheme",
];
const PROOF_LASTS = 60_000;

let client;
let proof = null;
let greeted;
/** Who and where: id, subdomain, agent {id, name, locale}, channel, scheme, settings. */
export const here = { agent: {}, settings: {} };

/** Ask for several paths; what the host does not know is undefined, never an exception. */
export async function ask(paths) {
  try {
    return await within(4000, client.get(paths));
  } catch {
    const one = (path) =>
      within(2000, client.get(path))
        .then((got) => got[path])
        .catch(() => undefined);
    const got = await Promise.all(paths.map(one));
    return Object.fromEntries(paths.map((path, at) => [path, got[at]]));
  }
}

/** The account by the host page's address, which the SDK needs anyway. */
function subdomainOfHost() {
  const origin = new URLSearchParams(location.search).get("origin") ?? "";
  return /^https:\/\/([\w-]+)\.zendesk\.com$/.exec(origin)?.[1] ?? "";
}

/** Read who is looking at which ticket; `arrive` again where the ticket had no number yet. */
export async function arrive(zaf) {
  client = zaf;
  greeted ??= Promise.all([client.metadata(), client.context()]); // later, empty ones would never come
  const [metadata, context] = await greeted;
  const got = await ask(NEEDED);
  const user = got.currentUser ?? {};
  const number = got["ticket.id"] ?? context?.ticketId;
  here.id = /^[1-9]\d*$/.test(number) ? number : undefined;
  here.subdomain =
    got["currentAccount.subdomain"] ?? context?.account?.subdomain ?? subdomainOfHost();
  here.agent = {
    id: String(got["currentUser.id"] ?? user.id ?? ""),
    name: String(got["currentUser.name"] ?? user.name ?? ""),
    locale: got["currentUser.locale"] ?? user.locale ?? "en",
  };
  here.channel = got["comment.type"];
  here.scheme = got.colorScheme;
  here.settings = metadata?.settings ?? {};
  proof = proven(newest(got["ticket.comments"]), stamp(got["ticket.updatedAt"]));
}

function newest(comments) {
  const ids = (Array.isArray(comments) ? comments : [comments ?? {}]).map((one) => Number(one?.id));
  const known = ids.filter((id) => id > 0);
  return known.length ? String(Math.max(...known)) : "";
}

/** As Zendesk's API writes it: whole seconds, UTC. */
function stamp(when) {
  const time = when ? new Date(when) : NaN;
  return Number.isNaN(Number(time)) ? "" : time.toISOString().replace(/\.\d+Z$/, "Z");
}

const proven = (comment, updated) =>
  comment || updated ? { words: `${comment};${updated}`, at: Date.now() } : null;

const fetched = (path) =>
  within(
    6000,
    client.request({ url: `/api/v2/tickets/${here.id}${path}`, type: "GET", dataType: "json" }),
  )
    .then(contentOf)
    .catch(() => ({}));

async function readAnew() {
  const [comments, ticket] = await Promise.all([
    fetched("/comments.json?sort=-created_at&page%5Bsize%5D=1"),
    fetched(".json"),
  ]);
  return proven(newest(comments?.comments), stamp(ticket?.ticket?.updated_at));
}

/** What shows that this agent can read the ticket; `anew` asks Zendesk's API, not the page. */
export async function ticketProof(anew = false) {
  if (!anew && proof && Date.now() - proof.at < PROOF_LASTS) return proof.words;
  if (anew) proof = await readAnew();
  else {
    const got = await ask(["ticket.comments", "ticket.updatedAt"]);
    proof = proven(newest(got["ticket.comments"]), stamp(got["ticket.updatedAt"])) ?? (await readAnew());
  }
  return proof?.words ?? ";";
}

/** The ticket has changed: what was proved before counts no longer. */
export const forgetProof = () => {
  proof = null;
};

/** Show another ticket in Zendesk. */
export const goToTicket = (id) => client.invoke("routeTo", "ticket", String(id));

/** Where that ticket is, for a click with the middle button. */
export const ticketAddress = (id) => `https://${here.subdomain}.zendesk.com/agent/tickets/${id}`;

/** Put a tag on the form, or take it off; the agent submits. False when the form did not take it. */
export async function tagForm(tag, on) {
  await client.invoke(on ? "ticket.tags.add" : "ticket.tags.remove", [tag]);
  const tags = (await ask(["ticket.tags"]))["ticket.tags"];
  return !Array.isArray(tags) || tags.includes(tag) === on;
}
