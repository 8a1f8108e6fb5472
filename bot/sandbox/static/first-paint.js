// Before anything is drawn: the scheme that the agent chose last time. scheme.js does the rest.
try {
  const chosen = localStorage.getItem("desk-scheme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
} catch {
  // Storage is blocked: the system's preference stays.
}
