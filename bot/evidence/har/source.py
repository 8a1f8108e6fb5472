"""Turns a HAR in any wrapping (gz, zip, zlib, BOM, UTF-16) into pieces of text, within limits."""

import codecs
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Final

Readable = IO[bytes] | io.BufferedIOBase
CHUNK: Final = 1 << 18
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
    plain = _unpacked(file, member)
    try:
        yield from _decoded(plain, longest)
    except _DAMAGE:
        return  # a cut archive: what came out so far is worth reading
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableError("the archive is encrypted or uses an unknown method") from error


def _unpacked(file: IO[bytes], member: str) -> Readable:
    head = file.read(4)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(_ZIP):
        return _member(file, member)
    if len(head) > 1 and head[0] == 0x78 and int.from_bytes(head[:2], "big") % 31 == 0:  # noqa: PLR2004 - RFC 1950
        return io.BufferedReader(_Inflated(file))
    return file


def _member(file: IO[bytes], name: str) -> Readable:
    """Return a HAR inside a zip: by its name, else the largest file."""
    try:
        archive = zipfile.ZipFile(file)
        candidates = _hars(archive)
        if not candidates:
            raise UnreadableError("the zip archive is empty")
        chosen = next((info for info in candidates if info.filename == name), candidates[0])
        member = archive.open(chosen)
    except _DAMAGE as error:
        raise UnreadableError("the zip archive is damaged") from error
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableError("the zip archive is encrypted") from error
    return gzip.GzipFile(fileobj=member) if chosen.filename.lower().endswith(".gz") else member


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


class _Inflated(io.RawIOBase):
    """A zlib stream as a file: mitmproxy's .zhar."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._inflate = zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # RawIOBase promises a buffer
        while not self._inflate.eof:
            raw = self._inflate.unconsumed_tail or self._file.read(CHUNK)
            if not raw:
                return 0
            piece = self._inflate.decompress(raw, len(view))
            if piece:
                view[: len(piece)] = piece
                return len(piece)
        return 0


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
