// Sets the colours before the first frame: Zendesk's choice counts, not the system's. As it ships.
document.documentElement.dataset.theme=/[?&]colorScheme=dark\b/.test(location.search)?"dark":"light";
