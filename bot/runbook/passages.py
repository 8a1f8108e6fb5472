"""A ticket as passages: who said it, where it stands, whether it was only quoted, how new it is."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from bot.evidence.checkscript_block import blank_blocks
from bot.runbook.ticket import Author, Comment, Ticket
from bot.runbook.vocabulary import Present, Vocabulary

Kind = Literal["subject", "text", "quoted"]
Span = tuple[int, int]

#: What one ticket is read for at most; a longer paste is cut, never the program.
PASSAGE_LIMIT: Final = 20_000
TICKET_LIMIT: Final = 80_000

#: What is read as the same character: quotes, dashes, blanks, full-width letters.
_ALIKE: Final = (
    dict.fromkeys(map(ord, "\u2018\u2019\u201a\u00b4`"), "'")
    | dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb"), '"')
    | dict.fromkeys(map(ord, "\u2010\u2011\u2013\u2014"), "-")
    | dict.fromkeys(map(ord, "\u00a0\u202f\u3000\u200b\ufeff\r\t"), " ")
    | {0x2026: "."}
    | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
)
#: A mail program broke the line in the middle of a sentence.
_WRAPPED: Final = re.compile(r"(?<=[^\n]{45})\n(?=[a-zà-ÿ(0-9])")
#: What the sender did not show, nobody has read; a body without an end ends the comment.
_HIDDEN: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
#: A scanner reads l as 1; so many words of that kind are a scan and no names of machines.
_SCANNED: Final = re.compile(r"(?<![\w.@/:-])(?=[a-z1]*1[a-z])[a-z1]{4,24}(?![\w@/:-])")
_SCAN_WORDS: Final = 3
_QUOTE_MARK: Final = re.compile(r"^[ \t]*((?:>[ \t]?|\|[ ](?=[>|]))+)")
#: A mail program's line above what it quotes, in the languages we read.
_QUOTE_HEAD: Final = re.compile(
    r"^\s*(?:-{2,}\s*(?:original (?:message|appointment)|forwarded message|urspr.ngliche nachricht"
    r"|weitergeleitete nachricht|message (?:d'origine|transf.r.)|mensaje (?:original|reenviado)"
    r"|mensagem (?:original|encaminhada)|元のメッセージ|転送).*"
    r"|(?:on|am|le|el|em)\b.{4,120}(?:wrote|schrieb|a .crit|escribi.|escreveu)\b.{0,60}:"
    r"|.{4,80}(?:さん)?(?:は|が)?書きました[::]?|(?:from|von|de|差出人)\s?[::].{2,120})\s*$",
    re.IGNORECASE,
)
_FORWARD_SUBJECT: Final = re.compile(
    r"^\s*(?:(?:re|aw)\s*:\s*)*(?:fwd?|wg|tr|rv|enc|i|転送)\s*[:\uff1a]", re.IGNORECASE
)
_FORWARD_WORDS: Final = re.compile(
    r"see (?:below|thread|the (?:mail|message))|below (?:is|the)|forward(?:ed|ing)|siehe unten"
    r"|weitergeleitet|leite ich|voir ci-dessous|ci-dessous|transf[eé]r|ver (?:abajo|m[aá]s abajo)"
    r"|reenv[ií]o|encaminh|ver abaixo|下記|以下|転送",
    re.IGNORECASE,
)
#: A mail this short says little besides pointing at what it quotes.
_POINTER: Final = 400
_SIGNATURE: Final = re.compile(r"^--\s*$")


@dataclass(frozen=True, slots=True)
class Passage:
    """One stretch of a ticket's text from one hand."""

    kind: Kind
    source: str
    """``subject``, ``description`` or ``comment 2``, with ``(quoted)`` where it is."""
    author: Author
    text: str
    """As it was written, quote marks taken off."""
    plain: str
    """For matching: as long as `text`, lower case, one kind of quote and blank."""
    order: int
    """0 for the subject and the description, then by comment."""
    depth: int = 0
    """How often it was quoted; deeper is older."""
    forwarded: bool = False
    """The quoted text is what the mail is about."""
    at: datetime | None = None
    sentences: dict[Span, Span] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Those that were already looked for; a changed copy starts anew, also below."""
    present: dict[Vocabulary, Present] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Which patterns can match here at all."""


def passages(ticket: Ticket) -> tuple[Passage, ...]:
    """Return the ticket's passages: subject first, then the conversation, oldest first."""
    forwarded = bool(_FORWARD_SUBJECT.match(ticket.subject))
    found = []
    if ticket.subject.strip():
        found.append(
            _passage("subject", "subject", ticket.subject, "customer", 0, ticket.created_at)
        )
    description = Comment(
        ticket.description_author, ticket.description, created_at=ticket.created_at
    )
    left = TICKET_LIMIT
    for order, comment in enumerate((description, *ticket.comments)):
        if comment.author == "bot":
            continue
        body = _HIDDEN.sub(_blank, comment.body[: min(PASSAGE_LIMIT, left)])
        left -= len(body)
        source = f"comment {order}" if order else "description"
        found += _message(body, source, comment, order, forwarded=forwarded and order == 0)
    return tuple(found)


def plain(text: str) -> str:
    """Return a copy for matching, character by character as long as `text`."""
    text = blank_blocks(text)  # its words are the check script's, not the customer's
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when lowered; offsets must not move
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return _WRAPPED.sub(" ", _unscanned(lowered.translate(_ALIKE)))


def _unscanned(text: str) -> str:
    """Undo what a scanner did, where a text is full of it."""
    words = {match.group() for match in _SCANNED.finditer(text)} if text.count("1") > 1 else ()
    if len(words) < _SCAN_WORDS:
        return text
    return _SCANNED.sub(lambda match: match.group().replace("1", "l"), text)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _passage(
    kind: Kind, source: str, text: str, author: Author, order: int, at: datetime | None
) -> Passage:
    return Passage(kind, source, author, text, plain(text), order, at=at)


def _message(
    body: str, source: str, comment: Comment, order: int, *, forwarded: bool
) -> list[Passage]:
    runs = _runs(body)
    own = "".join(text for depth, text in runs if depth == 0)
    about = (
        forwarded or not own.strip() or (len(own) < _POINTER and bool(_FORWARD_WORDS.search(own)))
    )
    found = []
    for depth, text in runs:
        if not text.strip():
            continue
        where = f"{source} (quoted)" if depth else source
        found.append(
            Passage(
                "quoted" if depth else "text", where, comment.author, text, plain(text), order,
                depth, about and depth > 0, comment.created_at,
            )
        )  # fmt: skip
    return found


def _runs(body: str) -> list[tuple[int, str]]:
    """Cut a message where the depth of quotation changes; a signature is left out."""
    runs: list[tuple[int, list[str]]] = []
    below = 0
    signed = False
    for line in body.splitlines():
        mark = _QUOTE_MARK.match(line)
        marks = mark.group(1).count(">") + mark.group(1).count("|") if mark else 0
        if not marks and _QUOTE_HEAD.match(line):
            below, signed = below + 1, False
            continue
        if not marks and _SIGNATURE.match(line):
            signed = True
        if marks:
            signed = False
        if signed:
            continue
        depth = below + marks
        text = line[mark.end() :] if mark else line
        if not runs or runs[-1][0] != depth:
            runs.append((depth, []))
        runs[-1][1].append(text)
    return [(depth, "\n".join(lines)) for depth, lines in runs]


_ENDS: Final = re.compile(
    r"[.!?。!?](?=\s|$|[^\x00-\x7f])|\n\s*\n|\n(?=\s*(?:[-*$#>]|\d+[.)]))|;\s"
    r"|\s(?=\(?[1-9a-e]\)\s)"
)


def sentence_around(passage: Passage, start: int, end: int) -> Span:
    """Return where the sentence around a match begins and ends, at most about 320 characters."""
    found = passage.sentences.get((start, end))
    if found is None:
        found = passage.sentences[start, end] = _sentence(passage.text, start, end)
    return found


def _sentence(text: str, start: int, end: int) -> Span:
    begin, last = max(0, start - 160), min(len(text), end + 160)
    for match in _ENDS.finditer(text, begin, start):
        begin = match.end()
    after = _ENDS.search(text, end, last)
    return begin, after.end() if after else last
