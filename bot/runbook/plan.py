"""What should happen to a ticket, as values; `bot.pipeline` is the one place that acts on them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostNote:
    """Write one internal note."""

    markdown: str
    html: str
    digest: str
    """Semantic digest (DESIGN 4.5): scenario, branch, causes, missing, snippet values, command."""
    rule_ids: tuple[str, ...]
    """Signals and snippets that made the note, for `notes list --rule`."""


@dataclass(frozen=True, slots=True)
class RunProbes:
    """Look at the portal from these vantages and come back with the observations."""

    vantages: tuple[str, ...] = ("local",)


@dataclass(frozen=True, slots=True)
class SetFields:
    """Set ticket fields, by our own keys; a human's value is never overwritten."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AddTags:
    """Add tags of ours."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveTags:
    """Remove tags, such as the one of an agent's command that was carried out."""

    tags: tuple[str, ...]


Action = PostNote | RunProbes | SetFields | AddTags | RemoveTags
Plan = tuple[Action, ...]
