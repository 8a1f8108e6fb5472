"""Reads one file of manifests/ into its type; every mistake is named with file and key."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from bot.runbook.unknown_keys import unknown_keys

T = TypeVar("T")
_REPOSITORY: Final = Path(__file__).parent.parent / "manifests"
_WHEEL: Final = Path(__file__).parent / "_data" / "manifests"


class ManifestError(Exception):
    """Something in manifests/ cannot be used; one line per problem, with file and key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class ManifestFiles:
    """Where each file lies; an overlay's file stands in for the built-in one of the same id."""

    paths: Mapping[str, Path]

    def under(self, folder: str, suffix: str) -> Iterator[tuple[str, Path]]:
        """Yield the files below a folder, by name."""
        for name, path in sorted(self.paths.items()):
            if name.startswith(f"{folder}/") and name.endswith(suffix):
                yield name, path


def manifests_folder() -> Path:
    """Return the built-in manifests: the repository's, or the wheel's."""
    return _REPOSITORY if _REPOSITORY.is_dir() else _WHEEL


def read_file(files: ManifestFiles, name: str, kind: type[T], problems: list[str]) -> T | None:
    """Read a file as `kind`; what is wrong with it is added to `problems`, and None returned."""
    path = files.paths.get(name)
    if path is None:
        problems.append(f"{name}: is missing")
        return None
    return convert(
        name, read_toml(name, path.read_text(encoding="utf-8"), problems), kind, problems
    )


def read_toml(name: str, text: str, problems: list[str]) -> Any:
    """Parse TOML; a mistake is added to `problems`, and None returned."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{name}: {error}")
        return None


def convert(name: str, data: Any, kind: type[T], problems: list[str]) -> T | None:
    """Turn parsed data into `kind`; unknown keys and wrong types are added to `problems`."""
    if data is None:
        return None
    strange = [
        f"{name}: {where} is not a known key{_nearest(where, allowed)};"
        f" allowed: {', '.join(allowed)}"
        for where, allowed in unknown_keys(data, kind)
    ]
    problems += strange
    if strange:
        return None
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        problems.append(f"{name}: {error}")
        return None


def _nearest(where: str, allowed: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(where.rpartition(".")[2], allowed, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
