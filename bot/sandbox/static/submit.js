// Submitting a ticket: first the apps' say, then comment and fields in one update.

/** Returns the apps' objection, or undefined when the form was sent. Throws when it was refused. */
export async function submit(form, tray, refresh) {
  if (!form.matches("[data-submit]")) {
    await post(form, new FormData(form));
    return undefined;
  }
  const stopped = await tray.maySave();
  if (stopped !== undefined) return finished(tray, "fail", stopped);
  tray.emit("ticket.submit.start");
  try {
    await post(form, filled(form));
    for (const part of document.querySelectorAll("[data-dirty]")) part.removeAttribute("data-dirty");
    if (form.editor) clear(form);
    await refresh();
  } catch (problem) {
    finished(tray, "fail");
    throw problem;
  }
  return finished(tray, "done");
}

function finished(tray, word, stopped) {
  tray.emit(`ticket.submit.${word}`);
  tray.emit("ticket.submit.always");
  return stopped;
}

async function post(form, body) {
  const reply = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "desk" } });
  if (!reply.ok) throw new Error(String(reply.status));
}

/** The composer's own values, and the fields' too when somebody changed them. */
function filled(form) {
  const body = new FormData(form);
  if (form.editor) {
    body.set("body", form.editor.text());
    if (form.editor.isRich()) body.set("html", form.editor.html());
  }
  const fields = form.matches(".fields") ? form : document.querySelector(".fields[data-dirty]");
  if (!fields) return body;
  if (fields !== form) for (const [name, value] of new FormData(fields)) body.append(name, value);
  // What others wrote into a field since it was shown is not ours to take back.
  for (const control of fields.elements) if (touched(control)) body.append("changed", control.name);
  return body;
}

function touched(control) {
  if (control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.options) return control.selectedIndex !== Math.max(0, [...control.options].findIndex((one) => one.defaultSelected));
  return control.value !== control.defaultValue;
}

function clear(form) {
  const kind = form.elements.kind.value;
  form.reset();
  form.elements.kind.value = kind;
  form.editor.clear();
}
