"""Our own labelled pastes, and what mail, chat and screenshots do to them."""

import html
import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.evidence.headline import headline
from bot.evidence.observation import Observation
from bot.evidence.pasted import read_pasted
from bot.evidence.product import ProductString
from bot.manifests import load_manifests

_FOLDER = Path(__file__).parent / "samples"


@dataclass(frozen=True, slots=True)
class Sample:
    id: str
    text: str
    layer: str
    verdict: str
    causes: frozenset[str]
    facts: tuple[tuple[str, str], ...]


@cache
def samples(name: str) -> tuple[Sample, ...]:
    lines = (_FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    return tuple(_sample(json.loads(line)) for line in lines)


def _sample(row: dict[str, object]) -> Sample:
    expected = row["expected"]
    assert isinstance(expected, dict)
    return Sample(
        id=str(row["id"]),
        text=str(row["text"]),
        layer=expected["layer"],
        verdict=expected["verdict"],
        causes=frozenset({expected["cause"], *expected.get("also_ok_causes", ())}),
        facts=tuple((key, str(value)) for key, value in expected.get("facts", {}).items()),
    )


def decisive(text: str) -> Observation | None:
    return headline(read_pasted(text, strings=_strings()))


@cache
def _strings() -> tuple[ProductString, ...]:
    return load_manifests().runbook.product_strings


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def quoted_twice(text: str) -> str:
    return "\n".join(f">> {line}" for line in text.split("\n"))


def as_html(text: str) -> str:
    lines = (html.escape(line).replace("  ", "&nbsp; ") for line in text.split("\n"))
    return "<br>\n".join(lines)


def wrapped(text: str) -> str:
    return "\n".join(
        "\n".join(textwrap.wrap(line, 76, break_long_words=False)) for line in text.split("\n")
    )


def with_windows_line_ends(text: str) -> str:
    return text.replace("\n", "\r\n")


def with_zero_width(text: str) -> str:
    return text.replace("tion", "t\u200bion").replace(" ", "\u00a0")


def with_smart_quotes(text: str) -> str:
    return text.replace("'", "\u2019").replace('"', "\u201d").replace("--", "\u2014")


def in_a_fence(text: str) -> str:
    return f"Hello,\n\nhere is what we get:\n\n```console\n{text}\n```\n\nRegards,\nJo"


def coloured(text: str) -> str:
    return "\n".join(f"\x1b[1;32m{line}\x1b[0m" for line in text.split("\n"))


MANGLINGS: tuple[Callable[[str], str], ...] = (
    quoted,
    quoted_twice,
    as_html,
    wrapped,
    with_windows_line_ends,
    with_zero_width,
    with_smart_quotes,
    in_a_fence,
    coloured,
)
