"""Is a product version inside a range such as `>=16.0`? Unknown versions are inside every range."""

import re
from collections.abc import Sequence
from typing import Final

_RANGE: Final = re.compile(r"(>=|<)(\d{1,2})\.(\d{1,2})")


class RangeError(ValueError):
    """Not a range that we know."""


def in_range(wanted: str, versions: Sequence[str]) -> bool | None:
    """Return whether the versions are inside; None when it is not known or they disagree."""
    if not wanted:
        return True
    match = _RANGE.fullmatch(wanted)
    if match is None:
        raise RangeError(f"{wanted!r}: a range is written >=16.0 or <16.0")
    bound = (int(match.group(2)), int(match.group(3)))
    answers = {(_numbers(version) >= bound) == (match.group(1) == ">=") for version in versions}
    return answers.pop() if len(answers) == 1 else None


def is_of(since: str, until: str, versions: Sequence[str]) -> bool:
    """Can one of these versions be meant by what is true since one and until another? None: yes."""
    return not versions or any(
        (not since or _exact(since) <= _exact(version))
        and (not until or _exact(version) < _exact(until))
        for version in versions
    )


def _exact(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))[:3]


def _numbers(version: str) -> tuple[int, int]:
    parts = re.findall(r"\d+", version)
    return int(parts[0]) if parts else 0, int(parts[1]) if len(parts) > 1 else 0
