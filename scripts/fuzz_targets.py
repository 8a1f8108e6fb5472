"""What scripts/fuzz throws bytes at, and what must hold whatever they are."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from bot.cli.ticket_file import TicketFileError, read_json, ticket_of
from bot.evidence.checkscript import read_check_script, take_blocks
from bot.evidence.har.analysis import HarReport, analyse
from bot.evidence.har.redaction import redact_har
from bot.evidence.har.source import UnreadableError, text_pieces
from bot.evidence.headline import headline
from bot.evidence.observation import CAUSES, Observation
from bot.evidence.pasted import read_pasted
from bot.evidence.redact import redact
from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.html import CEILING, to_html
from bot.runbook.note import NoteContext, write_note
from bot.runbook.observe import observe_ticket
from scripts.fuzz_intake import try_intake, try_jwt, try_trigger
from scripts.fuzz_promise import demand

Target = Callable[[bytes], None]
NOW: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
_CONTEXT: Final = NoteContext("0", "fuzz", "fuzz", NOW)
_MANIFESTS: Final = load_manifests()
#: A packed file may open into a thousand times its size; the limit for that has its own test.
_MOST_UNPACKED: Final = 300_000
_MARK: Final = "-----{} CLOUD LICENSE CHECK-----"


def try_readers(data: bytes) -> None:
    """Any text gives observations of the closed lists, and nothing of it raises."""
    text = data.decode("utf-8", "replace")
    _check_looks(read_pasted(text, strings=_MANIFESTS.runbook.product_strings))


def try_redact(data: bytes) -> None:
    """Any text is redacted, and a second run changes nothing."""
    once = redact(data.decode("utf-8", "replace")).text
    demand(redact(once).text == once, "a second run changes nothing")


def try_checkscript(data: bytes) -> None:
    """Whatever stands between the marks of a block is read as far as it goes."""
    body = data.decode("utf-8", "replace")
    text = f"{_MARK.format('BEGIN')}\n{body}\n{_MARK.format('END')}"
    for block in take_blocks(text)[1]:
        _check_looks(read_check_script(block))
    _check_looks(read_pasted(text))


def _check_looks(seen: tuple[Observation, ...]) -> None:
    demand((headline(seen) is None) == (not seen), "every text with looks has a headline")
    for look in seen:
        demand(look.cause in CAUSES, "every cause is of the closed list")
        demand(look.layer in set(CAUSES.values()), "every layer is of the closed list")
        json.dumps([look.target, look.detail, dict(look.facts)]).encode()


def try_har(data: bytes) -> None:
    """A HAR is refused or made safe; the copy says the same, and is not changed by another turn."""
    try:
        if _unpacked(data) > _MOST_UNPACKED:
            return
        before = analyse(io.BytesIO(data))
        once = _safe_copy(data)
    except UnreadableError:
        return
    json.loads(once)
    demand(_diagnosis(analyse(io.BytesIO(once))) == _diagnosis(before), "the copy says the same")
    demand(_safe_copy(once) == once, "a safe copy stays as it is")


def _unpacked(data: bytes) -> int:
    size = 0
    for piece in text_pieces(io.BytesIO(data)):
        size += len(piece)
        if size > _MOST_UNPACKED:
            break
    return size


def _safe_copy(data: bytes) -> bytes:
    out = io.BytesIO()
    redact_har(io.BytesIO(data), out)
    return out.getvalue()


def _diagnosis(report: HarReport) -> HarReport:
    return replace(report, secrets_found={}, live_session=False)


def try_ticket(data: bytes) -> None:
    """A ticket is refused or diagnosed; its note holds nothing that Zendesk would run.

    What is no JSON becomes a ticket's subject and text, so that the words are tried as well.
    """
    try:
        ticket = ticket_of(_json_or_text(data))
    except TicketFileError:
        return
    book = _MANIFESTS.runbook
    diagnosis = classify(book, ticket, observe_ticket(ticket, book))
    for full in (False, True):
        _check_note(to_html(write_note(book, diagnosis, _CONTEXT, full=full)))


def _json_or_text(data: bytes) -> object:
    try:
        return read_json(data)
    except TicketFileError:
        subject, _, text = data.decode("utf-8", "replace").partition("\n")
        return {"subject": subject, "description": text, "tags": ["cloud-licensing"]}


def _check_note(html: str) -> None:
    demand("{{" not in html, "no placeholder survives")
    demand("{%" not in html, "no Liquid tag survives")
    demand("<script" not in html.lower(), "no markup of a ticket survives")
    demand(len(html.encode()) <= CEILING, "a note fits into a comment")


#: Adding a target = one function here, its line, and its seeds in `fuzz_seeds`.
TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        "intake": try_intake,
        "trigger": try_trigger,
        "jwt": try_jwt,
        "readers": try_readers,
        "redact": try_redact,
        "checkscript": try_checkscript,
        "har": try_har,
        "ticket": try_ticket,
    }
)
