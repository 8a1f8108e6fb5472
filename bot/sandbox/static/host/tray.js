// The apps beside a ticket: builds their frames, tells them what happens, shows what they say.
import { Editor } from "../editor.js";
import { onScheme, scheme } from "../scheme.js";
import { Bridge } from "./bridge.js";
import { changes, current } from "./view.js";

const SECONDS = 5;

class Desk {
  constructor(data) {
    this.data = data;
    this.editor = new Editor(document.querySelector(".composer"), (type) => this.tell("comment.type", type));
    this.scheme = scheme;
    this.notify = notify;
    this.bridges = [];
    this.seen = this.ticket();
  }

  ticket() {
    return current(this.data.ticket);
  }

  emit(name, message) {
    for (const bridge of this.bridges) bridge.emit(name, message);
  }

  /** One changed property: its own event, and the one for everything. */
  tell(propertyName, newValue, oldValue) {
    this.emit(`${propertyName}.changed`, newValue);
    this.emit("*.changed", { propertyName, newValue, oldValue });
  }

  /** Compare with what the apps know, after typing or news from elsewhere. */
  compare() {
    const before = this.seen;
    this.seen = this.ticket();
    for (const [name, is, was] of changes(before, this.seen)) this.tell(name, is, was);
  }

  news(ticket) {
    const elsewhere = ticket.changedBy !== this.data.user.id && ticket.updatedAt !== undefined;
    const changed = JSON.stringify(ticket) !== JSON.stringify(this.data.ticket);
    this.data.ticket = ticket;
    this.compare();
    if (changed && elsewhere) this.emit("ticket.updated", { user: { id: ticket.changedBy } });
  }

  /** The apps' say before a submit: the first objection, or undefined. */
  async maySave() {
    const objections = await Promise.all(this.bridges.map((bridge) => bridge.hook("ticket.save")));
    return objections.find((text) => text !== undefined);
  }
}

function notify(text, kind = "notice", time = undefined) {
  const toast = document.createElement("div");
  toast.className = `toast ${kind}`;
  toast.setAttribute("role", kind === "error" || kind === "alert" ? "alert" : "status");
  toast.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  document.getElementById("toasts").append(toast);
  if (!time?.sticky) setTimeout(() => toast.remove(), typeof time === "number" ? time : SECONDS * 1000);
}

/** One app's card: name, reload, fold, frame. */
function addCard(desk, app) {
  const card = document.getElementById("app-card").content.firstElementChild.cloneNode(true);
  const frame = card.querySelector("iframe");
  const bridge = new Bridge(frame, app, desk);
  card.querySelector("h2").textContent = frame.title = app.title;
  card.classList.toggle("fixed", !app.flexible);
  const [reload, fold] = card.querySelectorAll("button");
  reload.setAttribute("aria-label", `Reload ${app.title}`);
  reload.addEventListener("click", () => start(bridge));
  fold.setAttribute("aria-label", `Show or hide ${app.title}`);
  fold.addEventListener("click", () => {
    const open = fold.getAttribute("aria-expanded") !== "true";
    fold.setAttribute("aria-expanded", String(open));
    frame.hidden = !open;
    bridge.activate(open);
  });
  desk.bridges.push(bridge);
  start(bridge); // before it is in the page: an empty frame would be one of the desk's own
  document.getElementById("apps").append(card);
}

function start(bridge) {
  if (bridge.ready) bridge.emit("app.willDestroy");
  bridge.ready = false;
  bridge.counts.clear();
  bridge.frame.src = bridge.address();
}

/** Starts the tray; returns the desk that the page tells of its news. */
export function openTray() {
  const desk = new Desk(JSON.parse(document.getElementById("tray").textContent));
  for (const app of desk.data.apps) addCard(desk, app);
  document.addEventListener("input", (event) => {
    if (event.target.closest(".fields, .send")) desk.compare();
  });
  onScheme((name) => desk.tell("colorScheme", name));
  addEventListener("pagehide", () => desk.emit("app.willDestroy"));
  return desk;
}
