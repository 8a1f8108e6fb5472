// The work: the branch as a shared checklist, snippets and the ready reply as drafts.

import { chooseChannel, copyText, insertDraft, tick, undoDraft } from "./acts.js";
import { time } from "./answer.js";
import { $, en, h, rich } from "./dom.js";
import { button, chip, outcome, reveal, section } from "./frame.js";
import { named, t } from "./words.js";

const EFFECTS = { safe: "ok", downtime: "warn", irreversible: "fail" };

/** Who can do a step, and what it does. */
export const marks = ({ who, effect }) =>
  h(
    "span.faint",
    who && named("who", who),
    effect && effect !== "safe" && [" · ", chip(EFFECTS[effect] ?? "info", named("effect", effect))],
  );

function step(one, titles) {
  const id = `step-${one.id}`;
  const box = h("input", { type: "checkbox", id, "data-k": id, checked: one.done });
  box.addEventListener("change", () => tick(one, box.checked));
  const snippets = (one.snippets ?? []).filter((name) => titles[name]);
  return h(
    "li",
    { class: one.done ? "done" : "" },
    box,
    h(
      "div",
      h("label", { for: id, en: true }, one.html ? rich(one.html) : one.text),
      h(
        "p.meta",
        marks(one),
        one.done &&
          one.by &&
          h("span.faint", " · ", t("steps.by", { by: one.by }), one.at && [" ", time(one.at)]),
      ),
      snippets.map((name) =>
        button(`go-${one.id}-${name}`, ["↓ ", en(titles[name])], () => reveal("snippets", `snippet-${name}`), {
          class: "quiet",
        }),
      ),
    ),
  );
}

/** The branch, step by step; ticks are the team's. */
export function steps({ steps: list, titles, said }) {
  const done = list.filter((one) => one.done).length;
  return section(
    "steps",
    t("steps"),
    { extra: chip(done === list.length ? "ok" : "unknown", `${done}/${list.length}`) },
    h(
      "ol.steps",
      list.map((one) => step(one, titles)),
    ),
    outcome(said),
  );
}

function channels(chosen) {
  const choice = (name) => {
    const id = `channel-${name}`;
    const dot = h("input", { type: "radio", name: "channel", id, "data-k": id, checked: chosen === name });
    dot.addEventListener("change", () => chooseChannel(name));
    return [dot, h("label", { for: id }, t(name))];
  };
  return h(
    "fieldset",
    { class: `channels ${chosen}` },
    h("legend", t("channel")),
    choice("internalNote"),
    choice("publicReply"),
  );
}

function actions(item, chosen, said, busy) {
  const shown = () => $(`text-${item.key}`);
  return [
    h(
      "div.row.buttons",
      button(`copy-${item.key}`, t("copy"), () => copyText(item.key, item.text, shown()), {
        label: `${t("copy")}: ${item.title}`,
      }),
      button(`insert-${item.key}`, t(`insert.${chosen}`), () => insertDraft(item), {
        label: `${t(`insert.${chosen}`)}: ${item.title}`,
        off: busy.includes(item.key),
      }),
    ),
    outcome(
      said[item.key],
      said[item.key]?.undo &&
        button(`undo-${item.key}`, t("undo"), () => undoDraft(item.key), { class: "quiet" }),
    ),
  ];
}

function snippet(one, { channel, said, busy }) {
  const item = { key: one.id, title: one.title, text: one.text };
  return h(
    "article",
    { id: `snippet-${one.id}`, tabindex: "-1", label: one.title },
    h(
      "div.row",
      en(one.title, "h3"),
      one.unsure && chip("warn", t("unsure")),
      one.guarded && chip("warn", t("guarded")),
    ),
    one.missing?.length > 0 && h("p.gap", h("b", t("fill")), " ", en(one.missing.join(", ").replaceAll("_", " "))),
    h(
      "pre",
      { id: `text-${one.id}`, tabindex: "0", label: one.title, "data-k": `text-${one.id}`, en: true },
      one.text,
    ),
    actions(item, channel, said, busy),
  );
}

function answer(one, { channel, said, busy }) {
  const item = { key: "reply", title: t("reply"), text: one.text, html: one.html };
  return h(
    "article",
    { id: "reply", label: t("reply") },
    h("div.row", h("h3", t("reply")), one.locale && chip("unknown", one.locale)),
    h(
      "div",
      {
        id: "text-reply",
        class: "paper",
        lang: one.locale || undefined,
        dir: "auto",
        tabindex: "0",
        role: "group",
        label: t("reply"),
        "data-k": "text-reply",
      },
      one.html ? rich(one.html) : h("p.lines", one.text),
    ),
    actions(item, channel, said, busy),
  );
}

/** Texts to copy or to insert as drafts, into the channel that is chosen above them. */
export function texts(data) {
  const { snippets, reply, channel } = data;
  return section(
    "snippets",
    t("snippets"),
    { extra: chip("unknown", String(snippets.length + (reply?.text ? 1 : 0))) },
    channels(channel),
    snippets.map((one) => snippet(one, data)),
    reply?.text && answer(reply, data),
  );
}
