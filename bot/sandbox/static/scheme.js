// Light or dark: what the agent chose in the profile menu, else what the system prefers.
const KEY = "desk-scheme";
const system = matchMedia("(prefers-color-scheme: dark)");
const heard = [];

function chosen() {
  try {
    return localStorage.getItem(KEY) ?? "system";
  } catch {
    return document.documentElement.dataset.chosen ?? "system";
  }
}

/** The scheme on the screen: `light` or `dark`. */
export function scheme() {
  const name = chosen();
  return name === "light" || name === "dark" ? name : system.matches ? "dark" : "light";
}

/** Call `hear` with the new scheme whenever it changes. */
export function onScheme(hear) {
  heard.push(hear);
}

function show() {
  const before = document.documentElement.dataset.scheme;
  document.documentElement.dataset.scheme = scheme();
  if (before && before !== scheme()) for (const hear of heard) hear(scheme());
}

function choose(name) {
  document.documentElement.dataset.chosen = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  show();
}

show();
system.addEventListener("change", show);
for (const input of document.querySelectorAll("[name=scheme]")) {
  input.checked = input.value === chosen();
  input.addEventListener("change", () => choose(input.value));
}
for (const select of document.querySelectorAll(".profile select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
