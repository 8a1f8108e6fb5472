// Sets the colours before the first frame: Zendesk's choice counts, not the system's.
document.documentElement.dataset.theme =
  new URLSearchParams(location.search).get("colorScheme") === "dark" ? "dark" : "light";
