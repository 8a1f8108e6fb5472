// Sets the colours before the first frame: Zendesk's choice counts, not the system's. As it ships.
// The page is read on meanwhile: `blocking="render"` holds the frame only. Firefox ignores that; until
// this ran, the style lets the host's own colour through.
document.documentElement.dataset.theme=/[?&]colorScheme=dark\b/.test(location.search)?"dark":"light";
