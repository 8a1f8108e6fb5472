// Keeps the desk fresh without reloading: asks for changes, swaps in what is new.
import "./scheme.js";
import { openTray } from "./host/tray.js";
import { makeSplitter } from "./splitter.js";
import { submit } from "./submit.js";

const body = document.body;
const live = document.getElementById("live");
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
let version = Number(body.dataset.version);
let lastFailed = 0;

function tellState(state, text) {
  live.dataset.state = state;
  live.lastElementChild.textContent = text;
}

function showTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const then = new Date(time.dateTime);
    const seconds = Math.round((then - Date.now()) / 1000);
    const [unit, size] =
      seconds > -60 ? ["second", 1] : seconds > -3600 ? ["minute", 60] : seconds > -86400 ? ["hour", 3600] : ["day", 86400];
    time.textContent = seconds > -10 ? "just now" : relative.format(Math.trunc(seconds / size), unit);
    time.title = then.toLocaleString();
  }
}

async function copy(button, pre) {
  const text = pre.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(pre);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (!document.execCommand("copy")) {
      button.textContent = "Press Ctrl+C";
      return;
    }
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

function addCopyButtons(root) {
  for (const pre of root.querySelectorAll(".text pre")) {
    const frame = document.createElement("div");
    frame.className = "snippet";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy this snippet");
    pre.tabIndex = 0; // a long line scrolls by keyboard too
    button.addEventListener("click", () => copy(button, pre));
    pre.replaceWith(frame);
    frame.append(pre, button);
  }
}

function fromHtml(text) {
  const template = document.createElement("template");
  template.innerHTML = text.trim();
  return template.content.firstElementChild;
}

function showMessages(messages) {
  const thread = document.getElementById("thread");
  const known = new Map([...thread.children].map((node) => [node.dataset.id, node]));
  for (const { id, revision, html } of messages) {
    const old = known.get(String(id));
    known.delete(String(id));
    if (old?.dataset.revision === String(revision)) continue;
    const node = fromHtml(html);
    addCopyButtons(node);
    if (old) {
      old.replaceWith(node);
    } else {
      node.classList.add("fresh");
      thread.append(node);
      pointTo(node);
    }
  }
  for (const gone of known.values()) gone.remove();
}

function pointTo(message) {
  document.querySelector(".arrived")?.remove();
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button arrived";
  button.textContent = message.matches(".internal") ? "New internal note ↓" : "New message ↓";
  button.addEventListener("click", () => message.scrollIntoView({ block: "start", behavior: "smooth" }));
  const watcher = new IntersectionObserver((entries) => {
    if (entries.at(-1).isIntersecting) {
      button.remove();
      watcher.disconnect();
    }
  }, { rootMargin: "0px 0px -240px" });
  document.body.append(button);
  watcher.observe(message);
}

function isBusy(element) {
  return element.contains(document.activeElement) || element.querySelector("[data-dirty]");
}

function show(answer) {
  if (answer.rows !== undefined) document.getElementById("rows").innerHTML = answer.rows;
  if (answer.messages) showMessages(answer.messages);
  if (answer.head !== undefined) document.getElementById("head").innerHTML = answer.head;
  const fields = document.getElementById("fields");
  if (answer.fields !== undefined && fields && !isBusy(fields)) fields.innerHTML = answer.fields;
  if (answer.ticket) tray?.news(answer.ticket);
  showTimes();
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const untilVisible = () =>
  new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));

async function follow(address) {
  for (;;) {
    if (document.hidden) await untilVisible();
    try {
      const reply = await fetch(`${address}?since=${version}&wait=15`, { headers: { Accept: "application/json" } });
      if (!reply.ok) throw new Error(String(reply.status));
      const answer = await reply.json();
      if (answer.version !== version) {
        version = answer.version;
        show(answer);
        await pause(150); // a burst of changes is one redraw
      }
      lastFailed = 0;
      tellState("live", "Live");
    } catch {
      lastFailed = Math.min(lastFailed + 1, 5);
      tellState("offline", "Connection lost, trying again");
      await pause(500 * 2 ** lastFailed);
    }
  }
}

document.addEventListener("input", (event) => {
  event.target.closest(".fields")?.setAttribute("data-dirty", "");
});

/** What changed, at once: after a submit nobody shall see the state before it. */
async function refresh() {
  const reply = await fetch(`${body.dataset.changes}?since=-1`, { headers: { Accept: "application/json" } });
  if (reply.ok) show(await reply.json());
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-quiet]")) return;
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const stopped = await submit(form, tray, refresh);
    if (stopped !== undefined) tray.notify(stopped, "error");
    button.blur();
  } catch {
    tellState("offline", "That did not work. Is the ticket closed?");
  } finally {
    button.disabled = false;
  }
});

const tray = document.getElementById("tray") ? openTray() : null;
makeSplitter(document.querySelector(".splitter"));
addCopyButtons(document);
showTimes();
setInterval(showTimes, 15000);
if (body.dataset.changes) {
  tellState("live", "Live");
  follow(body.dataset.changes);
}
