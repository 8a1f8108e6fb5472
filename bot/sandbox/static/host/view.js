// The ticket as the agent's form shows it now: what is stored, beneath what was typed since.
const PLAIN = ["subject", "status", "priority", "type", "description", "externalId"];
const IDS = [["requester", "id"], ["organization", "id"], ["form", "id"], ["brand", "id"]];

const form = () => document.querySelector("form.fields");
const control = (name) => form()?.elements.namedItem(name);
const status = () => document.getElementById("status");

/** The stored ticket with the form's unsaved values over it. */
export function current(stored) {
  const typed = { ...stored, customFields: { ...stored.customFields } };
  if (status()?.value) typed.status = status().value;
  if (!form()?.hasAttribute("data-dirty")) return typed;
  typed.tags = tagsInForm();
  for (const name of Object.keys(typed.customFields)) {
    const found = control(name.replace("custom_field", "field"));
    if (found) typed.customFields[name] = found.type === "checkbox" ? found.checked : found.value || null;
  }
  return typed;
}

export function tagsInForm() {
  return [...new Set((control("tags")?.value ?? "").split(/\s+/).filter(Boolean))].sort();
}

export function writeTags(tags) {
  type(control("tags"), [...new Set(tags)].sort().join(" "));
}

export function writeField(name, value) {
  const found = control(name.replace("custom_field", "field"));
  if (!found) return false;
  if (found.type === "checkbox") {
    found.checked = Boolean(value);
    type(found, found.value);
  } else {
    type(found, value ?? "");
  }
  return true;
}

export function writeStatus(value) {
  const known = [...(status()?.options ?? [])].some((option) => option.value === value);
  if (known) type(status(), value);
  return known;
}

/** Every difference as [property, new value, old value]. */
export function changes(before, after) {
  const found = [];
  const note = (name, was, is) => {
    if (JSON.stringify(was) !== JSON.stringify(is)) found.push([name, is, was]);
  };
  for (const name of PLAIN) note(`ticket.${name}`, before[name], after[name]);
  for (const [name, key] of IDS) note(`ticket.${name}.${key}`, before[name]?.[key], after[name]?.[key]);
  note("ticket.assignee.user.id", before.assignee.user.id, after.assignee.user.id);
  note("ticket.tags", before.tags, after.tags);
  for (const name of Object.keys(after.customFields)) {
    note(`ticket.${name}`, before.customFields[name], after.customFields[name]);
  }
  note("ticket.comments", before.comments, after.comments);
  note("ticket.conversation", before.conversation, after.conversation);
  return found;
}

function type(element, value) {
  element.value = value;
  element.dispatchEvent(new Event("input", { bubbles: true }));
}
