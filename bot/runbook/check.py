"""Does the runbook hold together? Every broken name, pattern, hole and promise, with its file."""

from collections.abc import Callable, Iterator
from typing import Final

from bot.evidence.observation import CAUSES
from bot.runbook.book import Runbook, Words
from bot.runbook.check_clashes import check_clashes
from bot.runbook.check_scenarios import check_scenarios
from bot.runbook.check_snippets import check_safety, check_snippets
from bot.runbook.check_words import check_patterns
from bot.runbook.order_notes import check_order_words

NOTE_WORDS: Final = (
    "next", "certain", "likely", "unclear", "corrected", "why", "do_next", "copy", "ask_first",
    "ask_customer", "probes", "no_probes", "refute", "wait", "also", "version_unknown",
    "missing_facts", "policy", "links", "sub_type", "findings", "other_scenario", "more", "footer",
    "and", "control_healthy", "control_reached", "control_flawed", "control_alone", "control_open",
    "control_trouble", "trouble_next", "alike", "probes_work", "probes_mixed", "probes_alone",
    "probes_trouble", "probes_open", "probes_refused", "probes_silent", "probes_customer",
    "probes_changed", "probes_healthy", "probes_left_out", "also_seen", "activation",
    "caution_live_session", "caution_malware", "caution_refused", "caution_not_fetched",
    "caution_unreadable", "caution_left_out", "caution_damaged_block",
)  # fmt: skip
_NEEDED_WORDS: Final = (
    "wants_cloud", "refuses_cloud", "cloud_licensing", "license_file", "wish_verb", "negation",
    "undecided", "unasked", "wish_cloud", "wish_file", "wish_stay", "wish_back", "wish_outbound",
    "wish_open", "says_yes", "says_no", "never_ordered", "wish_question", "aside", "urgent_topic",
    "several_topics",
)  # fmt: skip
_INSTALLS: Final = ("package", "docker", "helm")


def problems_of(runbook: Runbook) -> list[str]:
    """Return one line for every problem; none means that the runbook can be used."""
    checks: tuple[Callable[[Runbook], Iterator[str]], ...] = (
        _names, _frame, _words, check_scenarios, check_snippets, _findings, _traps, check_clashes,
        check_safety, check_order_words,
    )  # fmt: skip
    return [problem for check in checks for problem in check(runbook)]


def _names(book: Runbook) -> Iterator[str]:
    """Yield scenarios that are listed without a file, or have a file and are not listed."""
    head = book.head
    listed, there = set(head.scenarios), set(book.scenarios)
    for name in sorted(listed - there):
        yield f"runbook.toml: scenarios: there is no scenarios/{name}.toml"
    for name in sorted(there - listed):
        yield f"runbook.toml: scenarios: {name!r} has a file but is not in this list"
    used = {head.fallback, *head.sub_types}
    used |= {name for tie in head.ties for name in (tie.prefer, tie.over)}
    for name in sorted(used - there):
        yield f"runbook.toml: {name!r} is no scenario"


def _frame(book: Runbook) -> Iterator[str]:
    head = book.head
    for name in _INSTALLS:
        if name not in head.installs:
            yield f"runbook.toml: installs.{name} is missing"
    for name in NOTE_WORDS:
        if not head.note.get(name):
            yield f"runbook.toml: note.{name} is missing"
    for name in ("max_event_age_hours", "max_automatic_notes"):
        if getattr(head.speak, name) <= 0:
            yield f"runbook.toml: speak.{name} must be above 0"


def _words(book: Runbook) -> Iterator[str]:
    for name in _NEEDED_WORDS:
        if name not in book.words:
            yield f"words.toml: {name} is missing: the customer's wish is read with it"
    for name, words in book.words.items():
        yield from check_patterns(book, f"words.toml: {name}", words)


def _findings(book: Runbook) -> Iterator[str]:
    if "unclear" not in book.findings:
        yield "findings.toml: cause.unclear is missing: it is the catch-all"
    for cause in book.findings:
        if cause not in CAUSES:
            yield f"findings.toml: cause.{cause} is no cause"


def _traps(book: Runbook) -> Iterator[str]:
    for name, trap in book.traps.items():
        where = f"findings.toml: trap.{name}"
        if not trap.match and not trap.causes:
            yield f"{where}: neither match nor causes, so it can never apply"
        for pattern in (*trap.match, *trap.without):
            yield from check_patterns(book, where, Words(any=(pattern,)))
        for scenario in trap.scenarios:
            if scenario not in book.scenarios:
                yield f"{where}: scenarios: {scenario!r} is no scenario"
