"""The agent's language in the sidebar's answers: words for the ids that an answer holds."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bot.manifest_file import ManifestError
from bot.runbook.tongues import Tongue, best_of
from bot.tongues import load_tongues

log = logging.getLogger(__name__)

#: Under which keys an answer names what.
_KEYS: Final = {
    "cause": "cause", "scenario": "scenario", "said": "scenario", "code": "silent",
}  # fmt: skip


def tongues_of(overlay: Path | None) -> Mapping[str, Tongue]:
    """Read every language once, at the start; a broken file costs its words, never the start."""
    try:
        return load_tongues(overlay)
    except ManifestError as error:
        log.warning("the sidebar speaks English: `licensing-bot manifests check` says why",
                    extra={"problems": list(error.problems)})  # fmt: skip
        return {}


def with_words(
    answer: Mapping[str, object], tongues: Mapping[str, Tongue], locale: str
) -> Mapping[str, object]:
    """Return the answer, with the words of the best language where there is one."""
    found = best_of(tongues, locale)
    if not found:
        return answer
    tongue, named = tongues[found], {*_named(answer)}
    lists = {"cause": tongue.causes, "scenario": tongue.scenarios, "silent": tongue.silences}
    words = {
        name: _said(said, {one for key, one in named if _KEYS.get(key) == name})
        for name, said in lists.items()
    }
    return {**answer, "words": {"locale": found, **words}}


def _said(words: Mapping[str, str], named: set[str]) -> dict[str, str]:
    """Sorted, so that the same answer keeps its ETag."""
    return {name: words[name] for name in sorted(named & words.keys())}


def _named(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _named(one, "scenario" if (key, name) == ("scenarios", "id") else str(name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _named(one, key)
