"""The note about a look at the customer's own instance: reachable from outside says little."""

from collections.abc import Iterator
from typing import Final

from bot.evidence.look import Look
from bot.runbook.book import Runbook
from bot.runbook.control import age_in_words
from bot.runbook.note import NoteContext
from bot.runbook.order_notes import ORDER, order_note, say, short_hash
from bot.runbook.plan import PostNote
from bot.runbook.probe_note import ProbeReport, table

#: Digests of these notes begin so.
INSTANCE: Final = f"{ORDER}instance:"
_RULE: Final = "probe_customer"


def instance_digest(report: ProbeReport) -> str:
    """Return what the look says; equal digests mean that there is nothing new to say."""
    said = [_said(look) for look in report.looks] or [str(bool(report.refusal))]
    target = report.looks[0].target if report.looks else ""
    return INSTANCE + short_hash(target, *said)


def instance_note(book: Runbook, report: ProbeReport, context: NoteContext) -> PostNote:
    """Write the note: whether the instance answers, and what that does not mean."""
    look = report.looks[0] if report.looks else None
    blocks = [
        _verdict(book, report, look),
        _meaning(book, look),
        "\n".join(_changes(book, report, context)),
        table(book, report),
    ]
    return order_note(book, context, blocks, instance_digest(report), (_RULE,))


def question_note(book: Runbook, context: NoteContext, urls: tuple[str, ...]) -> PostNote:
    """Ask which instance is meant: the ticket names none, or more than one."""
    word = "instance_many" if urls else "instance_none"
    text = say(book, word, found=", ".join(urls))
    return order_note(book, context, [text], f"{INSTANCE}ask:{short_hash(*urls)}", (_RULE,))


def not_probed_note(book: Runbook, context: NoteContext, url: str, reason: str) -> PostNote:
    """Say why this address is not probed."""
    text = say(book, "instance_not_probed", target=url, reason=_sentence(reason))
    return order_note(book, context, [text], f"{INSTANCE}no:{short_hash(url, reason)}", (_RULE,))


def _verdict(book: Runbook, report: ProbeReport, look: Look | None) -> str:
    if report.refusal:
        return say(book, "instance_budget", reason=report.refusal)
    if look is None:
        return say(book, "instance_silent")
    values = {"target": look.target, "cause": look.assessment.cause}
    refused = _refusal(look)
    if refused:
        return say(book, "instance_not_probed", target=look.target, reason=_sentence(refused))
    values["layer"] = look.assessment.layer.upper()
    if _is_closed(look):
        return say(book, "instance_fails", **values)
    if look.assessment.activates == "unknown":
        return say(book, "instance_open", target=look.target)
    if look.assessment.layer != "ok":
        return say(book, "instance_flawed", **values)
    families = f" {book.head.note['and']} ".join(look.families) or "IP"
    return say(book, "instance_answers", target=look.target, families=families)


def _meaning(book: Runbook, look: Look | None) -> str:
    if look is None or look.assessment.activates == "unknown" or _refusal(look):
        return ""
    return say(book, "instance_means_closed" if _is_closed(look) else "instance_means_up")


def _is_closed(look: Look) -> bool:
    """Does nothing answer there? A wrong certificate or a strange page is an answer."""
    return look.fails and look.assessment.layer in ("dns", "ip", "tcp")


def _refusal(look: Look) -> str:
    """Why the guard let nothing through: every address of the name is one that is not probed."""
    facts = [seen.facts.get("refused") for seen in look.observations]
    told = [address for fact in facts if isinstance(fact, tuple) for address in fact]
    reached = any(seen.probe in ("tcp", "tls", "https") for seen in look.observations)
    if reached:
        return ""
    alone = look.observations[0] if len(look.observations) == 1 else None
    if alone is not None and alone.cause == "unclear":
        return alone.detail
    found = ", ".join(dict.fromkeys(told))
    return f"its name leads to {found}, which is no public address" if found else ""


def _changes(book: Runbook, report: ProbeReport, context: NoteContext) -> Iterator[str]:
    before = {look.target: look for look in report.before}
    for look in report.looks:
        old = before.get(look.target)
        if old is not None and _said(old) != _said(look):
            yield say(
                book,
                "instance_changed",
                was=_said(old),
                age=age_in_words(old.seen_at, context.now),
                now=_said(look),
            )


def _said(look: Look) -> str:
    return f"{look.assessment.layer} {look.assessment.cause}"


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}".rstrip(".")
