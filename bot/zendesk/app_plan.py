"""What of the sidebar app differs from what the files say? Reads only; unchanged means no write.

The account itself proves that nothing changed: the app's version ends in a digest of its files.
What Zendesk never shows again, such as the secret, is proved by a fingerprint that we remember.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from bot.zendesk.app_wanted import FILE, AppWanted
from bot.zendesk.apps import App, AppShelf, Installation
from bot.zendesk.errors import NotFound, ScopeMissing
from bot.zendesk.listing import Object
from bot.zendesk.provision.steps import Change
from bot.zendesk.session import ZendeskSession

_OURS: Final = re.compile(r"\+[0-9a-f]{12}$")
_SECRET: Final = "(secret)"  # noqa: S105  what is shown in its place


@dataclass(frozen=True, slots=True)
class AppKnown:
    """What a former run remembered of the app; empty strings before the first."""

    app_id: str = ""
    installation_id: str = ""
    digest: str = ""
    """Of the package that was built last."""
    shown: str = ""
    """The version that Zendesk showed for it."""
    fingerprint: str = ""
    """Of what the installation was given last."""
    job: str = ""
    """A build that was begun and whose end was not seen."""


@dataclass(frozen=True, slots=True)
class AppStep:
    """What has to be done about the app or its installation."""

    verb: Literal["create", "change", "keep", "remove"]
    kind: Literal["app", "installation"]
    name: str
    object_id: str | None = None
    changes: tuple[Change, ...] = ()
    digest: str = ""
    """Of what the files and settings want, so that a saved plan knows when they changed."""
    key: str = "sidebar"


@dataclass(frozen=True, slots=True)
class AppPlan:
    """What `apply_app` would do."""

    steps: tuple[AppStep, ...]
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    payload: Object = field(default_factory=dict, repr=False)
    """What the installation would be sent."""

    @property
    def writes(self) -> int:
        """How many objects would be written."""
        return sum(step.verb != "keep" for step in self.steps)


#: Before the first run.
NOTHING_KNOWN: Final = AppKnown()


def plan_app(
    session: ZendeskSession,
    wanted: AppWanted,
    known: AppKnown = NOTHING_KNOWN,
) -> AppPlan:
    """Read the account and say what `apply_app` would do; nothing is written."""
    return plan_on(AppShelf(session), wanted, known)


def find_app(shelf: AppShelf, name: str, app_id: str = "") -> tuple[App | None, str]:
    """Return our app in the account, and what is wrong with what was found."""
    owned = shelf.owned()
    remembered = [app for app in owned if app_id and app.id == app_id]
    named = remembered or [app for app in owned if app.name == name]
    if len(named) > 1:
        ids = ", ".join(app.id for app in named)
        return None, (
            f"app {name!r}: several apps of the account have this name (ids {ids}): delete all but "
            "one in Admin Center > Apps and integrations > Zendesk Support apps"
        )
    if named and not remembered and named[0].version and not _OURS.search(named[0].version):
        return None, (
            f"app {name!r} (id {named[0].id}, version {named[0].version}) exists and was not built "
            "by us: rename or delete it in Admin Center > Apps and integrations > Zendesk Support "
            "apps, or change the name in manifests/app/manifest.json"
        )
    return (named[0] if named else None), ""


def plan_on(shelf: AppShelf, wanted: AppWanted, known: AppKnown) -> AppPlan:
    """The same on a shelf that is open already."""
    app, problem = find_app(shelf, wanted.package.name, known.app_id)
    problems = [problem] if problem else []
    restrictions = _restrictions(shelf, wanted, problems)
    installed = _installed(shelf, app)
    notices = []
    if len(installed) > 1:
        notices.append(f"app {wanted.package.name!r} is installed {len(installed)} times; the "
                       f"first is kept up to date (id {installed[0].id})")  # fmt: skip
    if installed and not installed[0].enabled:
        notices.append(f"app {wanted.package.name!r}: somebody switched it off; it stays off")
    step, payload = _installation_step(wanted, known, installed, restrictions)
    steps = (
        replace(_app_step(wanted, known, app), digest=wanted.package.digest),
        replace(step, digest=wanted.fingerprint),
    )
    return AppPlan(steps, tuple(problems), tuple(notices), payload)


def _app_step(wanted: AppWanted, known: AppKnown, app: App | None) -> AppStep:
    package = wanted.package
    if app is None:
        return AppStep("create", "app", package.name)
    if app.version == package.version or (
        # An account that shows another version than it was given still shows what it showed then.
        (known.app_id, known.digest, known.shown) == (app.id, package.digest, app.version or "")
    ):
        return AppStep("keep", "app", package.name, app.id)
    change = Change("version", app.version, package.version)
    return AppStep("change", "app", package.name, app.id, (change,))


def _installed(shelf: AppShelf, app: App | None) -> list[Installation]:
    if app is None:
        return []
    return [item for item in shelf.installations() if item.app_id == app.id]


def _installation_step(
    wanted: AppWanted,
    known: AppKnown,
    installed: list[Installation],
    restrictions: Mapping[str, list[str]],
) -> tuple[AppStep, Object]:
    name = f"{wanted.title} in the ticket sidebar"
    limits: Object = {key: [as_number(item) for item in ids] for key, ids in restrictions.items()}
    if not installed:
        given = {"name": wanted.title, "title": wanted.title,
                 **wanted.settings, **wanted.secret_settings}  # fmt: skip
        return AppStep("create", "installation", name), {"settings": given, **limits}
    there = installed[0]
    plain = {"name": wanted.title, **wanted.settings}
    # What Zendesk does not show cannot differ; the fingerprint tells whether it was sent before.
    changes = [
        Change(key, there.settings[key], value)
        for key, value in plain.items()
        if key in there.settings and there.settings[key] != value
    ]
    settings: Object = {change.key: change.new for change in changes}
    if (known.installation_id, known.fingerprint) != (there.id, wanted.fingerprint):
        hidden = [key for key in plain if key not in there.settings]
        changes += [Change(key, None, plain[key]) for key in hidden]
        changes += [Change(key, _SECRET, _SECRET) for key in wanted.secret_settings]
        settings |= {key: plain[key] for key in hidden} | {**wanted.secret_settings}
    shown = {"group_restrictions": there.groups, "role_restrictions": there.roles}
    limited = {key: ids for key, ids in restrictions.items() if sorted(ids) != list(shown[key])}
    changes += [Change(key, list(shown[key]), ids) for key, ids in limited.items()]
    if not changes:
        return AppStep("keep", "installation", name, there.id), {}
    payload: Object = {"settings": settings} if settings else {}
    payload |= {key: limits[key] for key in limited}
    return AppStep("change", "installation", name, there.id, tuple(changes)), payload


def as_number(key: str) -> object:
    """An id as Zendesk wants it back: a number, unless it is none."""
    return int(key) if key.isdecimal() else key


def _restrictions(shelf: AppShelf, wanted: AppWanted, problems: list[str]) -> dict[str, list[str]]:
    """Ids instead of names; only what the file names is looked up, compared and sent."""
    found: dict[str, list[str]] = {}
    for key, plural, names in (
        ("group_restrictions", "groups", wanted.groups),
        ("role_restrictions", "custom_roles", wanted.roles),
    ):
        if not names:
            continue
        try:
            ids = shelf.named_ids(plural)
        except (NotFound, ScopeMissing):
            problems.append(f"{FILE}: app: this account shows no {plural}: leave them out")
            continue
        for name in names:
            matching = ids.get(name.lower(), [])
            if len(matching) != 1:
                problems.append(f"{FILE}: app: {len(matching)} {plural} are called {name!r}: "
                                "exactly one is needed")  # fmt: skip
            found.setdefault(key, []).extend(matching)
    return found
