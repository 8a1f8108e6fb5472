"""Make the account hold what the files say: plan, then apply; a second run writes nothing.

An object is ours when its description holds `[licensing-bot:<key>]`. The mark is written with the
object itself, so a crash between two writes leaves nothing that the next run would not recognise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from bot.zendesk.catalog import NAMES, ORDER, Catalog, Kind, Object, Shelf
from bot.zendesk.errors import OutcomeUnknown
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession
from bot.zendesk.wanted import Ids, ProvisionSettings, Wanted, wanted_objects

Verb = Literal["create", "change", "keep"]
#: Zendesk fixes these when an object is made.
_FIXED: Final[Mapping[Kind, frozenset[str]]] = {
    "category": frozenset(),
    "webhook": frozenset({"subscriptions"}),
    "field": frozenset({"type"}),
    "trigger": frozenset(),
    "macro": frozenset(),
}


class ProvisionError(Exception):
    """The account cannot be provisioned as it is; every line names an object and the way out."""


@dataclass(frozen=True, slots=True)
class Change:
    """One key that differs."""

    key: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Step:
    """What has to be done about one object."""

    verb: Verb
    kind: Kind
    key: str
    name: str
    object_id: str | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class ProvisionPlan:
    """What `apply` would do to this account."""

    host: str
    steps: tuple[Step, ...]
    problems: tuple[str, ...] = ()
    """Why it would refuse; empty when it would not."""
    left_out: tuple[str, ...] = ()
    """Triggers that this account cannot have, and why."""

    @property
    def writes(self) -> int:
        """How many objects would be made or changed."""
        return sum(step.verb != "keep" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, and what the bot must know from now on."""

    steps: tuple[Step, ...]
    ids: Mapping[Kind, Mapping[str, str]]
    """Zendesk's ids by kind and our key."""
    secrets: tuple[str, ...] = field(repr=False)
    """The webhook's signing secret, for ZENDESK_WEBHOOK_SECRETS."""

    @property
    def writes(self) -> int:
        """How many objects were made or changed."""
        return sum(step.verb != "keep" for step in self.steps)


def plan(
    session: ZendeskSession, files: ZendeskObjects, settings: ProvisionSettings
) -> ProvisionPlan:
    """Read the account and say what `apply` would do; nothing is written."""
    run = _Run(session, files, settings)
    steps = [step for kind in ORDER for step in run.look_at(kind)]
    return ProvisionPlan(session.host, tuple(steps), tuple(run.problems), tuple(run.left_out))


def apply(
    session: ZendeskSession,
    files: ZendeskObjects,
    settings: ProvisionSettings,
    report: Callable[[Step], None] = lambda _: None,
) -> Applied:
    """Make and change what differs, in order; `report` hears of every step that was done.

    Safe to run again after a failure half-way. Nothing is written when the plan has problems.
    """
    planned = plan(session, files, settings)
    if planned.problems:
        raise ProvisionError("\n".join(planned.problems))
    run = _Run(session, files, settings)
    done: list[Step] = []
    for kind in ORDER:
        for step in run.look_at(kind):
            done.append(run.do(step))
            report(done[-1])
    (webhook_id,) = run.ids.by_kind["webhook"].values()
    return Applied(tuple(done), run.ids.by_kind, (run.catalog.signing_secret(webhook_id),))


class _Run:
    """One pass over the account; what it finds and makes becomes known to later kinds."""

    def __init__(
        self, session: ZendeskSession, files: ZendeskObjects, settings: ProvisionSettings
    ) -> None:
        self.catalog = Catalog(session)
        self.ids = Ids()
        self.problems = _problems(files, settings)
        self.left_out: list[str] = []
        self._files = files
        self._settings = settings
        self._wanted: dict[tuple[Kind, str], Wanted] = {}

    def look_at(self, kind: Kind) -> list[Step]:
        """Compare one kind with the account; ids of the kinds before it must be known."""
        shelf = self.catalog.shelves[kind]
        operators = self.catalog.operators() if kind == "trigger" else {}
        wanted = wanted_objects(self._files, self._settings, self.ids, kind, operators)
        if kind == "trigger":
            self._note_left_out(wanted)
        standing = shelf.list()
        return [step for item in wanted if (step := self._compare(item, standing)) is not None]

    def do(self, step: Step) -> Step:
        """Carry out one step and remember the object's id."""
        item = self._wanted[step.kind, step.key]
        shelf = self.catalog.shelves[step.kind]
        object_id = step.object_id
        if object_id is None:
            object_id = _make(shelf, item)
        elif step.verb == "change":
            fixed = _FIXED[step.kind]
            shelf.change(object_id, {k: v for k, v in item.payload.items() if k not in fixed})
        self.ids.by_kind[step.kind][step.key] = object_id
        return replace(step, object_id=object_id)

    def _compare(self, item: Wanted, standing: list[Object]) -> Step | None:
        self._wanted[item.kind, item.key] = item
        found = [there for there in standing if _is_ours(item, there)]
        named = [there for there in standing if there.get(NAMES[item.kind]) == item.name]
        if len(found) > 1:
            ids = ", ".join(str(there["id"]) for there in found)
            self.problems.append(
                f"{item.kind} {item.name!r}: several objects carry {item.mark} (ids {ids}): "
                "remove the mark from all but one"
            )
            return None
        if not found and named and item.kind != "category":
            self.problems.append(
                f"{item.kind} {item.name!r} (id {named[0]['id']}) exists and is not ours: rename "
                f"it, or add {item.mark} to its description and it will be adopted"
            )
            return None
        return self._step(item, found[0] if found else None)

    def _step(self, item: Wanted, there: Object | None) -> Step:
        if there is None:
            return Step("create", item.kind, item.key, item.name)
        if item.kind == "field":
            item = self._wanted[item.kind, item.key] = _keep_options(item, there)
        object_id = str(there["id"])
        self.ids.by_kind[item.kind][item.key] = object_id
        changes = tuple(
            Change(key, there.get(key), value)
            for key, value in item.payload.items()
            if not same(value, there.get(key))
        )
        for change in changes:
            if change.key in _FIXED[item.kind]:
                self.problems.append(
                    f"{item.kind} {item.name!r}: {change.key} is {change.old!r} and Zendesk never "
                    f"changes it to {change.new!r}: delete the object, or rename the key"
                )
        verb: Verb = "change" if changes else "keep"
        return Step(verb, item.kind, item.key, item.name, object_id, changes)

    def _note_left_out(self, wanted: list[Wanted]) -> None:
        made = {item.key for item in wanted}
        self.left_out = [
            f"trigger {item.title!r}: this account's trigger definitions offer none of its `any` "
            "conditions"
            for key, item in self._files.triggers.items()
            if key not in made
        ]


def _keep_options(item: Wanted, there: Object) -> Wanted:
    """Zendesk drops every option that a PUT does not list, from tickets too: list foreign ones."""
    ours = objects(item.payload.get("custom_field_options"))
    standing = objects(there.get("custom_field_options"))
    if not ours:
        return item
    known = {option.get("value"): option.get("id") for option in standing}
    named = [
        {"id": known[option["value"]], **option} if option["value"] in known else option
        for option in ours
    ]
    values = {option["value"] for option in ours}
    foreign = [
        {key: option[key] for key in ("id", "name", "value")}
        for option in standing
        if option.get("value") not in values
    ]
    return replace(item, payload={**item.payload, "custom_field_options": [*named, *foreign]})


def _make(shelf: Shelf, item: Wanted) -> str:
    """Create an object; when the answer was lost, look whether it stands before giving up."""
    try:
        return str(shelf.make({**item.payload, **item.at_first})["id"])
    except OutcomeUnknown:
        for there in shelf.list():
            if _is_ours(item, there):
                return str(there["id"])
        raise


def _is_ours(item: Wanted, there: Object) -> bool:
    if item.kind == "category":
        return there.get("name") == item.name
    return item.mark in text(there.get("description"))


def same(wanted: object, there: object) -> bool:
    """Is what the files set already there? Keys that Zendesk adds by itself do not count."""
    if isinstance(wanted, dict):
        if not isinstance(there, dict):
            return False
        if wanted.get("field") == "current_tags":
            return _same_tags(wanted, there)
        return all(same(value, there.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(there, list)
            and len(wanted) == len(there)
            and all(same(one, other) for one, other in zip(wanted, there, strict=True))
        )
    return _scalar(wanted) == _scalar(there)


def _same_tags(wanted: Mapping[str, object], there: Mapping[str, object]) -> bool:
    """Zendesk may sort the tags of a condition or an action."""
    rest = {key: value for key, value in wanted.items() if key not in ("field", "value")}
    tags = set(text(wanted.get("value")).split())
    return (
        there.get("field") == "current_tags"
        and same(rest, dict(there))
        and set(str(there.get("value") or "").split()) == tags
    )


def _scalar(value: object) -> str:
    """Zendesk returns numbers for our strings and null for our empty ones."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _problems(files: ZendeskObjects, settings: ProvisionSettings) -> list[str]:
    found = []
    if not settings.public_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        found.append("PUBLIC_URL must be an https address that Zendesk can reach")
    if settings.known_commands is not None:
        found += [
            f"macro tag {tag!r}: the runbook knows no such command"
            for tag in files.command_tags
            if tag not in settings.known_commands
        ]
    return found


__all__ = [
    "Applied", "Change", "ProvisionError", "ProvisionPlan", "ProvisionSettings", "Step",
    "apply", "plan", "same",
]  # fmt: skip
