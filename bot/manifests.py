"""Reads manifests/ and checks it completely: a bad file stops the start, never a ticket."""

import difflib
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from bot.evidence.product import StringRow, compile_strings
from bot.runbook.book import (
    Finding,
    Runbook,
    RunbookFile,
    Scenario,
    Snippet,
    SnippetHead,
    Words,
)
from bot.runbook.check import problems_of
from bot.runbook.guarded import GuardedRules
from bot.runbook.handbook import Asides, Handbook, aside_problems, handbook_problems
from bot.runbook.tongues import Tongue, tongue_problems
from bot.runbook.unknown_keys import unknown_keys

T = TypeVar("T")
#: What a folder of one's own manifests may hold, as the built-in one does.
_FOLDERS: Final = ("runbook", "zendesk", "app")
_REPOSITORY: Final = Path(__file__).parent.parent / "manifests"
_WHEEL: Final = Path(__file__).parent / "_data" / "manifests"


class ManifestError(Exception):
    """Something in manifests/ cannot be used; one line per problem, with file and key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Manifests:
    """What manifests/ holds for a running bot."""

    runbook: Runbook
    revision: str
    """Short hash over the contents, the same on every machine."""
    handbook: Handbook
    asides: Asides
    tongues: Mapping[str, Tongue]
    """By language; what the sidebar calls causes and scenarios."""


@dataclass(frozen=True, slots=True)
class _Files:
    """Where each file lies; an overlay's file stands in for the built-in one of the same id."""

    paths: Mapping[str, Path]

    def under(self, folder: str, suffix: str) -> Iterator[tuple[str, Path]]:
        for name, path in sorted(self.paths.items()):
            if name.startswith(f"{folder}/") and name.endswith(suffix):
                yield name, path


def manifests_folder() -> Path:
    """Return the built-in manifests: the repository's, or the wheel's."""
    return _REPOSITORY if _REPOSITORY.is_dir() else _WHEEL


def load_manifests(overlay: Path | None = None) -> Manifests:
    """Read the runbook. Raises ManifestError with every problem that was found."""
    problems: list[str] = []
    if overlay is not None and not overlay.is_dir():
        raise ManifestError([f"MANIFESTS_DIR: {overlay} is not a folder"])
    if overlay is not None and not any((overlay / name).is_dir() for name in _FOLDERS):
        raise ManifestError(
            [f"{overlay}: has none of the folders {', '.join(_FOLDERS)}, so nothing is laid over"]
        )
    files = _find(manifests_folder(), overlay)
    runbook = _read_runbook(files, problems)
    handbook = _read(files, "handbook.toml", Handbook, problems)
    asides = _read(files, "asides.toml", Asides, problems)
    problems += aside_problems(asides) if asides is not None else ()
    tongues = _read_tongues(overlay, problems)
    if runbook is not None:
        problems += problems_of(runbook)
        problems += tongue_problems(tongues, runbook.scenarios)
        problems += handbook_problems(handbook or Handbook(), runbook.scenarios)
        problems += [
            f"findings.toml: trap.{name}: instead_of: {string!r} is not in product_strings.toml"
            for name, trap in runbook.traps.items()
            for string in trap.instead_of
            if string not in runbook.meanings
        ]
    if problems or runbook is None or handbook is None or asides is None:
        raise ManifestError(problems)
    runbook = replace(runbook, findings={**runbook.meanings, **runbook.findings})
    return Manifests(runbook, _revision(files), handbook, asides, tongues)


def load_tongues(overlay: Path | None = None) -> Mapping[str, Tongue]:
    """Read the languages alone: the web process needs no more. Raises ManifestError."""
    problems: list[str] = []
    tongues = _read_tongues(overlay, problems)
    if problems:
        raise ManifestError(problems)
    return tongues


def _find(base: Path, overlay: Path | None) -> _Files:
    paths: dict[str, Path] = {}
    for folder in (base / "runbook", *([overlay / "runbook"] if overlay else [])):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".toml", ".md") and path.name != "README.md":
                paths[path.relative_to(folder).as_posix()] = path
    return _Files(paths)


def _revision(files: _Files) -> str:
    digest = hashlib.sha256()
    for name, path in sorted(files.paths.items()):
        digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:8]


def _read_runbook(files: _Files, problems: list[str]) -> Runbook | None:
    head = _read(files, "runbook.toml", RunbookFile, problems)
    words = _read(files, "words.toml", dict[str, Words], problems)
    findings = _read(files, "findings.toml", dict[str, dict[str, Finding]], problems)
    scenarios = _read_scenarios(files, problems)
    snippets = _read_snippets(files, problems)
    strings = _read(files, "product_strings.toml", dict[str, list[StringRow]], problems)
    guarded = _read(files, "guarded.toml", GuardedRules, problems)
    orders = _read(files, "commands.toml", dict[str, str], problems)
    if head is None or words is None or findings is None or guarded is None or problems:
        return None
    rows = (strings or {}).get("string", [])
    return Runbook(
        head=head,
        words=words,
        findings=findings.get("cause", {}),
        traps=findings.get("trap", {}),
        scenarios={name: scenarios[name] for name in head.scenarios if name in scenarios}
        | scenarios,
        snippets=snippets,
        product_strings=compile_strings(rows),
        guarded=guarded,
        orders=orders or {},
        meanings={row.id: _meaning(row, head) for row in rows if row.meaning},
    )


def _meaning(row: StringRow, head: RunbookFile) -> Finding:
    ask = f"{head.note.get('next', '')}: {row.ask}" if row.ask else ""
    return Finding(says=row.meaning, do=ask, since=row.since, until=row.until)


def _read_tongues(overlay: Path | None, problems: list[str]) -> dict[str, Tongue]:
    """Read `languages/`; an overlay's words are laid over the built-in ones id by id."""
    found: dict[str, Tongue] = {}
    for folder in (manifests_folder(), *([overlay] if overlay else [])):
        for path in sorted((folder / "runbook" / "languages").glob("*.toml")):
            files = _Files({f"languages/{path.name}": path})
            tongue = _read(files, f"languages/{path.name}", Tongue, problems)
            if tongue is not None:
                found[path.stem] = tongue.over(found.get(path.stem, Tongue()))
    return found


def _read_scenarios(files: _Files, problems: list[str]) -> dict[str, Scenario]:
    found: dict[str, Scenario] = {}
    at: dict[str, str] = {}
    for name, _ in files.under("scenarios", ".toml"):
        scenario = _read(files, name, Scenario, problems)
        if scenario is None:
            continue
        if scenario.id in found:
            problems.append(f"{name}: id {scenario.id!r} is already that of {at[scenario.id]}")
        elif name != f"scenarios/{scenario.id}.toml":
            problems.append(
                f"{name}: id: the file of {scenario.id!r} is scenarios/{scenario.id}.toml"
            )
        found[scenario.id], at[scenario.id] = scenario, name
    return found


def _read_snippets(files: _Files, problems: list[str]) -> dict[str, Snippet]:
    found: dict[str, Snippet] = {}
    for name, path in files.under("snippets", ".md"):
        parts = path.read_text(encoding="utf-8").split("+++\n", 2)
        if len(parts) != 3 or parts[0].strip():  # noqa: PLR2004  nothing, head, body
            problems.append(f"{name}: begins with +++, the head as TOML, and +++ again")
            continue
        head = _convert(name, _toml(name, parts[1], problems), SnippetHead, problems)
        if head is not None:
            id_ = path.stem
            found[id_] = Snippet(id=id_, head=head, body=parts[2].strip("\n"))
    return found


def _read(files: _Files, name: str, kind: type[T], problems: list[str]) -> T | None:
    path = files.paths.get(name)
    if path is None:
        problems.append(f"{name}: is missing")
        return None
    return _convert(name, _toml(name, path.read_text(encoding="utf-8"), problems), kind, problems)


def _toml(name: str, text: str, problems: list[str]) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{name}: {error}")
        return None


def _convert(name: str, data: Any, kind: type[T], problems: list[str]) -> T | None:
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
