// What an app may get, set and invoke beside a ticket: the support API's objects and actions.
import { tagsInForm, writeField, writeStatus, writeTags } from "./view.js";

const CUSTOM = /^ticket\.customField:(custom_field_\d+)$/;
const FIELDS = /^ticketFields(?::([\w-]+))?(?:\.(\w+))?$/;

/** Answers one message: {path: value, …, errors: {path: error}}. */
export async function answer(bridge, verb, params) {
  const result = { errors: {} };
  const paths = Array.isArray(params) ? params : Object.keys(params ?? {});
  for (const path of paths) {
    try {
      result[path] = await ACTIONS[verb](bridge, path, params[path]);
    } catch (problem) {
      result.errors[path] = { name: problem.name, message: problem.message, path };
    }
  }
  return result;
}

const ACTIONS = {
  get: (bridge, path) => read(bridge, path),
  set: (bridge, path, value) => write(bridge.desk, path, value),
  invoke: async (bridge, path, args) => [await invoke(bridge, path, args ?? [])],
};

function unknown() {
  return new Error("No such Api");
}

function read(bridge, path) {
  const { desk } = bridge;
  const ticket = desk.ticket();
  const custom = CUSTOM.exec(path);
  if (custom) return known(ticket.customFields, custom[1]);
  if (path.startsWith("assetURL:")) return `${bridge.app.assets}/${path.slice("assetURL:".length)}`;
  const fields = FIELDS.exec(path);
  if (fields) return readFields(desk.data.fields, fields[1], fields[2]);
  return walk(objects(bridge, ticket), path);
}

function objects(bridge, ticket) {
  const { desk } = bridge;
  const { editor, data } = desk;
  const { customFields, changedBy, ...shown } = ticket;
  return {
    ticket: shown,
    comment: { type: editor.type(), text: editor.html(), useRichText: true, attachments: [] },
    currentUser: data.user,
    currentAccount: data.account,
    colorScheme: desk.scheme(),
    instances: { [bridge.guid]: bridge.context() },
  };
}

function walk(root, path) {
  return path.split(".").reduce((found, part) => known(found, part), root);
}

function known(object, key) {
  if (object === null || typeof object !== "object" || !Object.hasOwn(object, key)) throw unknown();
  return object[key];
}

function readFields(fields, name, property) {
  if (!name) return fields;
  const found = fields.find((field) => field.name === name);
  if (!found) throw unknown();
  return property ? known(found, property) : found;
}

function write({ editor }, path, value) {
  const custom = CUSTOM.exec(path);
  if (custom && !writeField(custom[1], value)) throw unknown();
  else if (path === "ticket.tags") writeTags(value);
  else if (path === "ticket.status" && !writeStatus(value)) throw new Error(`"${value}" is not a status`);
  else if (path === "comment.type") editor.setType(value);
  else if (path === "comment.text" || path === "ticket.comment.text") editor.replace(String(value));
  else if (!custom && path !== "ticket.status") throw unknown();
  return value;
}

async function invoke(bridge, path, args) {
  const { desk } = bridge;
  const found = CALLS[path.replace(/^ticket\.comment\./, "comment.")];
  if (!found) throw unknown();
  return found(desk, args, bridge);
}

const CALLS = {
  "comment.appendText": ({ editor }, [text]) => editor.append(text),
  "comment.appendHtml": ({ editor }, [html]) => editor.appendHtml(html),
  "comment.appendMarkdown": ({ editor }, [text]) => editor.append(text),
  "ticket.editor.insert": ({ editor }, [html]) => editor.insert(html),
  "ticket.tags.add": (_desk, names) => writeTags([...tagsInForm(), ...names.flat()]),
  "ticket.tags.remove": (_desk, names) => writeTags(tagsInForm().filter((tag) => !names.flat().includes(tag))),
  notify: ({ notify }, [text, kind, time]) => notify(text, kind, time),
  resize: (_desk, [size], { frame }) => resize(frame, size),
  routeTo: (_desk, [where, id]) => {
    if (where === "ticket") location.assign(`/desk/tickets/${Number(id)}`);
  },
  // It would send at once, to the customer: this desk has no messaging channel.
  "ticket.sendMessage": () => {
    throw new Error("This ticket has no messaging channel");
  },
};

function resize(frame, size) {
  const height = Number.parseFloat(size?.height);
  if (height > 0) frame.style.height = `${height}px`;
}
