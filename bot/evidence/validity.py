"""Is a certificate's term over, or not begun? Its dates against the day of the paste."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.evidence.moments import dates_in
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece

_BEGINS: Final = re.compile(
    r"(?:not ?(?:valid )?before|start date|valid (?:from|since)|issued on|activated"
    r"|gültig (?:ab|von))"
    r"\W{1,6}(?P<when>[^\n;]{6,80}?)(?=;|,? (?:expires|until|to|bis)\b|$)",
    re.IGNORECASE | re.MULTILINE,
)
_ENDS: Final = re.compile(
    r"(?:not ?(?:valid )?after|expire date|expires(?: on)?|\buntil|valid (?:to|until)|gültig bis)"
    r"\W{1,6}(?P<when>[^\n;]{6,60})",
    re.IGNORECASE,
)
#: What a tool has not compared with the clock, or what verification left open.
_OPEN: Final = frozenset(
    {"tls_ok", "truncated", "unclear", "irrelevant", "tls_verification_disabled"}
)


@dataclass(frozen=True, slots=True)
class Term:
    """From when until when a certificate is valid; the end's words for the quote."""

    begins: date | None
    ends: date | None
    match: re.Match[str]

    def cause(self, today: date | None) -> str:
        """What is wrong with it on that day, or an empty string."""
        if today is not None and self.ends is not None and self.ends < today:
            return "tls_expired"
        if today is not None and self.begins is not None and today < self.begins:
            return "tls_not_yet_valid"
        return ""


def term_in(text: str) -> Term | None:
    """The first certificate's term: tools print the server's own before those above it."""
    begins, ends = _BEGINS.search(text), _ENDS.search(text)
    match = ends or begins
    if match is None:
        return None
    term = Term(_day(begins), _day(ends), match)
    return term if term.begins or term.ends else None


def out_of_term(piece: Piece, term: Term | None) -> Observation | None:
    """The observation of a term that is over or not begun on the day of the paste."""
    cause = term.cause(piece.today) if term else ""
    if term is None or not cause:
        return None
    days = {
        "not_before": term.begins.isoformat() if term.begins else None,
        "not_after": term.ends.isoformat() if term.ends else None,
    }
    shown = piece.where(term.match.group(0).strip())
    return piece.see(cause, match=shown or term.match, facts=days)


def in_term(piece: Piece, seen: Observation) -> Observation:
    """The same observation, unless the dates beside it say what it leaves open."""
    if seen.cause not in _OPEN:
        return seen
    term = term_in(piece.text)
    over = out_of_term(piece, term)
    if over is not None:
        return over
    alone = seen.verdict == "unknown" and term is not None and piece.today is not None
    shown = term is not None and "issuer" not in seen.facts
    if alone and shown and term is not None and not piece.text.count("CONNECTED("):
        return piece.see("tls_ok", "ok", match=piece.where(term.match.group(0).strip()))
    return seen


def _day(match: re.Match[str] | None) -> date | None:
    return next(dates_in(match["when"]), None) if match else None
