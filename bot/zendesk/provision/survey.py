"""One pass over the account: what stands there, what the files want, and the steps between."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.zendesk.catalog import NAMES, OPTIONAL, Catalog, Kind, plural
from bot.zendesk.definitions import (
    Definitions,
    action_problems,
    condition_problems,
    read_definitions,
)
from bot.zendesk.errors import NotFound, ScopeMissing, ZendeskError
from bot.zendesk.listing import Object
from bot.zendesk.macro_text import DraftError
from bot.zendesk.marks import mark_in
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision.adopted import as_adopted, options_of
from bot.zendesk.provision.compare import differs, keep_options
from bot.zendesk.provision.forms import placements
from bot.zendesk.provision.notices import notices_of
from bot.zendesk.provision.order import order_of
from bot.zendesk.provision.orphans import orphans_of, stays_behind
from bot.zendesk.provision.refusals import Refusal
from bot.zendesk.provision.steps import Change, Step, Verb
from bot.zendesk.provision.write import Writer
from bot.zendesk.reading import objects, text
from bot.zendesk.wanted import LATER, Ids, Maker, ProvisionSettings, Wanted

#: Zendesk fixes these when an object is made.
_FIXED: Final[Mapping[Kind, frozenset[str]]] = {
    "webhook": frozenset({"subscriptions"}),
    "field": frozenset({"type"}),
}


class Survey:
    """What a pass finds and makes becomes known to later kinds."""

    def __init__(
        self, catalog: Catalog, files: ZendeskObjects, settings: ProvisionSettings
    ) -> None:
        self.catalog = catalog
        self.files = files
        self.settings = settings
        self.ids = Ids()
        self.problems: list[str] = _first_problems(files, settings)
        self.left_out: list[str] = []
        self.notices: list[str] = []
        self.options: dict[str, dict[str, str]] = {}
        self.standing: dict[Kind, list[Object]] = {}
        self._definitions: Definitions | None = None
        self._wanted: dict[tuple[Kind, str], Wanted] = {}
        self._there: dict[tuple[Kind, str], Object] = {}

    def look_at(self, kind: Kind) -> list[Step]:
        """Compare one kind with the account; ids of the kinds before it must be known."""
        standing = self._listed(kind)
        if standing is None:
            return []
        self.standing[kind] = standing
        if kind == "order":
            return self._order(standing[0])
        wanted = self._wanted_of(kind, standing)
        self.problems += self._illegal(kind, wanted)
        steps = [step for item in wanted if (step := self._compare(item, standing)) is not None]
        self.notices += notices_of(kind, steps, standing, self)
        self.notices += stays_behind(self.files, kind, standing)
        return steps

    def orphans(self, kind: Kind) -> list[tuple[Step, Object]]:
        """What we made and the files name no more; it goes after what may have called it."""
        return orphans_of(self.files, kind, self.standing.get(kind, []))

    def do(self, step: Step, writer: Writer) -> Step:
        """Carry out one step and remember the object's id."""
        item = self._wanted[step.kind, step.key]
        object_id = step.object_id
        if object_id is None:
            payload = {**item.payload, **item.at_first}
            object_id = writer.create(step.kind, step.key, step.name, payload)
        elif step.verb == "change":
            fixed = _FIXED.get(step.kind, frozenset())
            payload = {key: value for key, value in item.payload.items() if key not in fixed}
            there = self._there[step.kind, step.key]
            writer.change(step.kind, step.key, step.name, there, payload)
        if step.kind != "order":
            self.ids.by_kind[step.kind][step.key] = object_id
        return replace(step, object_id=object_id)

    def _order(self, there: Object) -> list[Step]:
        keys = [key for key in self.files.triggers if ("trigger", key) in self._wanted]
        wanted = [(self.ids.by_kind["trigger"].get(key, f"{LATER} {key}"), key) for key in keys]
        item, step = order_of(wanted, there)
        self._wanted["order", step.key], self._there["order", step.key] = item, there
        return [step]

    def _listed(self, kind: Kind) -> list[Object] | None:
        """None, with a line for people, where the account has no such thing."""
        if kind in OPTIONAL and not getattr(self.files, f"{kind}s"):
            return None
        try:
            return self.catalog.shelves[kind].list()
        except (NotFound, ScopeMissing) as error:
            if kind not in OPTIONAL:
                raise Refusal(f"the list of {plural(kind)} cannot be read", error, kind) from error
            self.left_out.append(_without(kind, error))
            return None
        except ZendeskError as error:
            raise Refusal(f"the list of {plural(kind)} cannot be read", error, kind) from error

    def _wanted_of(self, kind: Kind, standing: list[Object]) -> list[Wanted]:
        if kind == "form":
            items, missing = placements(self.files, self.ids, standing)
            self.left_out += missing
            return items
        maker = Maker(self.files, self.settings, self.ids, self._known(kind))
        try:
            wanted = maker.all(kind)
        except DraftError as error:
            self.problems.append(f"macros: {error}: `[[ ]]` holds a word that is not known")
            return []
        if kind == "trigger":
            self._note_left_out(wanted)
        return self._possible_macros(wanted) if kind == "macro" else wanted

    def _possible_macros(self, wanted: list[Wanted]) -> list[Wanted]:
        """The names of a draft's actions differ: one that this account lacks costs that macro."""
        offered = self._known("macro").macro_actions
        lacking = {
            item.key: sorted(drafts)
            for item in wanted
            if offered is not None and (drafts := _draft_actions(item) - offered)
        }
        self.left_out += [
            f"macro {item.name!r}: macros of this account know no {', '.join(lacking[item.key])}"
            for item in wanted
            if item.key in lacking
        ]
        return [item for item in wanted if item.key not in lacking]

    def _known(self, kind: Kind) -> Definitions:
        """Definitions change when fields are made: they are read after them, once."""
        if kind not in ("trigger", "macro"):
            return Definitions()
        if self._definitions is None:
            try:
                self._definitions = read_definitions(self.catalog.session)
            except ZendeskError as error:
                raise Refusal("the trigger definitions cannot be read", error) from error
        return self._definitions

    def _illegal(self, kind: Kind, wanted: list[Wanted]) -> list[str]:
        known = self._known(kind)
        offered = known.actions if kind == "trigger" else known.macro_actions
        found = []
        for item in wanted if kind in ("trigger", "macro") else ():
            where = f"{kind} {item.name!r}"
            found += condition_problems(where, item.payload, known, LATER)
            found += action_problems(where, item.payload, offered, LATER)
        return found

    def _compare(self, item: Wanted, standing: list[Object]) -> Step | None:
        if item.kind == "form":
            there = next(one for one in standing if str(one["id"]) == item.at_first["id"])
            return self._step(replace(item, at_first={}), there)
        found = [there for there in standing if _carries(there, item.key)]
        if len(found) > 1:
            ids = ", ".join(str(there["id"]) for there in found)
            self.problems.append(
                f"{item.kind} {item.name!r}: several objects carry {item.mark} (ids {ids}): "
                "remove the mark from all but one"
            )
            return None
        if not found and (named := _named(item, standing)):
            self.problems.append(_stranger(item, named))
            return None
        return self._step(item, found[0] if found else None)

    def _step(self, item: Wanted, there: Object | None) -> Step:
        place = (item.kind, item.key)
        digest = _digest(item)
        if there is None:
            self._wanted[place] = item
            return Step("create", item.kind, item.key, item.name, digest=digest)
        item, adopted = self._fitted(item, there)
        self._wanted[place], self._there[place] = item, there
        object_id = self.ids.by_kind[item.kind][item.key] = str(there["id"])
        changes = tuple(
            Change(key, there.get(key), value)
            for key, value in item.payload.items()
            if differs(item.kind, key, value, there)
        )
        self.problems += [_fixed(item, change) for change in changes
                          if change.key in _FIXED.get(item.kind, ())]  # fmt: skip
        verb: Verb = "change" if changes else "keep"
        return Step(verb, item.kind, item.key, item.name, object_id, changes, adopted, digest)

    def _fitted(self, item: Wanted, there: Object) -> tuple[Wanted, bool]:
        """Fit what the files want to the object that is there: adopted, with options of others."""
        mark = mark_in(there)
        adopted = mark is not None and mark.adopted
        if adopted:
            if item.kind == "field":
                self.options[item.key] = options_of(item, there)
            item = as_adopted(item)
        if item.kind == "field":
            item = keep_options(item, there)
        if self.settings.reactivate:
            item = replace(item, payload={**item.payload, **item.at_first})
        return item, adopted

    def _note_left_out(self, wanted: list[Wanted]) -> None:
        made = {item.key for item in wanted}
        unread = self._known("trigger").unread
        why = (
            f"the account's trigger definitions cannot be read ({unread}), and whether it offers "
            "its `any` conditions is not known. Let the provisioning client have the scope `read` "
            "and an admin as its user, then run `provision apply` again. Until then"
            if unread
            else "this account's trigger definitions offer none of its `any` conditions;"
        )
        self.left_out += [
            f"trigger {item.title!r}: {why} re-evaluation after a field change is by the macro "
            "*Look again*"
            for key, item in self.files.triggers.items()
            if key not in made
        ]


def _draft_actions(item: Wanted) -> frozenset[str]:
    names = {text(action.get("field")) for action in objects(item.payload.get("actions"))}
    return frozenset(name for name in names if name.startswith("comment_"))


def _carries(there: Object, key: str) -> bool:
    mark = mark_in(there)
    return mark is not None and mark.key == key


def _named(item: Wanted, standing: list[Object]) -> list[Object]:
    """Strangers of the same name; a category is told by its marked name alone."""
    if item.kind == "category":
        return []
    name = NAMES[item.kind]
    return [one for one in standing if one.get(name) == item.name and mark_in(one) is None]


def _stranger(item: Wanted, named: list[Object]) -> str:
    ids = ", ".join(str(there["id"]) for there in named)
    what = f"{item.kind} {item.name!r} (id {ids}) exists and is not ours"
    chosen = f"={named[0]['id']}" if len(named) == 1 else "=ID with one of these ids"
    if item.kind == "view":
        return f"{what}: rename it"
    return f"{what}: rename it, or `provision adopt {item.kind}:{item.key}{chosen}`"


def _fixed(item: Wanted, change: Change) -> str:
    return (
        f"{item.kind} {item.name!r}: {change.key} is {change.old!r} and Zendesk never changes it "
        f"to {change.new!r}: delete the object, or rename the key"
    )


def _digest(item: Wanted) -> str:
    words = json.dumps([item.payload, item.at_first], sort_keys=True, default=str)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _without(kind: Kind, error: ZendeskError) -> str:
    if kind == "form":
        return (
            f"form placement: this account shows no ticket forms ({error.status}; they need Suite "
            "Growth or Support Enterprise). Without forms every field stands on every ticket"
        )
    return f"views: this account shows none to us ({error.status}); nothing else depends on it"


def _first_problems(files: ZendeskObjects, settings: ProvisionSettings) -> list[str]:
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
