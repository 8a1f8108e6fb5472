"""The desk's menu of realistic tickets."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_name("samples.toml")


@dataclass(frozen=True, slots=True)
class Sample:
    """One ticket to file."""

    id: str
    title: str
    scenario: str
    """What the runbook should make of it; empty when the bot must not look."""
    requester: str
    email: str
    subject: str
    description: str
    tags: tuple[str, ...]
    fields: dict[str, str] = field(default_factory=dict)
    """By the runbook's own keys."""


@cache
def samples() -> tuple[Sample, ...]:
    """All samples, in the file's order."""
    with _FILE.open("rb") as file:
        return tuple(_read(item) for item in tomllib.load(file)["sample"])


def sample(key: str) -> Sample | None:
    """The sample with this id."""
    return next((item for item in samples() if item.id == key), None)


def _read(item: dict[str, Any]) -> Sample:
    text = str(item["description"]).strip()
    return Sample(**{**item, "tags": tuple(item["tags"]), "description": text})
