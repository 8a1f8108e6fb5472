"""Do our triggers run in the order of the files? Those of others stay where they are."""

from collections.abc import Mapping, Sequence

from bot.zendesk.listing import Object
from bot.zendesk.provision.steps import Change, Step, Verb
from bot.zendesk.trigger_order import ORDER_ID, ORDER_NAME, TRIGGER_IDS
from bot.zendesk.wanted import Wanted


def order_of(wanted: Sequence[tuple[str, str]], there: Object) -> tuple[Wanted, Step]:
    """Compare; `wanted` are the ids and titles of our triggers as the files order them.

    What is made now, or is too new to be listed, Zendesk puts last.
    """
    ids = [key for key, _title in wanted]
    held = there.get(TRIGGER_IDS)
    shown = [key for key in held if key in ids] if isinstance(held, list) else []
    then = [*shown, *(key for key in ids if key not in shown)]
    changes: tuple[Change, ...] = ()
    if then != ids:
        titles = dict(wanted)
        change = Change("top to bottom", [titles[key] for key in shown], [t for _, t in wanted])
        changes = (change,)
    item = Wanted("order", ORDER_ID, ORDER_NAME, {TRIGGER_IDS: ids}, {})
    verb: Verb = "change" if changes else "keep"
    return item, Step(verb, "order", ORDER_ID, ORDER_NAME, ORDER_ID, changes)


def among(ids: object, present: Sequence[str], renamed: Mapping[str, str]) -> list[str]:
    """Those of a former order that still stand, by the ids that they have now."""
    now = [renamed.get(str(key), str(key)) for key in ids] if isinstance(ids, list) else []
    return [key for key in now if key in present]
