"""Take one run of the journal back: what it created goes, what it changed or deleted returns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from bot.zendesk.catalog import Catalog, Kind, plural
from bot.zendesk.errors import NotFound, ScopeMissing, ZendeskError
from bot.zendesk.listing import Object
from bot.zendesk.marks import mark_in
from bot.zendesk.provision.compare import same
from bot.zendesk.provision.kept import Kept
from bot.zendesk.provision.order import among
from bot.zendesk.provision.refusals import Refusal
from bot.zendesk.provision.steps import (
    Change,
    Deal,
    Deed,
    NoRecord,
    ProvisionError,
    ProvisionPlan,
    Recorder,
    Step,
)
from bot.zendesk.provision.write import Writer
from bot.zendesk.reading import objects
from bot.zendesk.session import ZendeskSession
from bot.zendesk.trigger_order import TRIGGER_IDS

#: What Zendesk takes when an object is made again; the rest of what it shows is its own.
_TAKEN: Final[Mapping[Kind, tuple[str, ...]]] = {
    "category": ("name",),
    "webhook": (
        "name", "description", "status", "subscriptions", "endpoint", "http_method",
        "request_format",
    ),
    "field": (
        "type", "title", "description", "agent_description", "active", "custom_field_options",
        "required", "visible_in_portal", "editable_in_portal",
    ),
    "form": (),
    "trigger": ("title", "description", "active", "category_id", "conditions", "actions"),
    "macro": ("title", "description", "active", "actions", "restriction"),
    "view": ("title", "description", "active", "all", "any", "output", "restriction"),
    "order": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back."""

    steps: tuple[Step, ...]
    ids: Mapping[Kind, Mapping[str, str]]
    """New ids of what had to be made again, by kind and key."""
    gone: tuple[tuple[Kind, str], ...]
    """Kind and key of what is no more."""


@dataclass(frozen=True, slots=True)
class _Found:
    """How one write is taken back."""

    step: Step
    there: Object | None
    """As it is now; None: it is made again."""
    payload: Object = field(default_factory=dict)
    """What a change sends."""


@dataclass(slots=True)
class _Undo:
    catalog: Catalog
    fields: bool
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    """Old id → new id of what was made again."""
    _seen: dict[Kind, list[Object]] = field(default_factory=dict)

    def step(self, deal: Deal) -> _Found | None:
        """How one write is taken back; None: nothing is to be done."""
        there = self._there(deal)
        match deal.deed:
            case "created":
                return self._uncreate(deal, there)
            case "changed":
                return self._unchange(deal, there)
            case "deleted":
                return self._undelete(deal, there)

    def _uncreate(self, deal: Deal, there: Object | None) -> _Found | None:
        if there is None:
            return None
        if deal.kind == "field" and not self.fields:
            self.notices.append(f"field {deal.name!r} stays: `--fields` removes it and its values")
            return None
        step = Step("remove", deal.kind, deal.key, deal.name, str(there["id"]))
        return _Found(step, there)

    def _unchange(self, deal: Deal, there: Object | None) -> _Found | None:
        what = f"{deal.kind} {deal.name!r} (id {deal.object_id})"
        if there is None:
            self.problems.append(f"{what} is gone: `provision apply` makes what the files want")
            return None
        payload, after = before_payload(deal), deal.after or {}
        if deal.kind == "order":
            payload, after, there = self._of_those_left(payload, after, there)
        if all(same(value, there.get(key)) for key, value in payload.items()):
            return None
        moved = [key for key in payload if not same(after.get(key), there.get(key))]
        if moved:
            self.problems.append(
                f"{what}: {', '.join(moved)} changed again since; put it right by hand, or undo "
                "the later run first"
            )
            return None
        if deal.kind == "trigger" and {"conditions", "actions"} & set(payload):
            # Zendesk clears the one that comes without the other.
            payload = {"conditions": there.get("conditions"), "actions": there.get("actions"),
                       **payload}  # fmt: skip
        changes = tuple(
            Change(key, there.get(key), value)
            for key, value in payload.items()
            if not same(value, there.get(key))
        )
        step = Step("change", deal.kind, deal.key, deal.name, str(there["id"]), changes)
        return _Found(step, there, payload)

    def _of_those_left(
        self, before: Object, after: Mapping[str, object], there: Object
    ) -> tuple[Object, Object, Object]:
        """Triggers that came or went since say nothing about the order of the others."""
        now = among(there[TRIGGER_IDS], [str(one["id"]) for one in self._listed("trigger")], {})
        then = among(after.get(TRIGGER_IDS), now, self.renamed)
        orders = [among(before[TRIGGER_IDS], then, self.renamed), then, among(now, then, {})]
        first, second, third = ({**there, TRIGGER_IDS: ids} for ids in orders)
        return {TRIGGER_IDS: first[TRIGGER_IDS]}, second, third

    def _undelete(self, deal: Deal, there: Object | None) -> _Found | None:
        if there is not None:
            self.renamed[str(deal.object_id)] = str(there["id"])
        if there is not None or not deal.before:
            return None
        if deal.kind == "field":
            self.notices.append(
                f"field {deal.name!r} is made again, empty: Zendesk keeps no values of a gone one"
            )
        return _Found(Step("create", deal.kind, deal.key, deal.name), None)

    def _there(self, deal: Deal) -> Object | None:
        """By id; by its mark when the id was never learnt, or when it was made again already."""
        marked = mark_in(deal.before or deal.after or {}) if deal.deed != "changed" else None
        by_mark = None
        for one in self._listed(deal.kind):
            if str(one["id"]) == deal.object_id:
                return one
            if marked is not None and mark_in(one) == marked:
                by_mark = one
        return by_mark if deal.object_id is None or deal.deed == "deleted" else None

    def _listed(self, kind: Kind) -> list[Object]:
        if kind not in self._seen:
            try:
                self._seen[kind] = self.catalog.shelves[kind].list()
            except (NotFound, ScopeMissing):
                self._seen[kind] = []
            except ZendeskError as error:
                raise Refusal(f"the list of {plural(kind)} cannot be read", error, kind) from error
        return self._seen[kind]


def plan_undo(
    session: ZendeskSession, entries: Sequence[Kept], *, fields: bool = False
) -> ProvisionPlan:
    """Say what `undo` would do; nothing is written."""
    undo = _Undo(Catalog(session), fields)
    found = [undo.step(deal) for deal in _newest_first(entries)]
    steps = tuple(one.step for one in found if one is not None)
    return ProvisionPlan(session.host, steps, tuple(undo.problems), notices=tuple(undo.notices))


def undo(
    session: ZendeskSession,
    entries: Sequence[Kept],
    report: Callable[[Step], None] = lambda _: None,
    recorder: Recorder | None = None,
    *,
    fields: bool = False,
) -> Undone:
    """Take it back, the last write first. Ids of what is made again are put in where they stand."""
    planned = plan_undo(session, entries, fields=fields)
    if planned.problems:
        raise ProvisionError("\n".join(planned.problems))
    undoing = _Undo(Catalog(session), fields)
    writer = Writer(undoing.catalog, recorder or NoRecord())
    done: list[Step] = []
    ids: dict[Kind, dict[str, str]] = {}
    gone: list[tuple[Kind, str]] = []
    for deal in _newest_first(entries):
        found = undoing.step(deal)
        if found is None:
            continue
        step, there = found.step, found.there
        if there is None:
            payload = with_ids(_made_of(deal), undoing.renamed)
            new = writer.create(step.kind, step.key, step.name, payload)
            ids.setdefault(step.kind, {})[step.key] = new
            undoing.renamed[str(deal.object_id)] = new
            step = replace(step, object_id=new)
        elif step.verb == "remove":
            writer.delete(step.kind, step.key, step.name, there)
            gone.append((step.kind, step.key))
        else:
            payload = with_ids(found.payload, undoing.renamed)
            writer.change(step.kind, step.key, step.name, there, payload)
        done.append(step)
        report(step)
    return Undone(tuple(done), ids, tuple(gone))


def before_payload(deal: Deal) -> Object:
    """The keys that were sent, with the values that they had before."""
    before, after = deal.before or {}, deal.after or {}
    payload = {key: before.get(key) for key in after}
    if deal.kind == "field" and "custom_field_options" in payload:
        payload["custom_field_options"] = _options(before)
    return payload


def with_ids(value: object, renamed: Mapping[str, str]) -> Object:
    """The payload with new ids in place of those of objects that were made again."""
    new = _with_ids(value, renamed)
    assert isinstance(new, dict)  # noqa: S101  a payload is an object
    return new


def _with_ids(value: object, renamed: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        return {key: _with_ids(inner, renamed) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_ids(inner, renamed) for inner in value]
    prefix = "custom_fields_"
    if isinstance(value, str) and value.startswith(prefix):
        number = value.removeprefix(prefix)
        return prefix + renamed.get(number, number)
    if isinstance(value, str):
        return renamed.get(value, value)
    if isinstance(value, int) and not isinstance(value, bool):
        # An id stays a number: a form's list of fields takes nothing else.
        new = renamed.get(str(value), "")
        return int(new) if new.isdecimal() else value
    return value


def _made_of(deal: Deal) -> Object:
    before = deal.before or {}
    payload = {key: before[key] for key in _TAKEN[deal.kind] if before.get(key) is not None}
    if "custom_field_options" in payload:
        payload["custom_field_options"] = [
            {"name": one.get("name"), "value": one.get("value")} for one in _options(before)
        ]
    return payload


def _options(before: Mapping[str, object]) -> list[Object]:
    return [
        {key: one[key] for key in ("id", "name", "value") if key in one}
        for one in objects(before.get("custom_field_options"))
    ]


def _newest_first(entries: Iterable[Kept]) -> list[Deal]:
    kinds: dict[str, Kind] = {str(kind): kind for kind in get_args(Kind)}
    deeds: dict[str, Deed] = {str(deed): deed for deed in get_args(Deed)}
    deals = []
    for one in entries:
        if one.kind in kinds and one.deed in deeds:
            before = None if one.before is None else dict(one.before)
            after = None if one.after is None else dict(one.after)
            deed, kind = deeds[one.deed], kinds[one.kind]
            deals.append(Deal(deed, kind, one.key, one.name, one.object_id, before, after))
    return deals[::-1]
