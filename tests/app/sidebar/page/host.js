// A host for the sidebar app: the framework's messages, a composer, and a proxy to the stand-in bot.

const query = new URLSearchParams(location.search);
const given = JSON.parse(query.get("given"));
const composer = document.getElementById("composer");
const guid = crypto.randomUUID();
const counts = {};
const host = {
  values: given.values,
  refuses: given.refuses ?? [],
  invoked: [],
  requests: [],
  tags: [],
  heights: [],
  tracked: [],
};
window.host = host;

const frame = document.createElement("iframe");
const address = new URL(given.app);
address.searchParams.set("origin", location.origin);
address.searchParams.set("app_guid", guid);
if (given.scheme) address.searchParams.set("colorScheme", given.scheme);
if (given.sandbox) frame.sandbox = given.sandbox;
frame.title = "app";

const isOpaque = given.sandbox && !given.sandbox.includes("allow-same-origin");
const send = (message) =>
  frame.contentWindow.postMessage(JSON.stringify(message), isOpaque ? "*" : address.origin);

host.emit = (name, message) => {
  if (name.startsWith("app.") || counts[name]) send({ key: `zaf.${name}`, message });
};

const own = {
  "comment.text": () =>
    host.values["comment.useRichText"] === false ? composer.textContent : composer.innerHTML,
  "ticket.tags": () => host.tags,
};

function get(path) {
  if (own[path] && !host.refuses.includes(path)) return own[path]();
  if (!(path in host.values) || host.refuses.includes(path)) throw new Error("No such Api");
  return host.values[path];
}

function set(path, value) {
  if (host.refuses.includes(`set:${path}`)) throw new Error("Not allowed");
  if (path === "comment.text") composer.innerHTML = value;
  else host.values[path] = value;
  if (path === "comment.type") host.emit("comment.type.changed", value);
  return value;
}

function invoke(name, args) {
  host.invoked.push([name, args]);
  if (host.refuses.includes(name)) throw new Error("No such Api");
  if (name === "resize") {
    frame.style.height = args[0].height;
    host.heights.push(parseInt(args[0].height, 10));
  } else if (name === "ticket.editor.insert" || name.endsWith("appendHtml")) {
    const asText = host.values["comment.useRichText"] === false;
    composer.insertAdjacentHTML("beforeend", asText ? args[0].replaceAll("<", "&lt;") : args[0]);
  } else if (name.endsWith("appendText")) composer.append(args[0]);
  else if (name === "ticket.tags.add") host.tags.push(...args[0]);
  else if (name === "ticket.tags.remove") host.tags = host.tags.filter((tag) => !args[0].includes(tag));
  else if (name !== "routeTo") throw new Error(`unexpected: ${name}`);
  return [];
}

function answer({ id, request, params }) {
  const result = { errors: {} };
  for (const path of Array.isArray(params) ? params : Object.keys(params)) {
    try {
      result[path] = { get, set, invoke }[request](path, params[path]);
    } catch (problem) {
      result.errors[path] = { name: "Error", message: problem.message };
    }
  }
  if (given.strict && Object.keys(result.errors).length)
    send({ id, error: { name: "Error", message: "Bad path" } });
  else send({ id, result });
}

async function proxied(key, options) {
  const asked = { ...options, started: performance.now() };
  host.requests.push(asked);
  const reply = await fetch("/proxy", { method: "POST", body: JSON.stringify(options) });
  const { status, text, statusText } = await reply.json();
  const failed = { status, statusText, responseText: text };
  try {
    failed.responseJSON = JSON.parse(text);
  } catch {
    failed.responseJSON = undefined;
  }
  const good = status >= 200 && status < 300 && failed.responseJSON !== undefined;
  const shapes = { text, whole: failed };
  if (given.answers === "whole" || (good && given.answers))
    return send({ key: `zaf.${key}.done`, message: { responseArgs: [shapes[given.answers]] } });
  return send({
    key: `zaf.${key}.${good ? "done" : "fail"}`,
    message: { responseArgs: [good ? failed.responseJSON : (given.rejects ?? failed)] },
  });
}

function greet() {
  send({
    key: "zaf.app.registered",
    message: {
      metadata: { settings: given.settings },
      context: given.context ?? {
        ticketId: given.values["ticket.id"],
        instanceGuid: guid,
        account: { subdomain: "acme" },
        location: "ticket_sidebar",
      },
    },
  });
  if (!given.neverActivates) host.emit("app.activated", { firstLoad: true });
}

addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow) return;
  const data = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
  const [, verb, name] = /^iframe\.(on|off):(.*)$/.exec(data.key ?? "") ?? [];
  if (verb) counts[name] = data.message.subscriberCount;
  else if (data.key === "iframe.handshake") setTimeout(greet, given.greetsAfter ?? 0);
  else if (data.request) answer(data);
  else if (/^request:\d+$/.test(data.key)) proxied(data.key, data.message);
  else host.tracked.push(data.key);
});

performance.mark("frame");
frame.src = address.href;
document.getElementById("tray").append(frame);
