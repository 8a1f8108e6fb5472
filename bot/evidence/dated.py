"""The pieces of a paste in the order of their times: what was seen last stands last."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from bot.evidence.complaints import complains
from bot.evidence.eras import PRESENT, eras
from bot.evidence.normalise import Lines
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.segments import pieces
from bot.evidence.troublewords import trouble_in

#: The fact that says when: days from the present, negative in the past.
WHEN: Final = "when"
_LONGEST: Final = 600
#: It did, and does so no more.
_NO_MORE: Final = re.compile(
    r"\b(?:no longer|n[o']t [\w ]{0,30}any ?more|stopped \w+ing|nicht mehr"
    r"|ne [\w']+ plus|ya no|não [\w ]{1,30} mais|non [\w ]{1,30} più)\b|なくなり|なくなった",
    re.IGNORECASE,
)


def dated_pieces(lines: Lines, vantage: str, today: date | None = None) -> tuple[Piece, ...]:
    """Every piece, the oldest first where the paste says so, and else in its own order."""
    found: list[Piece] = []
    for era in eras(lines, today):
        for piece in pieces(era.lines, vantage, today):
            facts = piece.facts if era.when is None else {**piece.facts, WHEN: era.when}
            found.append(replace(piece, facts=facts))
    return tuple(sorted(found, key=_when_cut))


def _when_cut(piece: Piece) -> float:
    when = piece.facts.get(WHEN)
    return when if isinstance(when, float) else PRESENT


def when_of(seen: Observation) -> float | None:
    """Days from the present, when the paste says."""
    when = seen.facts.get(WHEN)
    return when if isinstance(when, float) else None


def is_too_old(seen: Observation, failed: Observation, *, later: bool) -> bool:
    """Was it seen before the failure, so that it cannot heal it?

    Of what is said to be over, nothing heals what stands below it, maybe without a date.
    """
    then, now = when_of(seen), when_of(failed)
    if then is None or now is None:
        return False
    return then < now or (then == now < PRESENT and not later)


def newest(fails: Sequence[Observation]) -> Sequence[Observation]:
    """The failures of the latest time that any of them was seen at."""
    known = [when for seen in fails if (when := when_of(seen)) is not None]
    return [seen for seen in fails if when_of(seen) in {None, max(known, default=None)}]


def since_then(good: Observation, cut: Iterable[Piece]) -> tuple[Observation, ...]:
    """What is said to fail later than the good news was seen, as a doubt about it."""
    seen = when_of(good)
    if seen is None:
        return ()
    later = [piece for piece in cut if _when_cut(piece) > seen and _tells_of_trouble(piece)]
    return tuple(piece.named("text").see("unclear", "unknown", doubt="told") for piece in later[:1])


def _tells_of_trouble(piece: Piece) -> bool:
    lines = [line.text[:_LONGEST] for line in piece.out.lines if line.text.strip()]
    return any(_NO_MORE.search(one) or trouble_in(one) or complains(one) for one in lines)
