// One app's frame: the app framework's messages, which are strings of JSON over postMessage.
import { answer } from "./objects.js";
import { request } from "./request.js";

const SAVE_SECONDS = 10;

export class Bridge {
  constructor(frame, app, desk) {
    Object.assign(this, { frame, app, desk, guid: crypto.randomUUID(), ready: false, active: true });
    this.counts = new Map(); // event → how many handlers the app has for it
    this.replies = new Map(); // event → what to do with the app's reply
    this.listener = (event) => this.receive(event);
    addEventListener("message", this.listener);
  }

  /** The frame's address: the framework's parameters behind the app's own page. */
  address() {
    const url = new URL(this.app.page);
    url.searchParams.set("origin", location.origin);
    url.searchParams.set("app_guid", this.guid);
    url.searchParams.set("colorScheme", this.desk.scheme());
    return url.href;
  }

  send(message) {
    const { origin } = new URL(this.app.page);
    this.frame.contentWindow?.postMessage(JSON.stringify(message), origin);
  }

  /** Tell the app of an event, if it listens; the framework's own ones always. */
  emit(name, message) {
    if (!this.ready) return;
    if (name.startsWith("app.") || this.listens(name)) this.send({ key: `zaf.${name}`, message });
  }

  listens(name) {
    return (this.counts.get(name) ?? 0) > 0;
  }

  /** Ask a hook of the app, such as ticket.save; resolves to its objection, or to undefined. */
  hook(name) {
    if (!this.ready || !this.listens(name)) return Promise.resolve();
    return new Promise((done) => {
      const late = setTimeout(done, SAVE_SECONDS * 1000); // an app that hangs blocks nobody
      this.replies.set(name, (error) => {
        clearTimeout(late);
        done(error);
      });
      this.send({ key: `zaf.${name}`, needsReply: true });
    });
  }

  activate(active) {
    if (this.active === active) return;
    this.active = active;
    this.emit(active ? "app.activated" : "app.deactivated", active ? { firstLoad: false } : undefined);
  }

  close() {
    this.emit("app.willDestroy");
    removeEventListener("message", this.listener);
    this.ready = false;
  }

  receive(event) {
    if (event.source !== this.frame.contentWindow || event.origin !== new URL(this.app.page).origin) return;
    let message = event.data;
    try {
      if (typeof message === "string") message = JSON.parse(message);
    } catch {
      return;
    }
    if (!message || typeof message !== "object") return;
    if (message.request) this.answer(message);
    else if (typeof message.key === "string") this.hear(message.key, message);
  }

  async answer({ id, request: verb, params }) {
    this.send({ id, result: await answer(this, verb, params) });
  }

  hear(key, { message, error }) {
    const [verb, name] = split(key);
    if (verb === "iframe.handshake") this.register();
    else if (verb === "iframe.on" || verb === "iframe.off") this.counts.set(name, message?.subscriberCount ?? 0);
    else if (verb === "iframe.trigger") this.send({ key: `zaf.${name}`, message });
    else if (verb === "iframe.reply") this.reply(name, error);
    else if (verb === "request") this.proxy(name, message ?? {});
  }

  register() {
    const { appId, installationId, title, version, settings } = this.app;
    this.ready = true;
    const metadata = { appId, installationId, name: title, version, settings };
    this.send({ key: "zaf.app.registered", message: { metadata, context: this.context() } });
    if (this.active) this.emit("app.activated", { firstLoad: true });
  }

  context() {
    const { subdomain } = this.desk.data.account;
    const place = { product: "support", location: "ticket_sidebar" };
    return { instanceGuid: this.guid, ...place, account: { subdomain }, ticketId: this.desk.data.ticket.id };
  }

  reply(name, error) {
    const done = this.replies.get(name);
    this.replies.delete(name);
    done?.(error ? String(error.msg ?? "") || "The app stopped it." : undefined);
  }

  async proxy(number, options) {
    const { ok, args } = await request(this.app, options, this.desk.data.token);
    this.send({ key: `zaf.request:${number}.${ok ? "done" : "fail"}`, message: { responseArgs: args } });
  }
}

function split(key) {
  const at = key.indexOf(":");
  return at < 0 ? [key, ""] : [key.slice(0, at), key.slice(at + 1)];
}
