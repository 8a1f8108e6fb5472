"""Reads manifests/ and checks it completely: a bad file stops the start, never a ticket."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.evidence.product import StringRow, compile_strings
from bot.manifest_file import (
    ManifestError,
    ManifestFiles,
    convert,
    manifests_folder,
    read_file,
    read_toml,
)
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
from bot.tongues import read_tongues

#: What a folder of one's own manifests may hold, as the built-in one does.
_FOLDERS: Final = ("runbook", "zendesk", "app")


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
    handbook = read_file(files, "handbook.toml", Handbook, problems)
    asides = read_file(files, "asides.toml", Asides, problems)
    problems += aside_problems(asides) if asides is not None else ()
    tongues = read_tongues(overlay, problems)
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


def _find(base: Path, overlay: Path | None) -> ManifestFiles:
    paths: dict[str, Path] = {}
    for folder in (base / "runbook", *([overlay / "runbook"] if overlay else [])):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".toml", ".md") and path.name != "README.md":
                paths[path.relative_to(folder).as_posix()] = path
    return ManifestFiles(paths)


def _revision(files: ManifestFiles) -> str:
    digest = hashlib.sha256()
    for name, path in sorted(files.paths.items()):
        digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:8]


def _read_runbook(files: ManifestFiles, problems: list[str]) -> Runbook | None:
    head = read_file(files, "runbook.toml", RunbookFile, problems)
    words = read_file(files, "words.toml", dict[str, Words], problems)
    findings = read_file(files, "findings.toml", dict[str, dict[str, Finding]], problems)
    scenarios = _read_scenarios(files, problems)
    snippets = _read_snippets(files, problems)
    strings = read_file(files, "product_strings.toml", dict[str, list[StringRow]], problems)
    guarded = read_file(files, "guarded.toml", GuardedRules, problems)
    orders = read_file(files, "commands.toml", dict[str, str], problems)
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


def _read_scenarios(files: ManifestFiles, problems: list[str]) -> dict[str, Scenario]:
    found: dict[str, Scenario] = {}
    at: dict[str, str] = {}
    for name, _ in files.under("scenarios", ".toml"):
        scenario = read_file(files, name, Scenario, problems)
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


def _read_snippets(files: ManifestFiles, problems: list[str]) -> dict[str, Snippet]:
    found: dict[str, Snippet] = {}
    for name, path in files.under("snippets", ".md"):
        parts = path.read_text(encoding="utf-8").split("+++\n", 2)
        if len(parts) != 3 or parts[0].strip():  # noqa: PLR2004  nothing, head, body
            problems.append(f"{name}: begins with +++, the head as TOML, and +++ again")
            continue
        head = convert(name, read_toml(name, parts[1], problems), SnippetHead, problems)
        if head is not None:
            id_ = path.stem
            found[id_] = Snippet(id=id_, head=head, body=parts[2].strip("\n"))
    return found
