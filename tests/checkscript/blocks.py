"""The blocks that the script printed in the fault lab, with what is wrong there."""

import json
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("blocks.jsonl")


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of the script under one condition."""

    id: str
    text: str
    layers: tuple[str, ...]
    """Layers that are a right answer."""
    cause: str
    """What the reader makes of it today."""
    activates: tuple[str, ...]
    healthy: bool


def samples() -> list[Sample]:
    """Every sample, in the file's order."""
    rows = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]
    return [
        Sample(
            row["id"],
            row["text"],
            tuple(row["layers"]),
            row["cause"],
            tuple(row["activates"]),
            row["healthy"],
        )
        for row in rows
    ]


def sample(name: str) -> Sample:
    """One sample by its id."""
    return next(one for one in samples() if one.id == name)
