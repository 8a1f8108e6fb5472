"""Make the account hold the sidebar app as the files say: built, installed, seen to stand there."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.zendesk.app_deals import (
    SIDEBAR,
    AppDeal,
    AppRecorder,
    NoAppRecord,
    installation_shown,
    sent,
)
from bot.zendesk.app_package import AppError, AppPackage
from bot.zendesk.app_plan import NOTHING_KNOWN, AppKnown, AppStep, as_number, find_app, plan_on
from bot.zendesk.app_wanted import AppWanted
from bot.zendesk.apps import AppShelf
from bot.zendesk.errors import NotFound, OutcomeUnknown
from bot.zendesk.listing import Object
from bot.zendesk.session import ZendeskSession

_LOOKS: Final = 5


@dataclass(frozen=True, slots=True)
class AppApplied:
    """What was done."""

    steps: tuple[AppStep, ...]
    known: AppKnown

    @property
    def writes(self) -> int:
        """How many objects were written."""
        return sum(step.verb != "keep" for step in self.steps)


def apply_app(
    session: ZendeskSession,
    wanted: AppWanted,
    known: AppKnown = NOTHING_KNOWN,
    remember: Callable[[AppKnown], None] = lambda _known: None,
    sleep: Callable[[float], None] = time.sleep,
    recorder: AppRecorder | None = None,
) -> AppApplied:
    """Build and install what differs. `remember` hears after every write what to keep.

    Safe to run again after a failure half-way. Raises `AppError` with the way out.
    """
    shelf = AppShelf(session, sleep)
    run = _Run(shelf, wanted, known, remember, sleep, recorder or NoAppRecord())
    run.finish_former_job()
    planned = plan_on(shelf, wanted, run.known)
    if planned.problems:
        raise AppError("\n".join(planned.problems))
    app_step, installation_step = planned.steps
    app_id = run.build(app_step)
    installation_id = run.install(installation_step, app_id, planned.payload)
    steps = (
        replace(app_step, object_id=app_id),
        replace(installation_step, object_id=installation_id),
    )
    return AppApplied(steps, run.known)


class _Run:
    """One application: what is written, and what is remembered after each write."""

    def __init__(
        self,
        shelf: AppShelf,
        wanted: AppWanted,
        known: AppKnown,
        remember: Callable[[AppKnown], None],
        sleep: Callable[[float], None],
        record: AppRecorder,
    ) -> None:
        self.known = known
        self._record = record
        self._shelf = shelf
        self._wanted = wanted
        self._remember = remember
        self._sleep = sleep

    def finish_former_job(self) -> None:
        """A build whose end was not seen may have made the app: no second one then."""
        if not self.known.job:
            return
        try:
            app_id = self._shelf.await_job(self.known.job)
        except (AppError, NotFound):
            self._keep(job="")
            return
        self._keep(app_id=app_id or self.known.app_id, job="")

    def build(self, step: AppStep) -> str:
        """Build the app when it differs; return its id."""
        if step.verb == "keep":
            return str(step.object_id)
        package = self._wanted.package
        begun = step.object_id is None and self._record.pending("app", SIDEBAR)
        # A run died in the middle of it: what it began may come up yet.
        if begun and (app_id := self._appeared()) is not None:
            return app_id
        upload_id = self._upload(package)
        number = self._record.intend(_build_deal(step, package))
        try:
            if step.object_id is None:
                job = self._shelf.create(upload_id, package.name)
            else:
                job = self._shelf.rebuild(step.object_id, upload_id)
        except OutcomeUnknown:
            app_id = self._found_after_all()
        else:
            self._keep(job=job)
            app_id = self._built(self._shelf.await_job(job) or step.object_id or self._look())
        self._record.done(number, app_id)
        return app_id

    def install(self, step: AppStep, app_id: str, payload: Object) -> str:
        """Install it, or change the installation, and see that it really stands there."""
        if step.verb == "keep":
            return str(step.object_id)
        secure = self._wanted.secret_settings
        if step.object_id is None:
            whole = {"app_id": as_number(app_id), **payload}
            number = self._record.intend(AppDeal("created", "installation", SIDEBAR, step.name,
                                                 None, None, sent(whole, secure)))  # fmt: skip
            key = self._shelf.install(whole)
        else:
            key = step.object_id
            before = installation_shown(self._shelf.installation(key), secure)
            number = self._record.intend(AppDeal("changed", "installation", SIDEBAR, step.name,
                                                 key, before, sent(payload, secure)))  # fmt: skip
            self._shelf.change(key, payload)
        self._record.done(number, key)
        there = self._shelf.installation(key)
        for name, value in self._wanted.settings.items():
            if there.settings.get(name, value) != value:
                raise AppError(
                    f"installation {key}: Zendesk took the settings, but shows {name} as "
                    f"{there.settings[name]!r} in place of {value!r}: run `provision apply` "
                    "again, or set it in Admin Center > Zendesk Support apps"
                )
        self._keep(installation_id=key, fingerprint=self._wanted.fingerprint)
        return key

    def _upload(self, package: AppPackage) -> object:
        shown: Object = {"version": package.version, "digest": package.digest}
        deal = AppDeal("created", "upload", SIDEBAR, package.name, None, None, shown)
        number = self._record.intend(deal)
        upload_id = self._shelf.upload(package)
        self._record.done(number, str(upload_id))
        return upload_id

    def _appeared(self) -> str | None:
        for _ in range(_LOOKS):
            self._sleep(2.0)
            app, _problem = find_app(self._shelf, self._wanted.package.name, self.known.app_id)
            if app and app.version == self._wanted.package.version:
                return self._built(app.id)
        return None

    def _found_after_all(self) -> str:
        """The answer was lost: has the account begun to build it?"""
        if (app_id := self._appeared()) is not None:
            return app_id
        raise AppError(
            "Zendesk's answer to the build was lost, and the app has not appeared: run "
            "`provision apply` again"
        )

    def _look(self) -> str:
        app, problem = find_app(self._shelf, self._wanted.package.name)
        if app is None:
            raise AppError(problem or "Zendesk says that the app was built, and shows none")
        return app.id

    def _built(self, app_id: str) -> str:
        shown = next((app.version for app in self._shelf.owned() if app.id == app_id), None)
        self._keep(app_id=app_id, digest=self._wanted.package.digest, shown=shown or "", job="")
        return app_id

    def _keep(self, **changes: str) -> None:
        self.known = replace(self.known, **changes)
        self._remember(self.known)


def _build_deal(step: AppStep, package: AppPackage) -> AppDeal:
    after: Object = {"version": package.version, "digest": package.digest}
    if step.object_id is None:
        return AppDeal("created", "app", SIDEBAR, package.name, None, None, after)
    before: Object = {"id": step.object_id}
    before |= {change.key: change.old for change in step.changes}
    return AppDeal("changed", "app", SIDEBAR, package.name, step.object_id, before, after)
