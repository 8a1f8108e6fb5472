"""The order in which our triggers run: read it, and set it without moving those of others.

Zendesk runs triggers from top to bottom, and an earlier one of ours sets the tag that a later one
asks for. `triggers/reorder` wants every trigger of the account in a single category, so positions
are set by `triggers/update_many`, which takes no other key of ours.
developer.zendesk.com/api-reference/ticketing/business-rules/triggers/#update-many-ticket-triggers
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.zendesk.calls import Call
from bot.zendesk.errors import OutcomeUnknown
from bot.zendesk.listing import Object, listed, written
from bot.zendesk.marks import mark_in
from bot.zendesk.reading import objects
from bot.zendesk.session import ZendeskSession

#: The key that holds it, and the one object of its kind.
TRIGGER_IDS: Final = "trigger_ids"
ORDER_ID: Final = "triggers"
ORDER_NAME: Final = "of our triggers"
_LAST: Final = 2**31


def read_order(session: ZendeskSession) -> list[Object]:
    """Return the triggers that carry our mark, first to last, as one object."""
    ours = [item for item in listed(session, "triggers") if mark_in(item) is not None]
    ours.sort(key=lambda item: _place(item.get("position"), _LAST))
    ids = [str(item["id"]) for item in ours]
    return [{"id": ORDER_ID, "name": ORDER_NAME, TRIGGER_IDS: ids}]


def set_order(session: ZendeskSession, ids: Sequence[str]) -> None:
    """Let these run in this order, in the places that they hold already."""
    places = places_for(ids, _places(session))
    moved = [{"id": int(key), "position": place} for key, place in places.items()]
    call = Call(
        "PUT", "/api/v2/triggers/update_many", "triggers.order", payload={"triggers": moved}
    )
    try:
        written(session, call)
    except OutcomeUnknown:
        shown = _places(session)
        now = [shown.get(key, _LAST) for key in ids]
        if now != sorted(now):
            raise


def places_for(ids: Sequence[str], shown: Mapping[str, int]) -> dict[str, int]:
    """Deal the places that they hold out anew, rising.

    Set one after the other in this order they end right, too, where Zendesk shifts what follows.
    """
    held = sorted(shown[key] for key in ids if key in shown)
    found: dict[str, int] = {}
    last = -1
    for number, key in enumerate(ids):
        last = max(last + 1, held[number] if number < len(held) else 0)
        found[key] = last
    return found


def _places(session: ZendeskSession) -> dict[str, int]:
    every = objects(listed(session, "triggers"))
    return {str(item["id"]): _place(item.get("position"), 0) for item in every}


def _place(position: object, without: int) -> int:
    return position if isinstance(position, int) else without
