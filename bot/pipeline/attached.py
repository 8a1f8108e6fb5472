"""What do the files on a ticket say? HAR files and text, read from a temporary file, redacted."""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, Final, Literal

from bot.evidence.checkscript import telling
from bot.evidence.har.analysis import HarReport, analyse
from bot.evidence.har.observed import observed
from bot.evidence.har.source import UnreadableError, text_pieces
from bot.evidence.observation import Observation
from bot.evidence.pasted import read_pasted
from bot.evidence.product import ProductString
from bot.evidence.redact import redact
from bot.evidence.secrets import LABELS, LIVE
from bot.pipeline.safe_copy import SUFFIX
from bot.runbook.cautions import NoteCaution
from bot.runbook.ticket import Attachment, Ticket
from bot.zendesk.attachments import AttachmentRefused
from bot.zendesk.deadline import total_deadline
from bot.zendesk.errors import RateLimited, ZendeskError

Fetch = Callable[[Attachment, IO[bytes]], int]
"""Writes the file's bytes; raises `ZendeskError`."""
Kind = Literal["har", "text", "other"]
CautionKind = Literal["live_session", "malware", "refused", "not_fetched", "unreadable", "left_out"]

#: So many files are looked at, the newest first; who sends more sends screenshots.
MOST_FILES: Final = 6
MOST_BYTES: Final = 100 * 1024 * 1024
#: Seconds for all files of a ticket; a job has 60.
PATIENCE: Final = 35.0
_MOST_REMEMBERED: Final = 256
#: What may be otherwise the next time.
_PASSING: Final[frozenset[CautionKind]] = frozenset({"not_fetched", "malware"})
_TEXT_HEAD: Final = 200_000
#: Claims are good for the order only: what is likely evidence comes first.
_LIKELY: Final = re.compile(r"\.(?:har|zhar|json|gz|zip|txt|log|out)\b|json|zip|text|har|octet",
                            re.IGNORECASE)  # fmt: skip
_PICTURES: Final = re.compile(r"^(?:image|video|audio|font)/", re.IGNORECASE)
_HAR: Final = re.compile(
    r"\"log\"\s*:\s*\{|\"entries\"\s*:\s*\[|\"_initiator\"|\"startedDateTime\""
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_FEW_CONTROLS: Final = 0.02


@dataclass(frozen=True, slots=True)
class HarSummary:
    """One HAR file of a ticket; its name is ours to show only after redaction."""

    attachment_id: int
    name: str
    report: HarReport

    @property
    def found(self) -> str:
        """What is inside, in words: kinds and how many."""
        kinds = _labelled(self.report.secrets_found.items())
        return ", ".join(f"{count} {kind}" for kind, count in kinds)


@dataclass(frozen=True, slots=True)
class Caution:
    """Something about a file that whoever works on the ticket should know."""

    kind: CautionKind
    attachment_id: int
    name: str
    """The file's name as the ticket gives it, redacted."""
    secrets: tuple[tuple[str, int], ...] = ()
    """For a live session: what was found, in words, and how many different ones."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What the files of a ticket brought."""

    observations: tuple[Observation, ...] = ()
    hars: tuple[HarSummary, ...] = ()
    warnings: tuple[Caution, ...] = ()

    @property
    def cautions(self) -> tuple[NoteCaution, ...]:
        """The cautions as a note takes them, the live sessions first."""
        ordered = sorted(self.warnings, key=lambda one: one.kind != "live_session")
        return tuple(
            NoteCaution(one.kind, one.name, ", ".join(f"{n} {what}" for what, n in one.secrets))
            for one in ordered
        )

    @property
    def live_session(self) -> bool:
        """Could somebody who has one of these files act as the customer?"""
        return any(caution.kind == "live_session" for caution in self.warnings)


NO_FILES: Final = Attached()


def no_attachments(_ticket: Ticket) -> Attached:
    """What a process that may not fetch files knows of them."""
    return NO_FILES


class AttachmentReader:
    """Reads a ticket's files and remembers what they said: a file never changes.

    What is remembered is redacted. Safe to share between threads.
    """

    def __init__(self, fetch: Fetch, strings: Iterable[ProductString] = ()) -> None:
        self._fetch = fetch
        self._strings = tuple(strings)
        self._known: dict[tuple[int, int], Attached] = {}

    def __call__(self, ticket: Ticket) -> Attached:
        """Read the files of one ticket, within one total time."""
        with total_deadline(PATIENCE):
            return look_at_attachments(ticket, self._fetch, self._strings, self._known)


def look_at_attachments(
    ticket: Ticket,
    fetch: Fetch,
    strings: Iterable[ProductString] = (),
    known: dict[tuple[int, int], Attached] | None = None,
) -> Attached:
    """Fetch and read the customer's files; what cannot be read becomes a caution, never an error.

    Raises `RateLimited` only, for then the whole look has to wait. `known` keeps what files said.
    """
    words, seen = tuple(strings), {} if known is None else known
    wanted = list(_in_order(ticket))
    found = [_remembered(attachment, fetch, words, seen) for attachment in _within_limits(wanted)]
    read = {id(attachment) for attachment in _within_limits(wanted)}
    left = [_caution("left_out", one) for one in wanted if id(one) not in read]
    return Attached(
        observations=tuple(look for one in reversed(found) for look in one.observations),
        hars=tuple(har for one in reversed(found) for har in one.hars),
        warnings=(*(caution for one in found for caution in one.warnings), *left),
    )


def _in_order(ticket: Ticket) -> Iterator[Attachment]:
    """The files that people sent, likely evidence first, the newest first; pictures are no text."""
    sent = list(ticket.description_attachments)
    sent += [
        file
        for one in ticket.comments
        for file in one.attachments
        # Our safe copies speak for originals that were redacted.
        if one.author != "bot" or SUFFIX in file.file_name
    ]
    readable = [file for file in sent if not _PICTURES.match(file.content_type)]
    newest = list(dict.fromkeys(reversed(readable)))
    return iter(sorted(newest, key=lambda file: not _LIKELY.search(_claims(file))))


def _claims(attachment: Attachment) -> str:
    return f"{attachment.file_name} {attachment.content_type}"


def _within_limits(wanted: Iterable[Attachment]) -> Iterator[Attachment]:
    total = 0
    for attachment in islice(wanted, MOST_FILES):
        total += attachment.size
        if total <= MOST_BYTES:
            yield attachment


def _remembered(
    attachment: Attachment,
    fetch: Fetch,
    strings: tuple[ProductString, ...],
    known: dict[tuple[int, int], Attached],
) -> Attached:
    key = (attachment.id, attachment.size)
    if key not in known:
        found = _look(attachment, fetch, strings)
        if any(caution.kind in _PASSING for caution in found.warnings):
            return found
        while len(known) >= _MOST_REMEMBERED:
            known.pop(next(iter(known)), None)
        known[key] = found
    return known[key]


def _look(attachment: Attachment, fetch: Fetch, strings: tuple[ProductString, ...]) -> Attached:
    if attachment.malware:
        return Attached(warnings=(_caution("malware", attachment),))
    # Without a name in any folder: gone when it is closed, or when this process dies.
    with tempfile.TemporaryFile(prefix="licensing-bot-") as file:
        try:
            fetch(attachment, file)
        except RateLimited:
            raise
        except AttachmentRefused:
            return Attached(warnings=(_caution("refused", attachment),))
        except ZendeskError:
            return Attached(warnings=(_caution("not_fetched", attachment),))
        try:
            return _read(attachment, file, strings)
        except UnreadableError:
            return Attached(warnings=(_caution("unreadable", attachment),))


def _read(attachment: Attachment, file: IO[bytes], strings: tuple[ProductString, ...]) -> Attached:
    head = _head(file)
    kind = sniff(head)
    if kind == "har":
        return _read_har(attachment, analyse(file))
    if kind == "text":
        return _read_text(attachment, file, strings)
    return Attached()


def sniff(head: str) -> Kind:
    """What is it, judged by how it begins once it is unpacked?"""
    if not head.strip():
        return "other"
    if _HAR.search(head) and head.lstrip().startswith(("{", "[")):
        return "har"
    strange = len(_CONTROL.findall(head))
    return "text" if strange <= _FEW_CONTROLS * len(head) else "other"


def _head(file: IO[bytes]) -> str:
    return next(iter(text_pieces(file)), "")[:65_536]


def _read_har(attachment: Attachment, report: HarReport) -> Attached:
    name = redact(attachment.file_name).text
    live = (_caution("live_session", attachment, report.secrets_found.items()),)
    return Attached(
        observations=(observed(report, name),),
        hars=(HarSummary(attachment.id, name, report),),
        warnings=live if report.live_session else (),
    )


def _read_text(
    attachment: Attachment, file: IO[bytes], strings: tuple[ProductString, ...]
) -> Attached:
    """Read a log or a saved terminal: its head and its tail, the newest words."""
    text = _head_and_tail(file)
    secrets = redact(text).found
    live = {kind: count for kind, count in secrets.items() if kind in LIVE}
    name = redact(attachment.file_name).text
    looks = telling(read_pasted(text, strings=strings))
    return Attached(
        observations=tuple(replace(one, facts={**one.facts, "file": name}) for one in looks),
        warnings=(_caution("live_session", attachment, secrets.items()),) if live else (),
    )


def _head_and_tail(file: IO[bytes]) -> str:
    head, tail = "", ""
    for piece in text_pieces(file):
        room = _TEXT_HEAD - len(head)
        head += piece[:room]
        tail = (tail + piece[room:])[-_TEXT_HEAD:] if room < len(piece) else tail
    return f"{head}\n{tail}" if tail else head


def _caution(
    kind: CautionKind, attachment: Attachment, secrets: Iterable[tuple[str, int]] = ()
) -> Caution:
    told = tuple(_labelled(secrets))
    return Caution(kind, attachment.id, redact(attachment.file_name).text[:120], told)


def _labelled(secrets: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    labels: dict[str, str] = dict(LABELS)  # type: ignore[arg-type]  # its keys are words, too
    return [(labels.get(name, name), count) for name, count in secrets]
