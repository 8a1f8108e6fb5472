"""The blocks that the script printed in the fault lab, with what is wrong there."""

import json
from dataclasses import dataclass
from pathlib import Path

from bot.evidence.checkscript_block import posix_checksum

BEGIN, END = "-----BEGIN CLOUD LICENSE CHECK-----", "-----END CLOUD LICENSE CHECK-----"
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


def records(text: str) -> list[str]:
    """The records of a block, the last one with the checksum among them."""
    body = text.partition(BEGIN)[2].partition(END)[0].replace("\n", "")
    return [f"{record};;" for record in body.split(";;") if record]


def block_of(parts: list[str]) -> str:
    """These records between the markers, as they are."""
    return "\n".join([BEGIN, *parts, END])


def printed(parts: list[str]) -> str:
    """These records as the script would have printed them, whole."""
    total = f"sum;crc={posix_checksum(''.join(parts))};n={len(parts)};;"
    return block_of([*parts, total])
