"""The sidebar app's part in `provision plan`, `apply` and `destroy`."""

from dataclasses import asdict
from typing import Any

import click

from bot.cli.app_deploy import apply_sidebar, destroy_sidebar, known_app, left_out, plan_sidebar
from bot.cli.provision_show import difference
from bot.cli.session import Refused
from bot.cli.stores import open_store
from bot.config import Settings
from bot.store.database import Database
from bot.store.objects import ObjectBook
from bot.zendesk.app_package import AppError
from bot.zendesk.app_plan import AppPlan
from bot.zendesk.errors import NotFound, ScopeMissing, ZendeskError
from bot.zendesk.provision.refusals import way_out
from bot.zendesk.session import ZendeskSession


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


def show_app(planned: AppPlan) -> None:
    """Print it beneath the plan of the other objects."""
    signs = {"create": "+", "change": "~", "keep": " "}
    for step in planned.steps:
        click.echo(f"{signs[step.verb]} {step.kind} {step.name}")
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


def apply_app(session: ZendeskSession, found: Settings, database: Database) -> int:
    """Build and install the app where it can be; return how many objects were written."""
    if left_out(found):
        return 0
    try:
        applied = apply_sidebar(session, found, ObjectBook(database))
    except AppError as error:
        raise Refused(str(error)) from error
    except (NotFound, ScopeMissing) as error:
        click.echo(_refused(error))
        return 0
    except ZendeskError as error:
        raise Refused(_refused(error)) from error
    for step in applied.steps:
        if step.verb != "keep":
            click.echo(f"{'+' if step.verb == 'create' else '~'} {step.kind} {step.name}")
    return applied.writes


def remove_app(session: ZendeskSession, database: Database) -> int:
    """Take the app down that this store remembers; return how many objects went."""
    book = ObjectBook(database)
    if not known_app(book).app_id:
        return 0
    try:
        removed = destroy_sidebar(session, book)
    except AppError as error:
        raise Refused(str(error)) from error
    except ZendeskError as error:
        raise Refused(_refused(error)) from error
    click.echo("- app and installation of the sidebar")
    return removed


def _refused(error: ZendeskError) -> str:
    """Say what is the matter with apps; everything else of `provision` works without them."""
    if isinstance(error, NotFound | ScopeMissing):
        return (
            f"the sidebar app is left out: {error.reason}. Private apps need a plan that has them, "
            "and a provisioning client of an admin with the scopes `read write`; everything else "
            "works without it, and `provision apply` adds it later"
        )
    return f"the sidebar app: {error.reason}. {way_out(error)}."
