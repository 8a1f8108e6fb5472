"""Do our triggers run in the order of the files? Those of others stay where they are."""

from collections.abc import Mapping, Sequence

from bot.zendesk.listing import Object
from bot.zendesk.provision.steps import Change, Step, Verb
from bot.zendesk.trigger_order import ORDER_ID, ORDER_NAME, TRIGGER_IDS
from bot.zendesk.wanted import Wanted


def order_of(wanted: Sequence[tuple[str, str]], there: Object) -> tuple[Wanted, Step]:
    """Compare; `wanted` are the ids and keys of our triggers as the files order them.

    What is made now, or is too new to be listed, Zendesk puts last.
    """
    ids = [number for number, _key in wanted]
    held = there.get(TRIGGER_IDS)
    shown = [number for number in held if number in ids] if isinstance(held, list) else []
    then = [*shown, *(number for number in ids if number not in shown)]
    changes: tuple[Change, ...] = ()
    if then != ids:
        keys = dict(wanted)
        now = [keys[number] for number in then]
        changes = (Change("top to bottom", now, [key for _, key in wanted]),)
    item = Wanted("order", ORDER_ID, ORDER_NAME, {TRIGGER_IDS: ids}, {})
    verb: Verb = "change" if changes else "keep"
    return item, Step(verb, "order", ORDER_ID, ORDER_NAME, ORDER_ID, changes)


def among(ids: object, present: Sequence[str], renamed: Mapping[str, str]) -> list[str]:
    """Those of a former order that still stand, by the ids that they have now."""
    now = [renamed.get(str(key), str(key)) for key in ids] if isinstance(ids, list) else []
    return [key for key in now if key in present]
