"""The sidebar app's part in `provision plan`, `apply` and `destroy`."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final, TypeVar

import click

from bot.cli.app_deploy import (
    apply_sidebar,
    destroy_sidebar,
    forget_sidebar,
    known_app,
    left_out,
    plan_sidebar,
    plan_sidebar_removal,
)
from bot.cli.provision_show import difference, show_plan
from bot.cli.session import Refused
from bot.cli.stores import open_store
from bot.config import Settings
from bot.store.database import Database
from bot.store.journal import Entry
from bot.store.objects import ObjectBook
from bot.zendesk.app_deals import AppRecorder
from bot.zendesk.app_package import AppError
from bot.zendesk.app_plan import AppPlan, AppStep
from bot.zendesk.app_remove import plan_app_undo, undo_app
from bot.zendesk.errors import NotFound, ScopeMissing, ZendeskError
from bot.zendesk.provision.refusals import way_out
from bot.zendesk.provision.steps import ProvisionPlan
from bot.zendesk.session import ZendeskSession

T = TypeVar("T")
_SIGNS: Final = {"create": "+", "change": "~", "keep": " ", "remove": "-"}


def planned_app(session: ZendeskSession, found: Settings) -> AppPlan:
    """Say what would be done about the app; why it cannot be is a notice, never the end."""
    if why := left_out(found):
        return AppPlan((), notices=(f"the sidebar app is left out: {why}",))
    try:
        with open_store(found) as database:
            return plan_sidebar(session, found, ObjectBook(database))
    except (AppError, Refused) as error:
        return AppPlan((), problems=tuple(str(error).splitlines()))
    except ZendeskError as error:
        return AppPlan((), notices=(_refused(error),))


def show_both(planned: ProvisionPlan, app: AppPlan, url: str) -> None:
    """Print a plan for people: the objects, the app, and the sum of both."""
    show_plan(planned, url)
    _show_app(app)
    count = len(planned.steps) + len(app.steps)
    click.echo(f"{planned.writes + app.writes} to write, {count} in all.")


def _show_app(planned: AppPlan) -> None:
    for step in planned.steps:
        _show_step(step)
        for change in step.changes:
            for line in difference(change):
                click.echo(f"    {line}")
    for line in planned.notices:
        click.echo(f"  note: {line}")
    for line in planned.problems:
        click.echo(f"  refused: {line}")


def app_json(planned: AppPlan) -> dict[str, Any]:
    """The same for machines, without what the installation would be sent: it holds a secret."""
    return {
        "steps": [asdict(step) for step in planned.steps],
        "problems": list(planned.problems),
        "notices": list(planned.notices),
        "writes": planned.writes,
    }


def apply_app(
    session: ZendeskSession, found: Settings, database: Database, recorder: AppRecorder
) -> int:
    """Build and install the app where it can be; return how many objects were written."""
    if left_out(found):
        return 0
    try:
        applied = apply_sidebar(session, found, ObjectBook(database), recorder)
    except AppError as error:
        raise Refused(str(error)) from error
    except (NotFound, ScopeMissing) as error:
        click.echo(_refused(error))
        return 0
    except ZendeskError as error:
        raise Refused(_refused(error)) from error
    for step in applied.steps:
        if step.verb != "keep":
            _show_step(step)
    return applied.writes


def planned_app_removal(session: ZendeskSession, database: Database) -> AppPlan:
    """Say what `destroy` would do about the app that this store remembers."""
    return _of_apps(lambda: plan_sidebar_removal(session, ObjectBook(database)))


def remove_app(session: ZendeskSession, database: Database, recorder: AppRecorder) -> int:
    """Take the app down that this store remembers; return how many objects went."""
    book = ObjectBook(database)
    if not known_app(book).app_id:
        return 0
    removed = _of_apps(lambda: destroy_sidebar(session, book, recorder))
    for step in removed:
        _show_step(step)
    return len(removed)


def planned_app_undo(session: ZendeskSession, entries: Sequence[Entry]) -> AppPlan:
    """Say what of a run `undo` takes back of the app, and what it cannot."""
    return _of_apps(lambda: plan_app_undo(session, entries))


def undo_app_run(
    session: ZendeskSession, entries: Sequence[Entry], database: Database, recorder: AppRecorder
) -> int:
    """Take it back; return how many objects were written."""
    done = _of_apps(lambda: undo_app(session, entries, recorder, _show_step))
    forget_sidebar(ObjectBook(database), [step for step in done if step.verb == "remove"])
    return len(done)


def _of_apps(ask: Callable[[], T]) -> T:
    """Run it; what is refused ends the command in words."""
    try:
        return ask()
    except AppError as error:
        raise Refused(str(error)) from error
    except ZendeskError as error:
        raise Refused(f"the sidebar app: {error.reason}. {way_out(error)}.") from error


def _show_step(step: AppStep) -> None:
    click.echo(f"{_SIGNS[step.verb]} {step.kind} {step.name}")


def _refused(error: ZendeskError) -> str:
    """Say what is the matter with apps; everything else of `provision` works without them."""
    if isinstance(error, NotFound | ScopeMissing):
        return (
            f"the sidebar app is left out: {error.reason}. Private apps need a plan that has them, "
            "and a provisioning client of an admin with the scopes `read write`; everything else "
            "works without it, and `provision apply` adds it later"
        )
    return f"the sidebar app: {error.reason}. {way_out(error)}."
