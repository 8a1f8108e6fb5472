"""Take the sidebar app away, or back to what it was before a run of the journal."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.zendesk.app_deals import (
    HIDDEN,
    SIDEBAR,
    AppDeal,
    AppRecorder,
    NoAppRecord,
    app_shown,
    installation_shown,
)
from bot.zendesk.app_plan import AppPlan, AppStep, as_number
from bot.zendesk.apps import App, AppShelf, Installation
from bot.zendesk.listing import Object
from bot.zendesk.provision.kept import Kept
from bot.zendesk.provision.steps import Change
from bot.zendesk.session import ZendeskSession

_LIMITS: Final = ("group_restrictions", "role_restrictions")


def plan_removal(session: ZendeskSession, app_id: str) -> AppPlan:
    """Say what `destroy_app` would remove; nothing is written."""
    return AppPlan(tuple(step for step, _ in _standing(AppShelf(session), app_id)))


def destroy_app(
    session: ZendeskSession, app_id: str, recorder: AppRecorder | None = None
) -> tuple[AppStep, ...]:
    """Remove the app, its installations first; return what was removed."""
    shelf, record = AppShelf(session), recorder or NoAppRecord()
    found = _standing(shelf, app_id)
    for step, before in found:
        _remove(shelf, record, step, before)
    return tuple(step for step, _ in found)


def plan_app_undo(session: ZendeskSession, entries: Iterable[Kept]) -> AppPlan:
    """Say what `undo_app` would do, and what of a run nobody can take back."""
    return _Undo(AppShelf(session), list(entries)).plan()


def undo_app(
    session: ZendeskSession,
    entries: Iterable[Kept],
    recorder: AppRecorder | None = None,
    report: Callable[[AppStep], None] = lambda _: None,
) -> tuple[AppStep, ...]:
    """Take back what can be; return it."""
    shelf, record = AppShelf(session), recorder or NoAppRecord()
    undo = _Undo(shelf, list(entries))
    planned = undo.plan()
    for step in planned.steps:
        before = undo.befores[step.kind, str(step.object_id)]
        if step.verb == "remove":
            _remove(shelf, record, step, before)
        else:
            payload = undo.payloads[str(step.object_id)]
            number = record.intend(AppDeal("changed", "installation", SIDEBAR, step.name,
                                           step.object_id, before, payload))  # fmt: skip
            shelf.change(str(step.object_id), payload)
            record.done(number, str(step.object_id))
        report(step)
    return planned.steps


def _remove(shelf: AppShelf, record: AppRecorder, step: AppStep, before: Object) -> None:
    key = str(step.object_id)
    number = record.intend(AppDeal("deleted", step.kind, SIDEBAR, step.name, key, before))
    (shelf.delete if step.kind == "app" else shelf.uninstall)(key)
    record.done(number, key)


def _standing(shelf: AppShelf, app_id: str) -> list[tuple[AppStep, Object]]:
    """The app and its installations, in the order in which they go."""
    app = next((app for app in shelf.owned() if app.id == app_id), None)
    if app is None:
        return []
    mine = [item for item in shelf.installations() if item.app_id == app_id]
    gone = [(_gone(item), installation_shown(item)) for item in mine]
    return [*gone, (AppStep("remove", "app", app.name, app.id), app_shown(app))]


def _gone(item: Installation) -> AppStep:
    return AppStep("remove", "installation", item.title or "of the sidebar app", item.id)


@dataclass(slots=True)
class _Undo:
    shelf: AppShelf
    entries: list[Kept]
    befores: dict[tuple[str, str], Object] = field(default_factory=dict)
    payloads: dict[str, Object] = field(default_factory=dict)
    steps: list[AppStep] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def plan(self) -> AppPlan:
        """Look at what still stands, the last write first."""
        mine = [one for one in self.entries if one.kind in ("app", "installation")]
        if not mine:
            return AppPlan(())
        apps, installed = self.shelf.owned(), self.shelf.installations()
        for deal in reversed(mine):
            match deal.kind, deal.deed:
                case "app", "created":
                    self._uncreate(_app_of(deal, apps), installed)
                case "installation", "created":
                    self._uninstall(_installation_of(deal, apps, installed))
                case "installation", "changed":
                    self._unchange(deal, _installation_of(deal, apps, installed))
                case _:
                    self.notices.append(_for_good(deal))
        return AppPlan(tuple(self.steps), (), tuple(dict.fromkeys(self.notices)))

    def _uncreate(self, app: App | None, installed: Iterable[Installation]) -> None:
        if app is None:
            return
        for item in installed:
            if item.app_id == app.id:
                self._uninstall(item)
        self._add(AppStep("remove", "app", app.name, app.id), app_shown(app))

    def _uninstall(self, item: Installation | None) -> None:
        if item is not None:
            self._add(_gone(item), installation_shown(item))

    def _unchange(self, deal: Kept, there: Installation | None) -> None:
        if there is None or any(step.object_id == there.id for step in self.steps):
            return
        before, after = deal.before or {}, deal.after or {}
        then, given = _settings(before), _settings(after)
        if HIDDEN in given.values():
            self.notices.append(
                f"installation {deal.name!r}: the secret that it had before is kept nowhere; put "
                "the former one first in SIDEBAR_SECRETS and run `provision apply`"
            )
        settings = {name: then[name] for name, value in given.items()
                    if name in then and value != HIDDEN and there.settings.get(name) == value
                    and then[name] != value}  # fmt: skip
        payload: Object = {"settings": settings} if settings else {}
        changes = [Change(name, there.settings[name], value) for name, value in settings.items()]
        for key, now in zip(_LIMITS, (there.groups, there.roles), strict=True):
            former = _ids(before.get(key))
            if key in after and list(now) == _ids(after[key]) and former != list(now):
                payload[key] = [as_number(one) for one in former]
                changes.append(Change(key, list(now), former))
        if changes:
            self.payloads[there.id] = payload
            step = AppStep("change", "installation", deal.name, there.id, tuple(changes))
            self._add(step, installation_shown(there))

    def _add(self, step: AppStep, before: Object) -> None:
        place = (step.kind, str(step.object_id))
        if place not in self.befores:
            self.befores[place] = before
            self.steps.append(step)


def _app_of(deal: Kept, apps: Iterable[App]) -> App | None:
    """By id; by name and version where the id was never learnt."""
    version = (deal.after or {}).get("version")
    for app in apps:
        if app.id == deal.object_id or (
            deal.object_id is None and (app.name, app.version) == (deal.name, version)
        ):
            return app
    return None


def _installation_of(
    deal: Kept, apps: Iterable[App], installed: Iterable[Installation]
) -> Installation | None:
    app_id = str((deal.after or {}).get("app_id"))
    known = any(app.id == app_id for app in apps)
    for item in installed:
        if item.id == deal.object_id or (
            deal.object_id is None and known and item.app_id == app_id
        ):
            return item
    return None


def _for_good(deal: Kept) -> str:
    if deal.deed == "deleted":
        return (
            f"{deal.kind} {deal.name!r} is not made again: Zendesk keeps no package of a deleted "
            "app. `provision apply` builds and installs it"
        )
    return (
        f"{deal.kind} {deal.name!r} keeps its version: Zendesk keeps no former package. Take the "
        "former files and run `provision apply`"
    )


def _settings(shown: Mapping[str, object]) -> Mapping[str, object]:
    found = shown.get("settings")
    return found if isinstance(found, dict) else {}


def _ids(value: object) -> list[str]:
    return sorted(str(one) for one in value) if isinstance(value, list) else []
