"""A cheap guard for a pattern: strings of which one must occur before the pattern can match."""

import re
from functools import cache
from typing import Final

#: Escapes, classes, quantifiers, and single characters.
_PIECES: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)
_PLAIN_ESCAPES: Final = frozenset(".-/:()[]+?*|")
_SHORTEST: Final = 3


@cache
def guards(pattern: str) -> tuple[str, ...]:
    """Return strings of which one must occur for the pattern to match; none when unsure.

    Only what stands outside groups, classes and alternatives counts, and the last letter before
    a quantifier is given up: careful, not clever.
    """
    longest: list[str] = []
    runs = [""]
    depth = 0
    for piece in _PIECES.findall(pattern):
        if piece in "()":
            depth += 1 if piece == "(" else -1
            runs.append("")
        elif depth == 0 and piece == "|":
            longest.append(max(runs, key=len))
            runs = [""]
        elif depth == 0:
            _extend(runs, piece)
    longest.append(max(runs, key=len))
    return () if any(len(run) < _SHORTEST for run in longest) else tuple(longest)


def _extend(runs: list[str], piece: str) -> None:
    """Add one piece outside every group to the literal runs."""
    if piece[0] in "*?{":
        runs[-1] = runs[-1][:-1]
        runs.append("")
    elif piece[0] == "\\" and piece[1] in _PLAIN_ESCAPES:
        runs[-1] += piece[1]
    elif piece[0] in "\\[.^$+ ":
        runs.append("")
    else:
        runs[-1] += piece
