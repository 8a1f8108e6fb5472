"""The product's own error strings: the table comes from manifests, the matching is here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.evidence.observation import CAUSES, Layer, Observation, Verdict
from bot.evidence.piece import Piece

#: What ``V`` (display name), ``v`` (path name) and ``N`` (a number with separators) stand for.
VENDOR: Final = r"(?:GitLab|Example[ _]Company)"
VENDOR_PATH: Final = r"(?:gitlab|example_company)"
NUMBER: Final = r"\d{1,3}(?:[.,'  ]?\d{3}){0,3}"


@dataclass(frozen=True, slots=True)
class ProductString:
    """One string that the product shows, and what it means for the diagnosis."""

    id: str
    phase: str
    patterns: tuple[re.Pattern[str], ...]
    layer: Layer
    cause: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class StringRow:
    """A row of ``manifests/runbook/product_strings.toml``, before its patterns are compiled."""

    id: str
    regex: tuple[str, ...]
    phase: str
    cause: str
    verdict: Verdict = "fail"
    layer: Layer | None = None
    since: str = ""
    until: str = ""
    meaning: str = ""
    ask: str = ""


def compile_strings(rows: Iterable[StringRow]) -> tuple[ProductString, ...]:
    """Rows with ``<V>``, ``<v>`` and ``<N>`` filled in; an unknown cause is refused."""
    return tuple(_compile(row) for row in rows)


def _compile(row: StringRow) -> ProductString:
    if row.cause not in CAUSES:
        raise ValueError(f"product string {row.id}: {row.cause!r} is not a cause")
    return ProductString(
        id=row.id,
        phase=row.phase,
        patterns=tuple(re.compile(_filled(text), re.IGNORECASE) for text in row.regex),
        layer=row.layer or CAUSES[row.cause],
        cause=row.cause,
        verdict=row.verdict,
    )


def _filled(text: str) -> str:
    return text.replace("<V>", VENDOR).replace("<v>", VENDOR_PATH).replace("<N>", NUMBER)


def read_product(piece: Piece, strings: Iterable[ProductString]) -> tuple[Observation, ...]:
    """Every product string in the piece, in the order of the table."""
    return tuple(seen for string in strings if (seen := _find(piece, string)) is not None)


def _find(piece: Piece, string: ProductString) -> Observation | None:
    for pattern in string.patterns:
        match = piece.find(pattern)
        if match is not None:
            return piece.see(
                string.cause,
                string.verdict,
                match=match,
                layer=string.layer,
                product_string=string.id,
                error_strings=(match.group(0),),
            )
    return None
