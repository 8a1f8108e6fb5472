"""A plan's actions gathered into the one write that carries them out."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import assert_never

from bot.pipeline.tags import OPTION_PREFIX, next_tags
from bot.runbook.plan import AddTags, Plan, PostNote, RemoveTags, RunProbes, SetFields
from bot.runbook.ticket import Ticket


@dataclass(slots=True)
class Draft:
    """What one PUT would carry. Filled action by action, then read."""

    note: PostNote | None = None
    fields: dict[str, str] = field(default_factory=dict)
    add: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    probes: RunProbes | None = None
    uploads: list[str] = field(default_factory=list)
    """Tokens of uploaded files that come with the note."""

    def tags_for(self, ticket: Ticket) -> tuple[str, ...] | None:
        """Return the complete new tags of the ticket, None when they stay as they are."""
        add, remove = list(self.add), list(self.remove)
        if "scenario" in self.fields:
            add.append(OPTION_PREFIX + self.fields["scenario"])
            remove += [tag for tag in ticket.tags if tag.startswith(OPTION_PREFIX)]
        tags = next_tags(ticket.tags, add=add, remove=remove)
        return None if set(tags) == set(ticket.tags) else tags


def draft_of(plan: Plan, ticket: Ticket, writable: Collection[str]) -> Draft:
    """Gather the plan. A field with a human's value, or one the account lacks, is left alone."""
    draft = Draft()
    for action in plan:
        match action:
            case PostNote():
                draft.note = action
            case SetFields(values):
                draft.fields |= {
                    key: value
                    for key, value in values.items()
                    if key in writable and key not in ticket.fields
                }
            case AddTags(tags):
                draft.add += tags
            case RemoveTags(tags):
                draft.remove += tags
            case RunProbes():
                draft.probes = action
            case _:
                assert_never(action)
    return draft
