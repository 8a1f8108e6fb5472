"""Take back what we made: the account is left as it was; ticket fields only when asked for.

Only objects that hold our mark are touched. What was adopted is never deleted: it is given back as
it was before us, or, where nobody remembers, without our mark and switched off.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.zendesk.catalog import NAMES, OPTIONAL, ORDER, Catalog, Kind, plural
from bot.zendesk.errors import NotFound, ScopeMissing, ZendeskError
from bot.zendesk.listing import Object
from bot.zendesk.marks import mark_in, without_mark
from bot.zendesk.provision.adopted import release
from bot.zendesk.provision.compare import same
from bot.zendesk.provision.forms import without_fields
from bot.zendesk.provision.refusals import Refusal
from bot.zendesk.provision.steps import Change, NoRecord, ProvisionPlan, Recorder, Step
from bot.zendesk.provision.write import Writer
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession

#: kind, id → the object as it was before our first write, if anybody remembers.
Memory = Callable[[Kind, str], Mapping[str, object] | None]
#: What we may have set on an adopted object of each kind.
_MANAGED: Final[Mapping[Kind, tuple[str, ...]]] = {
    "webhook": ("name", "description", "endpoint", "http_method", "request_format", "status"),
    "trigger": ("title", "description", "category_id", "conditions", "actions", "active"),
    "macro": ("title", "description", "actions", "active"),
    "field": ("agent_description",),
}


@dataclass(frozen=True, slots=True)
class _Way:
    """How one object goes."""

    step: Step
    there: Object
    payload: Object | None = None
    """None: it is deleted."""


def plan_destroy(
    session: ZendeskSession, memory: Memory = lambda _kind, _id: None, *, fields: bool = False
) -> ProvisionPlan:
    """Say what `destroy` would do; nothing is written."""
    leaver = _Leaver(Catalog(session), memory, fields=fields)
    steps = tuple(way.step for kind in _REVERSE for way in leaver.ways(kind))
    return ProvisionPlan(session.host, steps, tuple(leaver.problems), notices=tuple(leaver.notices))


def destroy(
    session: ZendeskSession,
    memory: Memory = lambda _kind, _id: None,
    report: Callable[[Step], None] = lambda _: None,
    recorder: Recorder | None = None,
    *,
    fields: bool = False,
) -> tuple[Step, ...]:
    """Remove it, what names others first. Safe to run again after a failure half-way."""
    leaver = _Leaver(Catalog(session), memory, fields=fields)
    writer = Writer(leaver.catalog, recorder or NoRecord())
    done = []
    for kind in _REVERSE:
        for way in leaver.ways(kind):
            step = way.step
            if way.payload is None:
                writer.delete(kind, step.key, step.name, way.there)
            else:
                writer.change(kind, step.key, step.name, way.there, way.payload)
            done.append(step)
            report(step)
    return tuple(done)


#: Triggers before their webhook and category; fields last of what tickets show.
_REVERSE: Final[tuple[Kind, ...]] = tuple(reversed(ORDER))


class _Leaver:
    def __init__(self, catalog: Catalog, memory: Memory, *, fields: bool) -> None:
        self.catalog = catalog
        self.notices: list[str] = []
        self.problems: list[str] = []
        self._memory = memory
        self._fields = fields

    def ways(self, kind: Kind) -> Iterator[_Way]:
        """How each object of ours goes, as the account is now."""
        if kind == "form":
            yield from self._off_the_forms()
        if kind in ("form", "order"):
            return
        # The last one first, so that `undo` makes triggers again in the order in which they ran.
        for there in reversed(self._listed(kind)):
            mark = mark_in(there)
            if mark is None:
                continue
            name = without_mark(str(there.get(NAMES[kind]) or "")).strip()
            if kind == "field" and not self._fields:
                self.notices.append(
                    f"field {name!r} stays, with what tickets hold in it: `--fields` removes it"
                )
            elif kind == "category" and (others := self._others_in(there)):
                self.notices.append(
                    f"category {name!r} stays: it holds triggers of others ({', '.join(others)})"
                )
            else:
                yield self._way(kind, mark.key, name, there, adopted=mark.adopted)

    def _way(self, kind: Kind, key: str, name: str, there: Object, *, adopted: bool) -> _Way:
        object_id = str(there["id"])
        if not adopted:
            return _Way(Step("remove", kind, key, name, object_id), there)
        before = self._memory(kind, object_id)
        payload = _as_before(kind, there, before) if before else _let_go(kind, there)
        if not before and kind in ("trigger", "webhook", "macro"):
            self.notices.append(
                f"{kind} {name!r} was adopted, and this store does not know what it was before: it "
                "keeps what we wrote, loses our mark and is switched off"
            )
        changes = tuple(
            Change(one, there.get(one), value)
            for one, value in payload.items()
            if not same(value, there.get(one))
        )
        return _Way(Step("release", kind, key, name, object_id, changes, adopted=True), there,
                    payload)  # fmt: skip

    def _off_the_forms(self) -> Iterator[_Way]:
        if not self._fields:
            return
        ours = frozenset(
            str(there["id"]) for there in self._listed("field")
            if (mark := mark_in(there)) and not mark.adopted
        )  # fmt: skip
        for there in self._listed("form") if ours else ():
            payload = without_fields(there, ours)
            if payload is not None:
                name = str(there.get("name"))
                change = Change("ticket_field_ids", there["ticket_field_ids"],
                                payload["ticket_field_ids"])  # fmt: skip
                step = Step(
                    "release", "form", name, name, str(there["id"]), (change,), adopted=True
                )
                yield _Way(step, there, payload)

    def _others_in(self, category: Object) -> list[str]:
        return [
            repr(text(there.get("title")))
            for there in self._listed("trigger")
            if str(there.get("category_id")) == str(category["id"])
            and self._stays(there, str(category["id"]))
        ]

    def _stays(self, trigger: Object, category_id: str) -> bool:
        """What was adopted goes back to where it was, if anybody remembers."""
        mark = mark_in(trigger)
        if mark is None or not mark.adopted:
            return mark is None
        before = self._memory("trigger", str(trigger["id"]))
        return before is None or str(before.get("category_id")) == category_id

    def _listed(self, kind: Kind) -> list[Object]:
        try:
            return self.catalog.shelves[kind].list()
        except (NotFound, ScopeMissing) as error:
            if kind in OPTIONAL:
                return []
            raise Refusal(f"the list of {plural(kind)} cannot be read", error, kind) from error
        except ZendeskError as error:
            raise Refusal(f"the list of {plural(kind)} cannot be read", error, kind) from error


def _as_before(kind: Kind, there: Object, before: Mapping[str, object]) -> Object:
    payload = {key: before[key] for key in _MANAGED.get(kind, ()) if key in before}
    if kind == "field" and there.get("custom_field_options"):
        # Options that others added since stay, for Zendesk takes a missing one from its tickets.
        first = {text(one.get("value")) for one in objects(before.get("custom_field_options"))}
        payload["custom_field_options"] = [
            {key: one[key] for key in ("id", "name", "value") if key in one}
            for one in objects(there["custom_field_options"])
            if text(one.get("value")) in first or not text(one.get("value")).startswith("cl_")
        ]
    return payload


def _let_go(kind: Kind, there: Object) -> Object:
    payload = release(there)
    if kind in ("trigger", "macro"):
        payload["active"] = False
    elif kind == "webhook":
        payload["status"] = "inactive"
    return payload
