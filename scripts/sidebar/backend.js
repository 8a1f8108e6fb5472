// Calls the bot through Zendesk's proxy, and says exactly what went wrong.

import { contentOf, parsed } from "./content.js";
import { here, ticketProof } from "./desk.js";
import { within } from "./pace.js";

const TIMEOUT = 8000;
const BY_STATUS = {
  401: "auth",
  404: "ticket",
  408: "timeout",
  409: "stale",
  413: "input",
  415: "input",
  422: "input",
  429: "busy",
  504: "timeout",
};

/** Something the agent should read: `kind` picks our words, `said` is the bot's own sentence. */
export class Trouble extends Error {
  constructor(kind, status = 0, said = "") {
    super(kind);
    Object.assign(this, { kind, status, said });
  }
}

/** The bot's address as configured, or a Trouble. */
function address() {
  const given = String(here.settings.backend ?? "")
    .trim()
    .replace(/\/+$/, "");
  if (!given) throw new Trouble("setup");
  return /^https?:\/\//.test(given) ? given : `https://${given}`;
}

/** What is read comes with words in the agent's language; English needs none. */
function locale(type) {
  const wanted = String(here.agent.locale ?? "");
  return type === "GET" && /^(?!en\b)[\w-]{2,35}$/.test(wanted) ? `?locale=${wanted}` : "";
}

function options(type, path, body, proof) {
  const asked = {
    url: `${address()}/sidebar/tickets/${here.id}${path}${locale(type)}`,
    type,
    dataType: "json",
    secure: true,
    cors: false,
    autoRetry: false,
    timeout: TIMEOUT,
    headers: {
      Authorization: "Bearer {{jwt.token}}",
      "X-Ticket-Proof": proof,
      "X-Agent-Name": encodeURIComponent(here.agent.name),
    },
    jwt: {
      algorithm: "HS256",
      secret_key: "{{setting.shared_secret}}",
      expiry: 60,
      claims: { iss: here.subdomain, aud: "cl-bot", sub: here.agent.id || "unknown", ticket_id: String(here.id) },
    },
  };
  return body ? { ...asked, contentType: "application/json", data: JSON.stringify(body) } : asked;
}

function kindOf(status, code, statusText) {
  if (status === 403) return ["proof", "tag", "off"].includes(code) ? code : "forbidden";
  if (BY_STATUS[status]) return BY_STATUS[status];
  if (status >= 500) return "server";
  if (status >= 200 && status < 400) return "html";
  if (status >= 400) return "input";
  if (statusText === "timeout") return "timeout";
  return navigator.onLine ? "unreachable" : "offline";
}

/** A failure of the proxy's, a jqXHR-like object without a prototype, as a Trouble. */
function troubled(failure) {
  if (failure instanceof Trouble) return failure;
  const status = Number(failure?.status) || 0;
  const answer = failure?.responseJSON ?? parsed(failure?.responseText);
  const late = failure?.name === "TimeoutError" ? "timeout" : failure?.statusText;
  const said = typeof answer?.message === "string" ? answer.message : "";
  return new Trouble(kindOf(status, answer?.error, late), status, said);
}

function understood(type, answer) {
  if (type !== "GET" && !answer) return {};
  const value = contentOf(answer);
  if (!value || typeof value !== "object") throw new Trouble("html", 200);
  return value;
}

async function once(client, type, path, body, anew) {
  try {
    const asked = client.request(options(type, path, body, await ticketProof(anew)));
    return understood(type, await within(TIMEOUT + 1000, asked, new Trouble("timeout")));
  } catch (failure) {
    throw troubled(failure);
  }
}

/** Ask the bot; once more with a proof read anew, or a new token where the first came too late. */
export async function call(client, type, path = "", body = null) {
  if (navigator.onLine === false) throw new Trouble("offline");
  if (!here.id) throw new Trouble("unsaved");
  try {
    return await once(client, type, path, body, false);
  } catch (trouble) {
    if (!["proof", "auth"].includes(trouble.kind)) throw trouble;
    return once(client, type, path, body, trouble.kind === "proof");
  }
}
