// The sandbox's own client of the app framework, with the documented Client API of Zendesk's SDK.
// It stands in for the SDK where nothing may leave the machine; the protocol is the same.
(() => {
  "use strict";
  const MINUTES = 5;
  const VERSION = "2.0.0-pocket";
  const HOSTS = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$|^https:\/\/[\w.-]+\.zendesk\.com$/;

  const blocks = (value) => value === false || typeof value === "string" || value instanceof Error;
  const words = (reason) => (reason instanceof Error ? reason.message : reason);

  /** What all clients of one frame share: the way to the desk, and who waits for an answer. */
  class Line {
    constructor(origin, guid) {
      Object.assign(this, { origin, guid, ready: false, queue: [], waiting: new Map(), clients: new Map(), last: 0 });
      addEventListener("message", (event) => {
        if (event.source === parent && event.origin === origin) this.receive(event.data);
      });
    }

    send(message, instanceGuid, now = false) {
      const text = JSON.stringify({ ...message, appGuid: this.guid, instanceGuid });
      if (this.ready || now) parent.postMessage(text, this.origin);
      else this.queue.push(text);
    }

    ask(request, params, instanceGuid) {
      this.last += 1;
      const id = this.last;
      const answered = new Promise((resolve, reject) => {
        const late = () => reject(new Error("Invocation request timeout"));
        this.waiting.set(id, { resolve, reject, timer: setTimeout(late, MINUTES * 60_000) });
      });
      this.send({ id, request, params }, instanceGuid);
      return answered;
    }

    receive(data) {
      let message = data;
      try {
        if (typeof data === "string") message = JSON.parse(data);
      } catch {
        return;
      }
      if (this.waiting.has(message?.id)) this.finish(message);
      else if (message?.key?.startsWith("zaf.")) this.hear(message, message.key.slice("zaf.".length));
    }

    finish({ id, result, error }) {
      const { resolve, reject, timer } = this.waiting.get(id);
      this.waiting.delete(id);
      clearTimeout(timer);
      if (error) reject(error.name ? failure(error) : error);
      else resolve(result);
    }

    hear({ message, needsReply, instanceGuid }, name) {
      const client = this.clients.get(instanceGuid ?? this.guid);
      if (!client) return;
      if (needsReply) {
        client.reply(name);
        return;
      }
      if (name === "app.registered") this.open(client, message);
      if (name === "context.updated") client.known.context = message;
      client.fire(name, message);
    }

    open(client, message) {
      this.ready = true;
      client.known = message;
      for (const text of this.queue.splice(0)) parent.postMessage(text, this.origin);
    }
  }

  class Client {
    constructor(line, guid) {
      Object.assign(this, { line, guid, known: null, handlers: new Map(), replying: new Set() });
      line.clients.set(guid, this);
    }

    postMessage(key, message) {
      this.line.send({ key, message }, this.guid, key === "iframe.handshake");
    }

    on(name, handler, context) {
      if (typeof handler !== "function") return;
      const list = this.handlers.get(name) ?? [];
      list.push(context ? handler.bind(context) : handler);
      this.handlers.set(name, list);
      if (name !== "app.registered") this.postMessage(`iframe.on:${name}`, { subscriberCount: list.length });
    }

    off(name, handler) {
      const list = this.handlers.get(name);
      if (!list) return false;
      if (list.includes(handler)) list.splice(list.indexOf(handler), 1);
      this.postMessage(`iframe.off:${name}`, { subscriberCount: list.length });
      return handler;
    }

    has(name, handler) {
      return this.handlers.get(name)?.includes(handler) ?? false;
    }

    trigger(name, data) {
      this.postMessage(`iframe.trigger:${name}`, data);
    }

    fire(name, message) {
      for (const handler of [...(this.handlers.get(name) ?? [])]) handler(message);
    }

    /** A hook: only what is returned at once, thrown or rejected stops it, never what a promise resolves to. */
    async reply(name) {
      if (this.replying.has(name)) return;
      this.replying.add(name);
      const message = { key: `iframe.reply:${name}` };
      try {
        await Promise.all((this.handlers.get(name) ?? []).map((handler) => {
          const said = handler();
          if (blocks(said)) throw said;
          return said;
        }));
      } catch (reason) {
        message.error = { msg: words(reason) };
      }
      this.replying.delete(name);
      this.line.send(message, this.guid);
    }

    request(options) {
      const line = this.line;
      line.requests = (line.requests ?? 0) + 1;
      const key = `request:${line.requests}`;
      return new Promise((resolve, reject) => {
        this.on(`${key}.done`, ({ responseArgs }) => resolve(responseArgs[0]));
        this.on(`${key}.fail`, ({ responseArgs }) => reject(responseArgs[0]));
        this.postMessage(key, typeof options === "string" ? { url: options } : options);
      });
    }

    instance(guid) {
      if (typeof guid !== "string" || !guid) throw new Error("The instance method expects an `instanceGuid` string.");
      return this.line.clients.get(guid) ?? new Client(this.line, guid);
    }

    metadata() {
      return this.registered().then(({ metadata }) => metadata);
    }

    context() {
      return this.registered().then(({ context }) => context);
    }

    registered() {
      const main = this.line.clients.get(this.line.guid);
      if (main.known) return Promise.resolve(main.known);
      return new Promise((resolve) => main.on("app.registered", () => resolve(main.known)));
    }

    get(path, ...more) {
      const paths = [path].flat();
      if (more.length || paths.some((item) => typeof item !== "string")) {
        throw new Error("The get method accepts a string or array of strings.");
      }
      return this.line.ask("get", paths, this.guid).then((result) => single(path, result));
    }

    set(key, ...values) {
      if (typeof key === "string" && !values.length) throw new Error("The setter requires a value");
      const given = typeof key === "string" ? { [key]: values[0] } : key;
      if (given === null || typeof given !== "object" || Array.isArray(given)) {
        throw new Error("The set method accepts a key and value pair, or an object of key and value pairs.");
      }
      return this.line.ask("set", given, this.guid).then((result) => single(key, result));
    }

    invoke(key, ...args) {
      const given = typeof key === "string" ? { [key]: args } : key;
      const lists = given && typeof given === "object" ? Object.values(given) : [null];
      const plain = (list) => Array.isArray(list) && list.every((item) => typeof item === "string");
      if (typeof key !== "string" && !lists.every(plain)) {
        throw new Error("Invoke supports string arguments or an object with array of strings.");
      }
      return this.line.ask("invoke", given, this.guid).then((result) => single(key, result));
    }
  }

  function single(path, result) {
    const problem = typeof path === "string" && result.errors?.[path];
    if (problem) throw failure(problem);
    return result;
  }

  function failure({ name, message, path }) {
    const made = new Error(path ? `"${path}" ${message}` : message);
    made.name = name;
    return made;
  }

  function init(callback, place = location) {
    const query = new URLSearchParams(`${place.search.slice(1)}&${place.hash.slice(1)}`);
    const origin = query.get("origin");
    const guid = query.get("app_guid");
    if (!origin || !guid) return false;
    if (!HOSTS.test(origin)) {
      document.documentElement.textContent = `Invalid domain ${origin}`;
      throw new Error(`Invalid domain ${origin}`);
    }
    const client = new Client(new Line(origin, guid), guid);
    if (typeof callback === "function") client.on("app.registered", callback.bind(client));
    client.postMessage("iframe.handshake", { version: VERSION });
    return client;
  }

  window.ZAFClient = { init };
})();
