"""The complete new tags of a ticket (DESIGN 4.5, 4): one function, always under `safe_update`."""

from collections.abc import Collection, Iterable
from typing import Final

#: Drop-down options are tags, and a tag may serve one field only: ours carry this prefix.
OPTION_PREFIX: Final = "cl_scenario_"


def next_tags(
    read: Iterable[str],
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
) -> tuple[str, ...]:
    """Return `read - remove + add`, in the order read, without repeats.

    Zendesk replaces all tags at once and keeps a drop-down's value as a tag, so a write names
    every tag that was read: leaving one out would clear a field of somebody else. `remove` holds
    the old option tag of a field we set and the tags of commands that were carried out.
    """
    kept = [tag for tag in read if tag not in remove or tag in add]
    return tuple(dict.fromkeys([*kept, *add]))
