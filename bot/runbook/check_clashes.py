"""Can every clash of statements apply, and does it name things that exist?"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from bot.evidence.observation import CAUSES
from bot.runbook.book import Runbook
from bot.runbook.check_words import check_holes
from bot.runbook.clash import Clash


def check_clashes(book: Runbook) -> Iterator[str]:
    """Yield every problem of every clash."""
    seen: set[str] = set()
    for clash in book.head.clashes:
        where = f"runbook.toml: clashes {clash.id}"
        if clash.id in seen:
            yield f"{where}: the id is taken"
        seen.add(clash.id)
        yield from _check(book, where, clash)


def _check(book: Runbook, where: str, clash: Clash) -> Iterator[str]:
    if bool(clash.trap) == bool(clash.says):
        yield f"{where}: either trap or says tells it"
    if clash.trap and clash.trap not in book.traps:
        yield f"{where}: trap: {clash.trap!r} is not in findings.toml"
    if bool(clash.fails) == clash.nothing_fails:
        yield f"{where}: either fails, or nothing_fails = true"
    for cause in (*clash.works, *clash.fails):
        if not any(fnmatchcase(known, cause) for known in CAUSES):
            yield f"{where}: {cause!r} is no cause"
    for text in (clash.says, clash.ask):
        yield from check_holes(where, text)
