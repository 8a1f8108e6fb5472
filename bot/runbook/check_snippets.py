"""Is every snippet offered, filled and safe? What must never reach a customer is refused here."""

import re
from collections.abc import Iterator
from typing import Final

from bot.runbook.book import Runbook
from bot.runbook.check_scenarios import EXTRACTED, every_step
from bot.runbook.check_words import check_holes, check_range

#: What no snippet may ever say: unguarded removal, removal of all, verification switched off.
FORBIDDEN: Final = re.compile(
    r"destroy_all|VERIFY_NONE|verify_mode|--insecure|sslVerify|\bcurl -\w*k\b|License\.find\b"
)
#: A removal refuses other kinds, and several or no rows, and asks.
GUARDS: Final = (
    re.compile(r"if !\S*cloud_license\?"),
    re.compile(r"size != 1"),
    re.compile(r"\$stdin\.gets"),
    re.compile(r"license_id\.to_s == "),
)
NO_TICK: Final = "DO NOT tick the `Cloud Licensing` checkbox"


def check_snippets(book: Runbook) -> Iterator[str]:
    """Yield snippets that nobody offers, and holes that nothing fills."""
    used = {
        name
        for scenario in book.scenarios.values()
        for step in every_step(scenario)
        for name in step.snippets
    }
    for name, snippet in book.snippets.items():
        where = f"snippets/{name}.md"
        if name not in used:
            yield f"{where}: no step offers it"
        yield from check_range(where, snippet.head.versions)
        yield from check_holes(where, snippet.body, tuple(snippet.head.holes))
        for hole in snippet.head.holes:
            if hole not in EXTRACTED:
                yield f"{where}: holes.{hole}: nothing extracts this value"


def check_safety(book: Runbook) -> Iterator[str]:
    """Yield what must never reach a customer's console."""
    for name, snippet in book.snippets.items():
        where = f"snippets/{name}.md"
        if match := FORBIDDEN.search(snippet.body):
            yield f"{where}: {match.group()!r} is never offered"
        if "destroy" in snippet.body and not all(g.search(snippet.body) for g in GUARDS):
            yield f"{where}: removes a license without looking at its kind and asking first"
        if name == "switch_subscription" and NO_TICK not in snippet.body:
            yield f"{where}: *{NO_TICK}* is lost"
