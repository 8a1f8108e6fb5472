"""Turns a HAR in any wrapping (gz, zip, zlib, BOM, UTF-16) into pieces of text, within limits."""

import codecs
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Final

from bot.evidence.inflate import CHUNK, cut_member, inflated

Readable = IO[bytes] | io.BufferedIOBase
#: More than that is not read: a zip bomb ends here, and the file counts as cut off.
LONGEST: Final = 1 << 30
LONGEST_BODY: Final = 1 << 20
#: More files than that nobody sends to show one failure.
_MOST_HARS: Final = 20
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
#: What damaged archives make the standard library raise; a negative seek is an OSError on disk and
#: a ValueError in memory.
_DAMAGE: Final = (
    EOFError, OSError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
)  # fmt: skip


class UnreadableError(Exception):
    """The file cannot be opened at all; the message is meant for the person who sent it."""


def text_pieces(file: IO[bytes], longest: int = LONGEST, member: str = "") -> Iterator[str]:
    """Yield the text of a HAR piece by piece; the file must be seekable.

    Of a zip archive the named member is read, without a name the largest HAR.
    """
    file.seek(0)
    try:
        yield from _decoded(_unpacked(file, member), longest)
    except _DAMAGE:
        return  # a cut archive: what came out so far is worth reading
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableError("the archive is encrypted or uses an unknown method") from error


#: A file that was packed again by a mail program or a browser's download.
_MOST_WRAPPINGS: Final = 3


def _unpacked(file: IO[bytes], member: str) -> Readable:
    """Return what is inside the zip archive and the gzip or zlib streams, one in the other."""
    head = file.read(4)
    file.seek(0)
    plain: Readable = _member(file, member) if head.startswith(_ZIP) else file
    for _ in range(_MOST_WRAPPINGS):
        plain, packed = inflated(plain)
        if not packed:
            break
    return plain


def _member(file: IO[bytes], name: str) -> Readable:
    """Return a HAR inside a zip: by its name, else the largest file."""
    try:
        archive = zipfile.ZipFile(file)
        candidates = _hars(archive)
        if not candidates:
            raise UnreadableError("the zip archive is empty")
        chosen = next((info for info in candidates if info.filename == name), candidates[0])
        return archive.open(chosen)
    except _DAMAGE as error:
        found = cut_member(file)
        if found is None:
            raise UnreadableError("the zip archive is damaged") from error
        return found
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableError("the zip archive is encrypted") from error


def _hars(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the members that look like a HAR, else all; the largest first."""
    files = [info for info in archive.infolist() if _is_file(info)]
    hars = [i for i in files if i.filename.lower().endswith((".har", ".har.gz"))]
    hars = hars or [i for i in files if i.filename.lower().endswith((".json", ".zhar"))]
    return sorted(hars or files, key=lambda info: -info.file_size)


def _is_file(info: zipfile.ZipInfo) -> bool:
    """Say whether this is no folder and none of the files that macOS puts beside the real ones."""
    name = info.filename  # which may be empty, where `info.is_dir()` raises
    return not name.endswith("/") and not name.startswith("__MACOSX/")


def har_names(file: IO[bytes]) -> tuple[str, ...]:
    """Return the names of the HARs in a zip archive, the largest first; of other files none."""
    archive = _archive(file)
    names = [i.filename for i in _hars(archive)] if archive else []
    return tuple(n for n in names if n.lower().endswith((".har", ".har.gz")))[:_MOST_HARS]


def attached_body(file: IO[bytes], name: str) -> bytes | None:
    """Return a body that Playwright put beside the HAR; None when it is not there or too long."""
    archive = _archive(file)
    try:
        if archive is None or archive.getinfo(name).file_size > LONGEST_BODY:
            return None
        return archive.read(name)
    except (KeyError, RuntimeError, NotImplementedError, *_DAMAGE):
        return None


def _archive(file: IO[bytes]) -> zipfile.ZipFile | None:
    file.seek(0)
    if file.read(4) not in _ZIP:
        return None
    try:
        return zipfile.ZipFile(file)
    except _DAMAGE:
        return None


_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _encoding(head: bytes) -> tuple[str, int]:
    """Return encoding and length of the mark; JSON begins with ASCII, so NULs tell UTF-16."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    if head[1:2] == b"\0" and head[:1] != b"\0":
        return "utf-16-le", 0
    if head[:1] == b"\0" and head[1:2] != b"\0":
        return "utf-16-be", 0
    return "utf-8", 0


def _decoded(plain: Readable, longest: int) -> Iterator[str]:
    raw = plain.read(CHUNK)
    name, mark = _encoding(raw[:4])
    decoder = codecs.getincrementaldecoder(name)("replace")
    raw = raw[mark:]
    done = 0
    while raw and done < longest:
        yield decoder.decode(raw)
        done += len(raw)
        raw = plain.read(CHUNK)
    if not raw:
        yield decoder.decode(b"", final=True)
