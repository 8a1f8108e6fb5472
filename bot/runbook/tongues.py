"""What causes, scenarios and silences are called in agents' languages; which names are wrong."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, get_args

import msgspec

from bot.evidence.observation import CAUSES
from bot.runbook.speak import Silence

#: `de`, `pt-BR`, `zh_Hans_CN`: what a browser, or Zendesk, calls a language.
_LOCALE: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}")


class Tongue(msgspec.Struct, frozen=True, kw_only=True):
    """One language's words by id; what is missing is shown in English."""

    causes: dict[str, str] = {}
    scenarios: dict[str, str] = {}
    silences: dict[str, str] = {}

    def over(self, other: "Tongue") -> "Tongue":
        """Return both, this one's words where both have some."""
        return Tongue(
            causes=other.causes | self.causes,
            scenarios=other.scenarios | self.scenarios,
            silences=other.silences | self.silences,
        )


def best_of(known: Collection[str], locale: str) -> str:
    """Return the language that fits best: `de_AT` takes `de`; empty where none does."""
    asked = locale.strip().replace("_", "-").lower()
    if not _LOCALE.fullmatch(asked):
        return ""
    by_name = {name.lower(): name for name in known}
    return by_name.get(asked) or by_name.get(asked.partition("-")[0], "")


def tongue_problems(tongues: Mapping[str, Tongue], scenarios: Collection[str]) -> Iterator[str]:
    """Yield every id that names nothing, every empty word, and files whose name is no language."""
    for locale, tongue in sorted(tongues.items()):
        where = f"languages/{locale}.toml"
        if not _LOCALE.fullmatch(locale.lower()):
            yield f"{where}: name the file by its language, such as de.toml or pt-BR.toml"
        for kind, said, known in _kinds(tongue, scenarios):
            for name, words in said.items():
                if name not in known:
                    yield f"{where}: {kind}s.{name} is no {kind}{_nearest(name, known)}"
                elif not words.strip():
                    yield f"{where}: {kind}s.{name} is empty: leave the line out for English"


def tongue_gaps(tongues: Mapping[str, Tongue], scenarios: Collection[str]) -> Iterator[str]:
    """Yield what a language has no words for."""
    for locale, tongue in sorted(tongues.items()):
        for kind, said, known in _kinds(tongue, scenarios):
            for name in known:
                if name not in said:
                    yield f"languages/{locale}.toml: {kind}s.{name} is missing: shown in English"


def _kinds(
    tongue: Tongue, scenarios: Collection[str]
) -> tuple[tuple[str, Mapping[str, str], Collection[str]], ...]:
    return (
        ("scenario", tongue.scenarios, scenarios),
        ("cause", tongue.causes, CAUSES),
        ("silence", tongue.silences, get_args(Silence)),
    )


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
