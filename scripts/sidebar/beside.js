// Beside the answer: what was found, the live-session warning, related tickets, and “wrong?”.

import { correct, openTicket, replaceFiles } from "./acts.js";
import { cause, time } from "./answer.js";
import { ticketAddress } from "./desk.js";
import { en, h } from "./dom.js";
import { button, chip, more, outcome, section } from "./frame.js";
import { knows, named, t } from "./words.js";

const LONG = 300;
let confirming = false;
const draft = { scenario: "", why: "" };

function secretsOf(file) {
  const found = Object.entries(file.secrets ?? {}).map(([kind, n]) => `${n} × ${kind}`);
  return h("li", h("b", file.name), " ", h("span.faint", { en: true }, found.join(", ")));
}

function safeCopy(tag, tagged, repaint) {
  const ask = (on) => {
    confirming = on;
    repaint();
  };
  if (tagged)
    return h(
      "div",
      h("p", t("live.submit")),
      button("untag", t("undo"), () => replaceFiles(tag, false), { class: "quiet" }),
    );
  if (!confirming) return button("replace", t("live.replace"), () => ask(true));
  return h(
    "div.confirm",
    h("p", t("live.explain", { tag })),
    h(
      "div.row.buttons",
      button(
        "replace",
        t("live.confirm"),
        () => {
          ask(false);
          replaceFiles(tag, true);
        },
        { class: "primary" },
      ),
      button("replace-not", t("cancel"), () => ask(false)),
    ),
  );
}

/** A file holds a session that still works: say so, and offer the safe copy. */
export function live({ session, tagged, said }) {
  const place = h("div");
  const repaint = () => {
    place.replaceChildren(safeCopy(session.command_tag, tagged, repaint));
    if (place.contains(document.activeElement) === false && document.activeElement === document.body)
      place.querySelector("button")?.focus();
  };
  repaint();
  return h(
    "section",
    { id: "live", class: "warning", label: t("live") },
    h("h2", t("live")),
    en(session.warning, "p"),
    h("ul.plain", (session.files ?? []).map(secretsOf)),
    session.command_tag && place,
    outcome(said),
  );
}

function found(one, at) {
  const text = one.text ?? "";
  const words = (part) => h("pre", { tabindex: "0", label: one.name, dir: "auto" }, part);
  return h(
    "li",
    h(
      "p",
      chip(one.verdict, { ok: "✓", fail: "✗", warn: "!" }[one.verdict] ?? "–"),
      " ",
      h("b", one.name),
      " ",
      h(
        "span.faint",
        one.kind && named("kind", one.kind),
        one.cause && [" · ", cause(one.cause)],
      ),
    ),
    one.says && en(one.says, "p"),
    text.length > LONG
      ? [words(`${text.slice(0, LONG)}…`), more(`evidence-${at}`, t("whole"), words(text))]
      : text && words(text),
  );
}

/** What the customer sent, read. */
export const evidence = (list) =>
  section(
    "evidence",
    t("evidence"),
    { open: false, extra: chip("unknown", String(list.length)) },
    h("ul.evidence", list.map(found)),
  );

/** Tickets with the same cause. */
export const related = (list) =>
  section(
    "related",
    t("related"),
    { open: list.length < 4, extra: chip("unknown", String(list.length)) },
    h(
      "ul.plain",
      list.map((one) =>
        h(
          "li",
          h(
            "a",
            {
              href: ticketAddress(one.ticket),
              target: "_blank",
              rel: "noopener",
              onclick: (event) => openTicket(event, one.ticket),
            },
            `#${one.ticket}`,
          ),
          " ",
          h("span.faint", cause(one.cause), " ", time(one.at)),
        ),
      ),
    ),
  );

function form(scenarios, current, busy) {
  const first = draft.scenario || "";
  const choice = h(
    "select",
    {
      id: "right-one",
      "data-k": "right-one",
      required: true,
      onchange: (event) => {
        draft.scenario = event.target.value;
      },
    },
    h("option", { value: "" }, t("wrong.choose")),
    scenarios.filter((one) => one.id !== current).map((one) => h("option", { value: one.id }, one.name)),
  );
  choice.value = first;
  const why = h("input", {
    id: "right-why",
    "data-k": "right-why",
    maxlength: "200",
    required: true,
    value: draft.why,
    autocomplete: "off",
    oninput: (event) => {
      draft.why = event.target.value;
    },
  });
  const send = (event) => {
    event.preventDefault();
    if (!choice.value || !why.value.trim()) return;
    correct(choice.value, why.value.trim(), () => Object.assign(draft, { scenario: "", why: "" }));
  };
  return h(
    "form",
    { onsubmit: send },
    h("label", { for: "right-one" }, t("wrong.right")),
    choice,
    h("label", { for: "right-why" }, t("wrong.why")),
    why,
    h(
      "button",
      { type: "submit", "data-k": "wrong-send", off: busy },
      t("wrong.send"),
    ),
  );
}

/** Tell the bot that it was wrong, and what others told it. */
export function wrong({ scenarios, current, corrections, busy, said }) {
  const names = Object.fromEntries(scenarios.map((one) => [one.id, one.name]));
  return section(
    "wrong",
    t("wrong"),
    { open: false },
    form(scenarios, current, busy),
    outcome(said),
    corrections.length > 0 &&
      h(
        "ul.plain",
        corrections.map((one) =>
          h(
            "li",
            h("b", names[one.scenario] ?? one.scenario),
            " ",
            one.why,
            " ",
            h("span.faint", one.by, one.at && [" ", time(one.at)]),
          ),
        ),
      ),
  );
}
