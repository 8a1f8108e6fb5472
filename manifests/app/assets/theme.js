document.documentElement.dataset.theme=/[?&]colorScheme=dark\b/.test(location.search)?"dark":"light";
