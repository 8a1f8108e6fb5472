"""Can every clash of statements apply, and does it name things that exist?"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from bot.evidence.observation import CAUSES
from bot.runbook.book import Runbook
from bot.runbook.check_words import check_holes
from bot.runbook.clash import Clash

#: Words of the sentence that merges our look with the customer's.
_WORDS: Final = (
    "merge_we_reach_over", "merge_we_reach", "merge_both_reach", "merge_read_error",
    "merge_differs", "merge_partly", "merge_partly_at", "merge_ends_at", "merge_only_said",
    "merge_server", "merge_desktop", "merge_tested", "merge_clash", "merge_settle",
    "differs_inspection", "differs_private_ca", "differs_self_signed", "differs_unverified",
    "differs_clock", "differs_sinkhole", "differs_private", "differs_address",
    "differs_no_address", "differs_same_address", "differs_status", "differs_status_from",
    "differs_family", "differs_proxy", "differs_proxy_named",
)  # fmt: skip


def check_clashes(book: Runbook) -> Iterator[str]:
    """Yield every problem of every clash, and every word that its sentence lacks."""
    for name in _WORDS:
        if not book.head.note.get(name):
            yield f"runbook.toml: note.{name} is missing"
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
