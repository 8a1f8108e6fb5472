"""The note that carries a probe run's results: verdict in words first, then what was seen."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.evidence.look import Look
from bot.evidence.observation import Assessment, Observation
from bot.evidence.redact import redact
from bot.evidence.trouble import trouble
from bot.runbook.book import Runbook
from bot.runbook.control import NETWORK, age_in_words, says
from bot.runbook.html import to_html
from bot.runbook.note import NoteContext, escape
from bot.runbook.plan import PostNote
from bot.runbook.snippet import render

#: Digests of these notes begin so: they are no verdict on the ticket.
PROBES: Final = "probes:"
_MOST_ROWS: Final = 36
_WIDTHS: Final = (12, 44, 34, 26)
#: What deserves a row first when not all fit.
_RANK: Final = {"fail": 0, "warn": 1, "unknown": 2, "ok": 3}


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What one run brought, beside what the run before it brought."""

    looks: tuple[Look, ...]
    silent: tuple[str, ...] = ()
    """Vantages that were asked and did not report in time."""
    before: tuple[Look, ...] = ()
    refusal: str = ""
    """Why nothing was probed."""
    instance: bool = False
    """A look at the customer's own instance, not at the portal."""

    @property
    def digest(self) -> str:
        """What the run says; equal digests mean that there is nothing new to say."""
        said = [
            [look.vantage, look.assessment.layer, look.assessment.cause, look.assessment.activates]
            for look in _sorted(self.looks)
        ]
        text = json.dumps([said, sorted(self.silent), bool(self.refusal)])
        return PROBES + hashlib.sha256(text.encode()).hexdigest()


def probe_note(
    book: Runbook, report: ProbeReport, context: NoteContext, customer: Assessment | None = None
) -> PostNote:
    """Write the note; `customer` is what the customer's own evidence says."""
    blocks = [
        _verdict(book, report),
        "\n".join(_vantages(book, report)),
        _beside_customer(book, report, customer),
        "\n".join(_changes(book, report, context)),
        table(book, report),
        _footer(book, context),
    ]
    markdown = "\n\n".join(block for block in blocks if block) + "\n"
    return PostNote(markdown, to_html(markdown), report.digest, ("run_probes",))


def _footer(book: Runbook, context: NoteContext) -> str:
    values = {
        "version": context.version,
        "revision": context.revision,
        "rules": "run_probes",
        "marker": context.marker,
    }
    return f"*{render(book.head.note['footer'], values)}*"


def _verdict(book: Runbook, report: ProbeReport) -> str:
    words = book.head.note
    if report.refusal:
        return f"**{render(words['probes_refused'], {'reason': escape(report.refusal)})}**"
    works = [look for look in report.looks if look.assessment.activates in ("yes", "degraded")]
    fails = [look for look in report.looks if look.fails]
    values = {
        "works": ", ".join(look.vantage for look in _sorted(works)),
        "fails": ", ".join(look.vantage for look in _sorted(fails)),
        "finding": says(book, fails[0].assessment.cause) if fails else "",
    }
    if trouble(report.looks):
        name = "probes_trouble"
    elif fails:
        name = "probes_mixed" if works else "probes_alone"
    else:
        name = "probes_work" if works else "probes_open"
    return f"**{render(words[name], values)}**"


def _vantages(book: Runbook, report: ProbeReport) -> Iterator[str]:
    words = book.head.note
    for look in _sorted(report.looks):
        judged = look.assessment
        also = f"; {words['also_seen']}: {', '.join(judged.also)}" if judged.also else ""
        yield (
            f"- {escape(look.vantage)}: {_sentence(book, look)} "
            f"({judged.layer} · {escape(judged.cause)} · "
            f"{words['activation']}: {judged.activates}{escape(also)})"
        )
    for name in report.silent:
        yield f"- {escape(name)}: {words['probes_silent']}"


def _sentence(book: Runbook, look: Look) -> str:
    if look.assessment.cause != "ok" or not look.families:
        return says(book, look.assessment.cause)
    families = f" {book.head.note['and']} ".join(look.families)
    return render(book.head.note["probes_healthy"], {"families": families})


def _beside_customer(book: Runbook, report: ProbeReport, customer: Assessment | None) -> str:
    """Ours works and the customer's fails: that names the side (DESIGN 4.3)."""
    if customer is None or customer.layer not in NETWORK or customer.activates != "no":
        return ""
    if not report.looks or any(look.assessment.activates != "yes" for look in report.looks):
        return ""
    values = {"layer": customer.layer.upper(), "finding": says(book, customer.cause)}
    return render(book.head.note["probes_customer"], values)


def _changes(book: Runbook, report: ProbeReport, context: NoteContext) -> Iterator[str]:
    words = book.head.note
    known = {look.vantage: look for look in report.before}
    for look in _sorted(report.looks):
        old = known.get(look.vantage)
        if old is None or _said(old) == _said(look):
            continue
        values = {
            "vantage": escape(look.vantage),
            "age": age_in_words(old.seen_at, context.now),
            "was": escape(_said(old)),
            "now": escape(_said(look)),
        }
        yield render(words["probes_changed"], values)


def _said(look: Look) -> str:
    return f"{look.assessment.cause} ({look.assessment.activates})"


def table(book: Runbook, report: ProbeReport) -> str:
    """Return every look of a run as a table, findings first when not all fit."""
    seen = [look for item in _sorted(report.looks) for look in item.observations]
    if not seen:
        return ""
    kept = sorted(seen, key=lambda look: _RANK[look.verdict])[:_MOST_ROWS]
    rows = [("probe", "target", "vantage", "outcome", "ms")]
    rows += [_row(look) for look in seen if look in kept]
    widths = [
        min(most, max(len(row[column]) for row in rows)) for column, most in enumerate(_WIDTHS)
    ]
    lines = [_line(row, widths) for row in rows]
    if len(seen) > len(kept):
        left = {"count": str(len(seen) - len(kept))}
        lines.append(render(book.head.note["probes_left_out"], left))
    return "```\n" + "\n".join(lines) + "\n```"


def _row(look: Observation) -> tuple[str, str, str, str, str]:
    took = look.facts.get("ms", "")
    target = redact(look.target).text.replace("`", "'")
    return look.probe, target, look.vantage, look.cause, str(took)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [text[:width].ljust(width) for text, width in zip(row, widths, strict=False)]
    return "  ".join([*cells, row[-1].rjust(7)]).rstrip()


def _sorted(looks: Sequence[Look]) -> list[Look]:
    return sorted(looks, key=lambda look: (not look.vantage.startswith("bot:"), look.vantage))
