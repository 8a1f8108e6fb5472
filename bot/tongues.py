"""Reads the languages of manifests/ alone: the web process needs no more of the runbook."""

from collections.abc import Mapping
from pathlib import Path

from bot.manifest_file import ManifestError, ManifestFiles, manifests_folder, read_file
from bot.runbook.tongues import Tongue


def load_tongues(overlay: Path | None = None) -> Mapping[str, Tongue]:
    """Read every language. Raises ManifestError with every problem."""
    problems: list[str] = []
    tongues = read_tongues(overlay, problems)
    if problems:
        raise ManifestError(problems)
    return tongues


def read_tongues(overlay: Path | None, problems: list[str]) -> dict[str, Tongue]:
    """Read `languages/`; an overlay's words are laid over the built-in ones id by id."""
    found: dict[str, Tongue] = {}
    for folder in (manifests_folder(), *([overlay] if overlay else [])):
        for path in sorted((folder / "runbook" / "languages").glob("*.toml")):
            files = ManifestFiles({f"languages/{path.name}": path})
            tongue = read_file(files, f"languages/{path.name}", Tongue, problems)
            if tongue is not None:
                found[path.stem] = tongue.over(found.get(path.stem, Tongue()))
    return found
