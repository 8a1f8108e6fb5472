"""A clean copy of a terminal's text, beside the raw one, after mail and web forms had it."""

import html
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final

from bot.evidence.links import with_own_links
from bot.evidence.literals import folded

#: A paste is never longer; of a longer text the head and the tail are read.
MAX_CHARS: Final = 1_000_000
MAX_LINE: Final = 20_000
_FEW_LINES: Final = 4
_READ_HEAD, _READ_TAIL = 100_000, 100_000

_ANSI = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]{0,500}(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>]"
    r"|\^\[\[[0-9;]*[mK]|\x9b[0-9;]*m"
)
_LOST_ESC = re.compile(r"(?<![\w\[])\[(?:\d{1,2}(?:;\d{1,3})*)?m")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x07\x0e-\x1a\x7f]"
)
_QUOTE_MARKS = re.compile(r"^(?:[ \t]{0,3}>(?!>)[ \t]?){1,12}|^(?:>{1,12}[ \t])+")
_TAGS = re.compile(r"</?(?:pre|code|span|font|tt|strong|em)(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_BREAK = re.compile(
    (r"\r*<br\s*/?>\r?\n?|</(?:p|div|li)>\s*<(?:p|div|li)(?:\s[^<>]{0,200})?>"), re.IGNORECASE
)
_LINE_END = re.compile(r"\r+\n|\r")
_NUMBERED = re.compile(r"^\s{0,5}\d{1,4}[:|.)]?\s{1,4}(?P<rest>.*)$")
_PROMPTED = re.compile(r"[$#%>] |\[?[\w.-]+@|PS |[A-Z]:\\")
_DIG_MARKS: Final = 3
_DIG_LINE = re.compile(
    r"\s+(?=;; |; <<>> |;[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\.?\s+IN\s"
    r"|(?:[\w-]{1,63}\.){2,8}\s+\d+\s+IN\s)"
)
_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})[\w+-]*\s*$")
_SOFT_BREAK = re.compile(r"=\r?\n")
_QP = re.compile(r"((?:=[0-9A-F]{2})+)")
_TRANSLATE = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201b": "'",
        "\u2032": "'",
        "\u00b4": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u201f": '"',
        "\u2033": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2212": "-",
        "\u2014": "--",
        "\u2015": "--",
        "\u2026": "...",
        "\u00a0": " ",
        "\u202f": " ",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `text` for matching, `raw` for quoting."""

    text: str
    raw: str


@dataclass(frozen=True)
class Lines:
    """Consecutive lines with a flat view in which wrapped lines are whole again."""

    lines: tuple[Line, ...]

    @cached_property
    def flat(self) -> str:
        """All lines joined by one space each, runs of blanks collapsed."""
        return " ".join(words for words, _ in self._worded)

    @cached_property
    def folded(self) -> str:
        """The flat view as the words are looked for that a pattern needs."""
        return folded(self.flat)

    @cached_property
    def _worded(self) -> tuple[tuple[str, Line], ...]:
        worded = ((" ".join(line.text.split()), line) for line in self.lines)
        return tuple((words, line) for words, line in worded if words)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(accumulate((len(words) + 1 for words, _ in self._worded), initial=0))

    @cached_property
    def text(self) -> str:
        """All lines as lines, for patterns that know where a line starts."""
        return "\n".join(line.text for line in self.lines)

    def quote(self, start: int, end: int) -> str:
        """The original line or lines behind a span of `flat`."""
        first = bisect_right(self._starts, start) - 1
        last = max(first, bisect_right(self._starts, max(start, end - 1)) - 1)
        shown = self._worded[first : min(last, first + 3) + 1]
        return " ".join(line.raw.strip() for _, line in shown)


def normalise(text: str) -> Lines:
    """Undo what mail, chat and browsers do to terminal output; keep each original line beside."""
    text = _quoted_printable(_cap(text))
    if "<" in text or "&lt;" in text:
        text = _BREAK.sub("\n", text)
    text = _LINE_END.sub("\n", text)
    return Lines(tuple(_without_numbers(_without_bars(_single_spaced(_lines(text))))))


def _without_bars(lines: list[Line]) -> list[Line]:
    """A table's border before every line."""
    worded = [line for line in lines if line.text]
    if len(worded) <= 1 or not all(
        line.text.startswith(("| ", "|\t")) or line.text == "|" for line in worded
    ):
        return lines
    return [Line(line.text[2:], line.raw) for line in lines]


def _without_numbers(lines: list[Line]) -> list[Line]:
    """Line numbers of an editor or a viewer; a traceroute's hops have no prompt after them."""
    worded = [line for line in lines if line.text]
    numbered = [found for line in worded if (found := _NUMBERED.match(line.text))]
    if len(numbered) < len(worded) or not numbered or not _PROMPTED.match(numbered[0]["rest"]):
        return lines
    return [Line(_NUMBERED.sub(r"\g<rest>", line.text), line.raw) for line in lines]


def _single_spaced(lines: list[Line]) -> list[Line]:
    """Mail that puts an empty line after every line: the empty ones mean nothing."""
    blank = sum(not line.text for line in lines)
    pairs = sum(not b.text for a, b in pairwise(lines) if a.text)
    worded = len(lines) - blank
    if worded < _FEW_LINES or pairs < worded - 2 or blank > worded + 2:
        return lines
    return [line for line in lines if line.text]


def _cap(text: str) -> str:
    if len(text) <= _READ_HEAD + _READ_TAIL:
        return text
    return text[:_READ_HEAD] + "\n" + text[-_READ_TAIL:]


def _quoted_printable(text: str) -> str:
    """Decode a raw quoted-printable mail body; anything else is left as it is."""
    if "=3D" not in text and len(_SOFT_BREAK.findall(text)) < 2:  # noqa: PLR2004 - one may be base64
        return text
    joined = _SOFT_BREAK.sub("", text)
    return _QP.sub(lambda m: _decode_qp(m.group(1)), joined)


def _decode_qp(octets: str) -> str:
    return bytes.fromhex(octets.replace("=", "")).decode("utf-8", "replace")


def _lines(text: str) -> list[Line]:
    lines: list[Line] = []
    for raw in text.split("\n"):
        for part in _parts(raw):
            clean = _clean(part)
            only_codes = not clean and bool(part.strip())
            if not only_codes and not _FENCE.match(clean):
                lines.append(Line(clean, part))
    return lines


def _parts(raw: str) -> list[str]:
    """A hostile line of a megabyte is cut, so that no pattern meets it whole.

    Dig's answer on one line, as chats and forms leave it, gets its line ends back.
    """
    if raw.count(";; ") >= _DIG_MARKS and len(raw) <= MAX_LINE:
        return _DIG_LINE.split(raw)
    return [raw[i : i + MAX_LINE] for i in range(0, len(raw), MAX_LINE)] or [""]


def _clean(raw: str) -> str:
    text = _ANSI.sub("", raw)
    text = _LOST_ESC.sub("", text) if "m" in text and "[" in text else text
    text = with_own_links(_unescape(text))
    text = _INVISIBLE.sub("", text).translate(_TRANSLATE)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = _TAGS.sub("", text) if "<" in text else text
    return _QUOTE_MARKS.sub("", text).expandtabs(8).rstrip()


def _unescape(text: str) -> str:
    """HTML entities, also those that a web form escaped twice."""
    for _ in range(2):
        if "&" not in text:
            break
        text = html.unescape(text)
    return text
