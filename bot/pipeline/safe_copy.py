"""The safe copy of one HAR: made in a temporary file, checked, and compared with what was attached.

The same original always gives the same bytes: so a copy that stands on a ticket can be told from
any other file, also after this process was killed.
"""

import gzip
import hashlib
import io
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Final, cast

from bot.evidence.har.analysis import HarReport
from bot.evidence.har.redaction import redact_har
from bot.evidence.har.source import UnreadableError
from bot.evidence.redact import redact
from bot.pipeline.order_ports import Vault
from bot.runbook.har_notes import Original, Reason
from bot.runbook.ticket import Attachment
from bot.zendesk.attachments import AttachmentRefused
from bot.zendesk.errors import NotFound, Rejected, ScopeMissing

#: A job has 60 s for fetching, redacting, uploading and fetching again, all files together.
LARGEST: Final = 30 * 1024 * 1024
#: What an archive may unpack to; a copy is written at 5 MB a second or more.
LARGEST_COPY: Final = 60 * 1024 * 1024
#: A larger copy is sent packed.
PACKED_FROM: Final = 5 * 1024 * 1024
SUFFIX: Final = ".safe.har"
_UNFIT: Final = re.compile(r"[^A-Za-z0-9._ -]+")
_ENDING: Final = re.compile(r"(?:\.(?:z?har|json|gz|zip|txt))+$", re.IGNORECASE)


class NotCovered(Exception):  # noqa: N818  an answer, not an error
    """No safe copy can stand in for this file; `reason` is a word of commands.toml."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class SafeCopy:
    """A safe copy, ready to be uploaded."""

    original: Original
    name: str
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """Of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


def make_copy(vault: Vault, original: Original, attachment: Attachment) -> SafeCopy:
    """Fetch the original and write its safe copy; raises `NotCovered`."""
    if attachment.malware:
        raise NotCovered("malware")
    if attachment.size > LARGEST:
        raise NotCovered("large")
    with tempfile.TemporaryFile(prefix="licensing-bot-") as file, io.BytesIO() as out:
        _fetch(vault, attachment, file)
        file.seek(0)
        _check(_redacted(file, out))
        content = out.getvalue()
    name = _name(attachment.file_name)
    if len(content) > PACKED_FROM:
        content, name = gzip.compress(content, mtime=0), f"{name}.gz"
    return SafeCopy(original, name, content)


def stands(vault: Vault, copies: Iterable[SafeCopy], attached: Iterable[Attachment]) -> bool:
    """Are these very copies among the files of a note? Every one is fetched and compared."""
    found = set()
    for attachment in attached:
        with tempfile.TemporaryFile(prefix="licensing-bot-") as file:
            try:
                _fetch(vault, attachment, file)
            except NotCovered:
                continue
            file.seek(0)
            found.add(hashlib.file_digest(file, "sha256").hexdigest())
    return {copy.digest for copy in copies} <= found


def _fetch(vault: Vault, attachment: Attachment, into: IO[bytes]) -> None:
    try:
        vault.fetch(attachment, into)
    except AttachmentRefused:
        raise NotCovered("large") from None
    except (NotFound, Rejected, ScopeMissing):
        raise NotCovered("not_fetched") from None


def _redacted(file: IO[bytes], out: io.BytesIO) -> HarReport:
    try:
        return redact_har(file, cast("IO[bytes]", _Limited(out)))
    except UnreadableError:
        raise NotCovered("unreadable") from None


def _check(report: HarReport) -> None:
    if report.state != "complete":
        raise NotCovered("damaged")
    if report.entries == 0:
        raise NotCovered("not_har")


class _Limited(io.RawIOBase):
    """Hands on what is written, up to the largest copy."""

    def __init__(self, out: io.BytesIO) -> None:
        self._out = out

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # only bytes are written here
        if self._out.tell() + len(piece) > LARGEST_COPY:
            raise NotCovered("large")
        return self._out.write(piece)


def _name(file_name: str) -> str:
    """Return the copy's name: the original's without its secrets, folders and endings."""
    last = redact(file_name).text.replace("\\", "/").rpartition("/")[2]
    stem = _ENDING.sub("", _UNFIT.sub("-", last)).strip(" .-")[:80]
    return f"{stem or 'recording'}{SUFFIX}"
