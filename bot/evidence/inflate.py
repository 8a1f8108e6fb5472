"""Unpacks gzip, zlib and raw deflate, in one piece or as a stream, as far as the bytes go."""

import io
import struct
import zlib
from typing import IO, Final

Readable = IO[bytes] | io.BufferedIOBase
CHUNK: Final = 1 << 18
_GZIP: Final = b"\x1f\x8b"
#: What `zlib.decompressobj` calls the three wrappings of the same coding.
_AS_GZIP, _AS_ZLIB, _BARE = 31, 15, -15
_MOST_HEAD: Final = 4


def wrapping_of(head: bytes) -> int | None:
    """Return zlib's number of the wrapping that begins like this; None when none does."""
    if head.startswith(_GZIP):
        return _AS_GZIP
    # RFC 1950: deflate with a window of up to 32 kB, and a check of both bytes by 31
    if len(head) > 1 and head[0] == 0x78 and int.from_bytes(head[:2], "big") % 31 == 0:  # noqa: PLR2004 - as the RFC writes it
        return _AS_ZLIB
    return None


def inflated(file: Readable) -> tuple[Readable, bool]:
    """Return the file, unpacked when it was packed, and whether it was."""
    head = file.read(_MOST_HEAD)
    whole = _from_start(file, head)
    wrapping = wrapping_of(head)
    if wrapping is None:
        return whole, False
    return io.BufferedReader(_Inflated(whole, wrapping), CHUNK), True


def _from_start(file: Readable, head: bytes) -> Readable:
    if not file.seekable():
        return io.BufferedReader(_Prefixed(head, file), CHUNK)
    file.seek(0)
    return file


def unpacked_body(raw: bytes, longest: int) -> bytes:
    """Return a body without its compression; bytes that are not compressed come back as they are.

    Servers send two things by the name of deflate, and bare deflate has no mark: it is tried on
    what is no text.
    """
    wrapping = wrapping_of(raw)
    if wrapping is not None:
        return _opened(raw, wrapping, longest) or raw
    if not raw or _is_utf8(raw):
        return raw
    bare = _opened(raw, _BARE, longest)
    return bare if bare and _is_utf8(bare) else raw


def _opened(raw: bytes, wrapping: int, longest: int) -> bytes:
    try:
        return zlib.decompressobj(wbits=wrapping).decompress(raw, longest)
    except zlib.error:
        return b""


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Prefixed(io.RawIOBase):
    """A file whose first bytes have been looked at."""

    def __init__(self, head: bytes, file: Readable) -> None:
        self._head = head
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # RawIOBase promises a buffer
        piece = self._head[: len(view)] or self._file.read(len(view))
        self._head = self._head[len(view) :]
        view[: len(piece)] = piece
        return len(piece)


class _Inflated(io.RawIOBase):
    """A packed stream as a file; it ends where the bytes end or make no sense any more."""

    def __init__(self, file: Readable, wrapping: int) -> None:
        self._file = file
        self._wrapping = wrapping
        self._inflate = zlib.decompressobj(wbits=wrapping)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # RawIOBase promises a buffer
        while True:
            raw = self._pending()
            try:
                piece = self._inflate.decompress(raw, len(view))
            except zlib.error:
                return 0
            view[: len(piece)] = piece
            if piece or not raw:  # what was read may be used up and not all told
                return len(piece)

    def _pending(self) -> bytes:
        """Return the next packed bytes; gzip files may be several, one behind the other."""
        if not self._inflate.eof:
            return self._inflate.unconsumed_tail or self._file.read(CHUNK)
        rest = self._inflate.unused_data or self._file.read(CHUNK)
        if wrapping_of(rest) != self._wrapping:
            return b""
        self._inflate = zlib.decompressobj(wbits=self._wrapping)
        return rest


_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_ENCRYPTED: Final = 1
_DEFLATED: Final = 8
#: Less than that is not one entry, and may be noise.
_WORTH_READING: Final = 256


def cut_member(file: IO[bytes]) -> Readable | None:
    """Return the first file of a zip archive whose table of contents, at its end, is missing."""
    file.seek(0)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        return None
    mark, _, flags, method, *_, name, extra = _LOCAL.unpack(head)
    if mark != b"PK\x03\x04" or flags & _ENCRYPTED or method != _DEFLATED:
        return None
    file.seek(name + extra, io.SEEK_CUR)
    found = io.BufferedReader(_Inflated(file, _BARE), CHUNK)
    return found if len(found.peek(_WORTH_READING)) >= _WORTH_READING else None
