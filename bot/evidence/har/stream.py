"""Reads a HAR entry by entry in a window of a few megabytes, also when it is damaged."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from bot.evidence.har.node import DECODER, Json, Object
from bot.evidence.har.repair import repaired

State = Literal["complete", "truncated", "malformed"]

#: Stands for a string that is too long to hold: no diagnosis needs a body of this size.
LEFT_OUT: Final = "[left out: longer than 1 MB]"
LONGEST_STRING: Final = 1 << 20
_WINDOW: Final = 1 << 22
_HARD_LIMIT: Final = 1 << 25
_NEAR_END: Final = 64

_SPACE: Final = re.compile(r"[\s,\ufeff\x00]*")
_BODY: Final = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Field:
    """One property of the log beside its entries: version, creator, pages and so on."""

    key: str
    value: Json


@dataclass(frozen=True, slots=True)
class Entry:
    """One request with its answer."""

    value: Object


class _EndError(Exception):
    """The text ends in the middle of something."""


class _MalformedError(Exception):
    """What stands here is no JSON."""


class HarStream:
    """The fields and entries of one HAR; `state` is final after the last of them."""

    def __init__(self, pieces: Iterator[str]) -> None:
        """Take the text piece by piece; nothing is read before the iteration."""
        self._pieces = pieces
        self._text = ""
        self._at = 0
        self._ended = False
        self._saw_entries = False
        self.state: State = "complete"

    def __iter__(self) -> Iterator[Field | Entry]:
        """Yield fields and entries in the order of the file."""
        try:
            yield from self._top()
        except _EndError:
            self._worsen("truncated")
        except _MalformedError:
            self._worsen("malformed")
        if not self._saw_entries:
            self._worsen("malformed")

    def _worsen(self, state: State) -> None:
        if self.state == "complete":
            self.state = state

    # ---- the window

    def _more(self) -> bool:
        """Read a piece; twice as much as is pending, so that retries stay cheap."""
        if self._ended:
            return False
        pending = self._text[self._at :]
        wanted = max(len(pending), 1)
        parts = [pending]
        while wanted > 0:
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                break
            parts.append(piece)
            wanted -= len(piece)
        self._text, self._at = "".join(parts), 0
        if len(self._text) > _WINDOW:
            self._slim()
        return True

    def _slim(self) -> None:
        """Replace very long strings in the window; drop the rest of one that is still open."""
        kept: list[str] = []
        done, at = 0, 0
        while (quote := self._text.find('"', at)) >= 0:
            body = _BODY.match(self._text, quote + 1)
            end = body.end() if body else len(self._text)
            if end >= len(self._text) - 1 and self._text[end : end + 1] != '"':
                if end - quote > LONGEST_STRING:
                    rest = self._skip_string(self._text[end:])
                    kept += [self._text[done:quote], f'"{LEFT_OUT}"']
                    self._text = "".join([*kept, rest])
                    return
                break
            if end - quote > 2 * LONGEST_STRING:
                kept += [self._text[done:quote], f'"{LEFT_OUT}"']
                done = end + 1
            at = end + 1
        self._text = "".join([*kept, self._text[done:]])

    def _skip_string(self, tail: str) -> str:
        """Read on until the open string is closed; return what follows its quote."""
        while True:
            body = _BODY.match(tail)
            end = body.end() if body else 0
            if tail[end : end + 1] == '"':
                return tail[end + 1 :]
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                raise _EndError
            tail = tail[end:] + piece

    def _peek(self) -> str:
        """Return the next character that is no space or comma, without taking it."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                raise _EndError

    def _take(self, char: str) -> None:
        if self._peek() != char:
            raise _MalformedError
        self._at += 1

    def _value(self) -> Json:
        """Return the next whole value; the C scanner does the work."""
        self._peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                self._grow(error.pos, unterminated=error.msg.startswith("Unterminated"))
            except RecursionError as error:
                raise _MalformedError from error
            else:
                if end == len(self._text) and not self._ended and isinstance(value, (int, float)):
                    self._more()
                    continue
                self._at = end
                kept: Json = value
                return kept

    def _grow(self, wrong_at: int, *, unterminated: bool) -> None:
        """Read on when the value may be incomplete; raise when it is wrong or the text ends."""
        near_end = wrong_at >= len(self._text) - _NEAR_END
        if not unterminated and not near_end:
            raise _MalformedError
        if len(self._text) - self._at > _HARD_LIMIT:
            raise _MalformedError
        if not self._more():
            raise _EndError if unterminated or near_end else _MalformedError

    # ---- the structure

    def _top(self) -> Iterator[Field | Entry]:
        if self._peek() == "[":
            yield from self._entries()
            return
        if self._peek() != "{":
            raise _MalformedError
        yield from self._object(inside_log=False)

    def _object(self, *, inside_log: bool) -> Iterator[Field | Entry]:
        self._take("{")
        while self._peek() != "}":
            if self._peek() != '"':
                raise _MalformedError
            key = self._value()
            self._take(":")
            if key == "log" and not inside_log and self._peek() == "{":
                yield from self._object(inside_log=True)
            elif key == "entries" and self._peek() == "[":
                yield from self._entries()
            else:
                yield Field(str(key), self._value())
        self._at += 1

    def _entries(self) -> Iterator[Entry]:
        self._take("[")
        self._saw_entries = True
        while self._peek() != "]":
            try:
                value = self._value()
            except (_EndError, _MalformedError) as error:
                yield from self._salvage(error)
            else:
                if isinstance(value, dict):
                    yield Entry(value)
        self._at += 1

    def _salvage(self, error: Exception) -> Iterator[Entry]:
        """Yield what is left of a damaged entry and go on at the next whole one."""
        self._worsen("truncated" if isinstance(error, _EndError) else "malformed")
        following = self._next_start()
        fragment = repaired(self._text[self._at : following or None])
        if isinstance(fragment, dict) and fragment:
            yield Entry(fragment)
        if following is None:
            if self._ended:
                self._at = len(self._text)
                raise _EndError
            raise _MalformedError
        self._at = following

    def _next_start(self) -> int | None:
        """Return where the next entry begins that can be read whole; None when there is none.

        Reading on moves the text; the damaged entry begins at `_at` before and after.
        """
        while True:
            for match in _NEXT.finditer(self._text, self._at + 1):
                at = match.start("start")
                try:
                    value, _ = DECODER.raw_decode(self._text, at)
                except (ValueError, RecursionError):
                    continue
                if isinstance(value, dict) and "request" in value:
                    return at
            if len(self._text) - self._at > _WINDOW or self._ended:
                return None
            if not self._more():
                return None


_NEXT: Final = re.compile(
    r"\}\s*,?\s*(?P<start>\{)\s*\"(?:_\w+|startedDateTime|pageref|time|request|connection"
    r"|serverIPAddress|comment|cache|timings|response)\"\s*:"
)
