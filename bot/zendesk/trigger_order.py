"""The order in which our triggers run: read it, and set it without moving those of others.

Zendesk runs triggers from top to bottom, and an earlier one of ours sets the tag that a later one
asks for. `triggers/reorder` wants every trigger of the account in a single category, so positions
are set by `triggers/update_many`, which takes no other key of ours.
developer.zendesk.com/api-reference/ticketing/business-rules/triggers/#update-many-ticket-triggers
"""

from collections.abc import Iterable, Mapping, Sequence
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
    """Let these run in this order; those of others keep theirs."""
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
    """Leave the most of them where they are, and put each other one behind its predecessor.

    The places rise. Set one after the other in this order they end right, whether Zendesk shifts
    what follows or leaves it.
    """
    stay = _rising(ids, shown)
    found: dict[str, int] = {}
    last = min((shown[key] for key in stay), default=0) - 1
    for key in ids:
        last = max(last + 1, shown[key]) if key in stay else last + 1
        found[key] = last
    return found


def _rising(ids: Sequence[str], shown: Mapping[str, int]) -> frozenset[str]:
    """The longest run of them whose places rise already."""
    best: dict[str, tuple[str, ...]] = {}
    for key in ids:
        if key in shown:
            before = [run for end, run in best.items() if shown[end] < shown[key]]
            best[key] = (*_longest(before), key)
    return frozenset(_longest(best.values()))


def _longest(runs: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    best: tuple[str, ...] = ()
    for run in runs:
        best = run if len(run) > len(best) else best
    return best


def _places(session: ZendeskSession) -> dict[str, int]:
    every = objects(listed(session, "triggers"))
    return {str(item["id"]): _place(item.get("position"), 0) for item in every}


def _place(position: object, without: int) -> int:
    return position if isinstance(position, int) else without
