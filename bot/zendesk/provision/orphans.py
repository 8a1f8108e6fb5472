"""What carries our mark and stands in no file any more."""

from typing import Final

from bot.zendesk.catalog import NAMES, Kind
from bot.zendesk.listing import Object
from bot.zendesk.marks import Mark, mark_in, without_mark
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision.steps import Step
from bot.zendesk.wanted import CATEGORY

#: Under this mark stands the second webhook while a rotation is under way.
NEXT: Final = "_next"


def orphans_of(
    files: ZendeskObjects, kind: Kind, standing: list[Object]
) -> list[tuple[Step, Object]]:
    """Return what `apply` removes: never a field, for tickets hold values in it."""
    if kind in ("field", "form", "order"):
        return []
    return [
        (Step("remove", kind, mark.key, _name(kind, there), str(there["id"])), there)
        for mark, there in _unnamed(files, kind, standing)
        if not mark.adopted
    ]


def stays_behind(files: ZendeskObjects, kind: Kind, standing: list[Object]) -> list[str]:
    """Say what is no more in the files and stays all the same."""
    return [
        f"{kind} {_name(kind, there)!r} carries our mark {mark.key!r}, is in no file any more and "
        "stays: " + ("it was there before us" if mark.adopted else "tickets may hold values in it")
        for mark, there in _unnamed(files, kind, standing)
        if mark.adopted or kind == "field"
    ]


def _unnamed(
    files: ZendeskObjects, kind: Kind, standing: list[Object]
) -> list[tuple[Mark, Object]]:
    if kind == "order":
        return []
    known = {CATEGORY} if kind == "category" else set(getattr(files, f"{kind}s"))
    known |= {f"{key}{NEXT}" for key in files.webhooks}
    return [
        (mark, there)
        for there in standing
        if (mark := mark_in(there)) is not None and mark.key not in known
    ]


def _name(kind: Kind, there: Object) -> str:
    return without_mark(str(there.get(NAMES[kind]) or "")).strip()
