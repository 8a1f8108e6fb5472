"""Finds the check script's block in a text and undoes what mail, browsers and people did to it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

from bot.evidence.checkscript_mail import BETWEEN, cleanings

Damage = Literal["", "cut", "changed", "unchecked"]
"""Whole; its end is missing; its checksum or its number of records does not fit; no checksum."""

_LONGEST: Final = 40_000
_MOST_BLOCKS: Final = 12
_MOST_RECORDS: Final = 1000
_DASHES: Final = r"[-\u2010-\u2015\u2212\u2e3a\u2e3b=\s>|*_]{0,40}"
_TITLE: Final = BETWEEN.join(("CLOUD", "LICEN[SC]E", "CHECK"))
_BEGIN: Final = re.compile(f"{_DASHES}BEGIN{BETWEEN}{_TITLE}{_DASHES}", re.IGNORECASE)
_END: Final = re.compile(f"{_DASHES}END{BETWEEN}{_TITLE}{_DASHES}", re.IGNORECASE)
#: What the script tells the person while it works; it stands above the block in a whole screen.
_PROGRESS: Final = re.compile(
    r"^[^\n]{0,40}Cloud license check \d+: looking at[^\n]*(?:\n[^\n]{0,300}){0,14}?"
    r"from BEGIN to END below[^\n]*\n?",
    re.MULTILINE,
)
_BLANKS: Final = re.compile(r"[\s\u00a0\u200b-\u200f\u2060\ufeff\u00ad]+")
_NAME: Final = re.compile(r"[a-z][a-z0-9]{1,11}")
_KEY: Final = re.compile(r"[a-z][a-z0-9]{0,11}")
#: Where a record begins behind other words; a list in a value may end in such a name, too.
_RECORD: Final = re.compile(r"(?<!,)(?:check|dns|system|icmp|tls|http|tcp);[a-z0-9]{1,9}=")
_AT_ONCE: Final = re.compile(
    r"(?:check|product|env|prodenv|dns|nonsense|system|hosts|icmp|tcp|tls|http|tunnel|port80|rails"
    r"|end);"
)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the report: what looked, and what it wrote down."""

    name: str
    values: Mapping[str, str]

    def get(self, key: str) -> str:
        """The value, empty when there is none."""
        return self.values.get(key, "")

    def number(self, key: str) -> float | None:
        """The value as a number, None when it is none."""
        try:
            found = float(self.get(key))
        except ValueError:
            return None
        return found if abs(found) < 1e15 else None  # noqa: PLR2004 - later than any clock

    def whole(self, key: str) -> int | None:
        """The value as a whole number, None when it is none."""
        found = self.number(key)
        return int(found) if found is not None and found == found else None  # noqa: PLR0124 - NaN

    def listed(self, key: str) -> tuple[str, ...]:
        """The parts of a value that is a list."""
        return tuple(part for part in self.get(key).split(",") if part)


@dataclass(frozen=True, slots=True)
class Block:
    """One run of the script, as far as it arrived."""

    records: tuple[Record, ...]
    damage: Damage = ""
    told: int | None = None
    """How many records the script wrote, as its last line says."""

    @property
    def lost(self) -> int:
        """How many records did not arrive, as far as that is known."""
        return max(0, (self.told or 0) - len(self.records))

    def named(self, name: str) -> tuple[Record, ...]:
        """The records of one name, in their order."""
        return tuple(record for record in self.records if record.name == name)

    def one(self, name: str) -> Record:
        """The first record of this name, or one without values."""
        return next(iter(self.named(name)), Record(name, {}))


def take_blocks(text: str) -> tuple[str, tuple[Block, ...]]:
    """Return the text without the script's output, and the blocks that stood in it."""
    found = tuple(_find(text))
    rest: list[str] = []
    place = 0
    for span in found:
        rest.append(text[place : span.start])
        place = span.end
    rest.append(text[place:])
    return "\n".join(rest) if found else text, tuple(span.block for span in found)


def blank_blocks(text: str) -> str:
    """Return the text, as long as before, with blanks where the script's output stood."""
    for span in _find(text):
        blank = re.sub(r"[^\n]", " ", text[span.start : span.end])
        text = text[: span.start] + blank + text[span.end :]
    return text


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    block: Block


def _find(text: str) -> Iterator[_Span]:
    place = count = 0
    for begin in _BEGIN.finditer(text):
        # The dashes between two blocks belong to both markers.
        if begin.end() <= place or count >= _MOST_BLOCKS:
            continue
        start = max(place, begin.start())
        body, after = _body(text, begin.end())
        block = read_block(body, ended=after.ended)
        if not block.records:
            continue
        progress = list(_PROGRESS.finditer(text, place, start))
        near = progress and not text[progress[-1].end() : start].strip("> |\n\t\r")
        yield _Span(progress[-1].start() if near else start, after.place, block)
        place, count = after.place, count + 1


@dataclass(frozen=True, slots=True)
class _After:
    place: int
    ended: bool


def _body(text: str, start: int) -> tuple[str, _After]:
    end = _END.search(text, start, start + _LONGEST)
    again = _BEGIN.search(text, start, start + _LONGEST)
    if end and not (again and again.start() < end.start()):
        return text[start : end.start()], _After(end.end(), ended=True)
    # The end was not copied: the records go on for as long as they look like records.
    stop = min(again.start() if again else len(text), start + _LONGEST)
    last = text.rfind(";;", start, stop)
    place = last + 2 if last >= 0 else start
    return text[start:place], _After(place, ended=False)


def read_block(body: str, *, ended: bool = True) -> Block:
    """Read what stands between the markers; never raises, whatever it is."""
    whole = Block(())
    for clean in cleanings(body):
        joined = _BLANKS.sub("", clean)
        block = _parsed(joined, ended=ended)
        if block.records and not block.damage:
            return block
        if len(block.records) > len(whole.records):
            whole = block
    return whole


def _parsed(joined: str, *, ended: bool) -> Block:
    content, found, tail = joined.rpartition("sum;crc=")
    if not found:
        # Without its last line the rest of the block may be missing as well.
        return Block(_records(joined, whole=False), "cut")
    begin = content.find("check;")
    content = content[max(0, begin) :]
    records = _records(content)
    told = re.match(r"(\d+|none);n=(\d+);?", tail)
    if told is None:
        return Block(records, "unchecked" if ended else "cut")
    number = int(told[2])
    if number < _MOST_RECORDS and number != len(records):
        return Block(records, "changed", number)
    if told[1] == "none":
        return Block(records, "unchecked", number)
    fits = int(told[1]) == posix_checksum(content)
    return Block(records, "" if fits else "changed", number)


def _records(joined: str, *, whole: bool = True) -> tuple[Record, ...]:
    """The records, each name and pair that is well-formed; of one that is broken what is left.

    Not `whole`: a last record without its end is left out, its values may be cut as well.
    """
    found = []
    pieces = joined.split(";;")
    for piece in pieces if whole else pieces[:-1]:
        start = None if _AT_ONCE.match(piece) else _RECORD.search(piece)
        name, *pairs = (piece[start.start() :] if start else piece).split(";")
        if not _NAME.fullmatch(name) or name == "sum":
            continue
        values = dict(pair for pair in map(_pair, pairs) if pair)
        found.append(Record(name, values))
    return tuple(found) if any(record.values for record in found) else ()


def _pair(text: str) -> tuple[str, str] | None:
    key, equals, value = text.partition("=")
    if not equals or not _KEY.fullmatch(key):
        return None
    return key, unquote(value.replace("+", " "), errors="replace")


def posix_checksum(text: str) -> int:
    """What `cksum` prints for these characters (POSIX.1-2017, cksum)."""
    data = text.encode("utf-8", "replace")
    length = len(data)
    tail = bytearray()
    while length:
        tail.append(length & 0xFF)
        length >>= 8
    crc = 0
    for byte in data + bytes(tail):
        crc = (crc << 8) & 0xFFFFFFFF ^ _TABLE[(crc >> 24) ^ byte]
    return ~crc & 0xFFFFFFFF


def _row(place: int) -> int:
    value = place << 24
    for _ in range(8):
        value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
    return value & 0xFFFFFFFF


_TABLE: Final = tuple(_row(place) for place in range(256))
