"""Secrets on a command line that no name tells: `docker login -p …`, `mysql -p…`, `echo …|`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bot.evidence.redact_standins import STAND_IN, Edit, StandIns
from bot.evidence.redact_tools import OPTION, RARE, RECEIVER, RECEIVING, SAYING, TOOL, TOOLS, Tool
from bot.evidence.secret_values import is_placeholder, looks_chosen

_REACH: Final = 2000
_MOST_WORDS: Final = 120
_MOST_TOOLS: Final = 12
_QUOTES: Final = r"(?:&quot;|&\#0?3[49];|&\#x2[27];|&apos;|\\{1,4}[\"'])"
#: A word of a command line, also where its quotes are spelled for JSON or HTML.
_WORD: Final = re.compile(
    r"(?:[ \t]|[\\`^]\r?\n)*"
    r"(?P<w>(?:'[^'\n]{0,400}'|\"(?:[^\"\\\n]|\\[^nr\n]){0,400}\"|\\[^nrtu\s]"
    rf"|{_QUOTES}|\[[A-Za-z-]+(?: [A-Za-z-]+)? \d+\]|[^\s'\"|;&<>\\\x1b])+)"
)
_HULL: Final = re.compile(rf"(?:['\"]|{_QUOTES})*")
_HULL_END: Final = re.compile(rf"(?:['\"]|{_QUOTES})+\Z")
_CONTINUED: Final = re.compile(r"[\\`^]\r?\n\Z")
#: A variable, a file, an option or what a manual writes in place of a secret.
_NO_SECRET: Final = re.compile(
    r"[$<{@%-]|(?:env|file|fd):|stdin\Z|/dev/"
    r"|(?i:(?:your|my|the|new|old|some|user|db|root|admin)?[-_ ]?"
    r"(?:password|passwd|passwort|passphrase|pass|pwd|secret|token|value|key|here|string)s?\Z)"
)
_SHORTEST: Final = 3

Span = tuple[int, int]


def replace_in_commands(text: str, standins: StandIns) -> str:
    """Return the text with a stand-in for every secret on a command line."""
    edits = sorted(_edits(text), key=lambda edit: edit[1])
    pieces: list[str] = []
    done = 0
    for kind, start, end in edits:
        if start >= done:
            pieces += [text[done:start], standins.token(kind, text[start:end])]
            done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _edits(text: str) -> Iterator[Edit]:
    if " -" in text or " /" in text or any(word in text for word in RARE):
        for start, end in _lines(text):
            yield from _on_line(text, start, end)
    if ("|" in text or "<<<" in text) and any(word in text for word in RECEIVING):
        yield from _piped(text)


def _lines(text: str) -> Iterator[Span]:
    """Yield where the lines lie that have an option of a program in them."""
    done = 0
    for mark in _marks(text):
        if mark < done:
            continue
        start = _line_start(text, mark)
        while _CONTINUED.search(text, max(0, start - 3), start) and mark - start < _REACH:
            start = _line_start(text, start - 1)
        done = _line_end(text, mark)
        yield start, done


def _marks(text: str) -> list[int]:
    marks = [match.start() for match in OPTION.finditer(text)]
    marks += [match.start() for word in RARE if word in text for match in re.finditer(word, text)]
    return sorted(marks)


def _line_end(text: str, at: int) -> int:
    """Return where the command ends that is there; its lines may go on below."""
    limit = min(len(text), at + _REACH)
    end = text.find("\n", at, limit)
    while end >= 0 and _CONTINUED.search(text, max(0, end - 2), end + 1):
        end = text.find("\n", end + 1, limit)
    return end if end >= 0 else limit


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at) + 1, at - _REACH)


def _on_line(text: str, start: int, end: int) -> Iterator[Edit]:
    for match in islice(TOOL.finditer(text, start, end), _MOST_TOOLS):
        tool = TOOLS[int((match.lastgroup or "t0")[1:])]
        for span in _Walk(tool).spans(text, match.end()):
            if not _is_harmless(text[slice(*span)]):
                yield tool.kind, *span
    for option in OPTION.finditer(text, start, end):
        yield from _said(text, option.start())


def _said(text: str, at: int) -> Iterator[Edit]:
    """Yield the word behind an option such as `-password`, whichever program has it."""
    word = _WORD.match(text, at)
    saying = SAYING.fullmatch(text, *word.span("w")) if word else None
    value = _WORD.match(text, word.end()) if word and saying else None
    if saying is None or value is None:
        return
    span = _bare(text, *value.span("w"))
    sure = len(saying["dashes"]) > 1 or looks_chosen(text[slice(*span)])
    if sure and not _is_harmless(text[slice(*span)]):
        yield "password", *span


@dataclass(slots=True)
class _Walk:
    """Goes through the words behind a program's name."""

    tool: Tool
    begun: bool = False
    """The word was met without which nothing counts."""
    plain: int = 0
    """How many plain words came since."""
    awaited: bool = False
    """The next word is the secret."""

    def spans(self, text: str, at: int) -> Iterator[Span]:
        """Yield where secrets lie."""
        self.begun = not (self.tool.only or self.tool.places[0])
        for _ in range(_MOST_WORDS):
            word = _WORD.match(text, at)
            if word is None:
                return
            at = word.end()
            found = self._next(text, *_bare(text, *word.span("w")))
            if found is not None:
                yield from self._inside(text, *found)

    def _next(self, text: str, start: int, end: int) -> Span | None:
        """Return where the secret begins and ends when this word holds one."""
        tool, word = self.tool, text[start:end]
        if self.awaited:
            self.awaited = False
            return start, end
        if not self.begun:
            self.begun = bool(re.fullmatch(tool.only or tool.places[0], word))
            return None
        if tool.apart and re.fullmatch(tool.apart, word):
            self.awaited = True
            return None
        joined = re.match(tool.joined, word) if tool.joined else None
        if joined is not None:
            return _bare(text, start + joined.end(), end)
        self.plain += not word.startswith("-")
        return (start, end) if tool.places[1] and self.plain == tool.places[1] else None

    def _inside(self, text: str, start: int, end: int) -> Iterator[Span]:
        if not self.tool.behind:
            yield start, end
            return
        sign = text.find(self.tool.behind, start, end)
        if sign > start and not text.startswith("//", sign + 1):
            yield _bare(text, sign + 1, end)


def _bare(text: str, start: int, end: int) -> Span:
    """Return a word without the quotes around it."""
    hull = _HULL.match(text, start, end)
    first = hull.end() if hull else start
    closing = _HULL_END.search(text, first, end)
    return first, closing.start() if closing else end


def _is_harmless(value: str) -> bool:
    return (
        len(value) < _SHORTEST
        or STAND_IN.search(value) is not None
        or is_placeholder(value)
        or _NO_SECRET.match(value) is not None
    )


_PIPE: Final = re.compile(r"[ \t]*\|(?!\|)(?:\s|\\\r?\n)*(?P<rest>[^|\n]{0,400})")
_BEFORE: Final = re.compile(
    r"(?:(?P<says>(?:\b|_)(?:echo|printf|Write-Output|Write-Host)[ \t]+"
    r"(?:-[neE]+[ \t]+|[\"']?%s(?:\\{1,4}n)?[\"']?[ \t]+)*)|(?P<quoted>(?=[\"'])))"
    r"(?P<v>'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|[^\s'\"|;&<>]{1,400})\Z"
)
#: So far before a pipe lies what is handed on, with the program that says it.
_BACK: Final = 500
_HERE: Final = re.compile(
    r"<<<[ \t]*(?P<v>'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|[^\s'\"|;&<>]{1,400})"
)


def _piped(text: str) -> Iterator[Edit]:
    """Yield what is handed to a program on its standard input."""
    if RECEIVER.search(text) is None:
        return
    for pipe in _PIPE.finditer(text):
        receiver = RECEIVER.search(pipe["rest"])
        start = max(_line_start(text, pipe.start()), pipe.start() - _BACK)
        before = _BEFORE.search(text, start, pipe.start()) if receiver else None
        if before is not None and receiver is not None:
            yield from _handed(text, before.span("v"), receiver[0])
    for here in _HERE.finditer(text):
        receiver = RECEIVER.search(text, _line_start(text, here.start()), here.start())
        if receiver is not None:
            yield from _handed(text, here.span("v"), receiver[0])


def _handed(text: str, word: Span, receiver: str) -> Iterator[Edit]:
    start, end = _bare(text, *word)
    if receiver == "chpasswd":  # reads lines of user:password
        start = text.find(":", start, end) + 1 or start
    if text[end - 2 : end] == "\\n":
        end -= 2
    if not _is_harmless(text[start:end]):
        yield "password", start, end
