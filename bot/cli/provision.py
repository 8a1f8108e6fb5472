"""`provision plan` and `provision apply`: Zendesk's objects from manifests/zendesk."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import click
from dotenv import set_key
from rich.console import Console
from rich.text import Text

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, need, settings
from bot.cli.stores import open_store, operator
from bot.config import Settings
from bot.manifests import Manifests, manifests_folder
from bot.pipeline.assemble import account_of
from bot.runbook.snippet import frame_values
from bot.store.database import Database
from bot.store.objects import ObjectBook
from bot.store.switches import SwitchBoard
from bot.zendesk import provision as engine
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.credentials import PROVISIONING_SCOPE
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import ZendeskError
from bot.zendesk.object_files import read_objects
from bot.zendesk.objects import ManifestError, ZendeskObjects
from bot.zendesk.reading import FieldIds
from bot.zendesk.session import ZendeskSession
from bot.zendesk.wanted import ProvisionSettings

T = TypeVar("T")
#: Seconds that one call may wait at the account's limit: people rather wait than resume.
PATIENCE: Final = 60.0
_SIGNS: Final = {"create": ("+", "green"), "change": ("~", "yellow"), "keep": (" ", "dim")}


@click.group()
def provision() -> None:
    """Show or make what Zendesk must contain: webhook, triggers, fields, macros."""


@provision.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.option("--exit-code", is_flag=True, help="Exit 1 when something would change.")
def plan(*, as_json: bool, exit_code: bool) -> None:
    """Read the account and show what `apply` would do. Nothing is written."""
    found = settings()
    planned = _asked(lambda: engine.plan(*_inputs(found)))
    if as_json:
        click.echo(json.dumps(asdict(planned), default=str))
    else:
        _show_plan(planned)
    if planned.problems:
        raise SystemExit(2)
    if exit_code and planned.writes:
        raise SystemExit(1)


@provision.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--env-file", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the webhook's signing secret there (mode 0600).",
)  # fmt: skip
def apply(*, yes: bool, env_file: Path | None) -> None:
    """Make and change what differs, after showing it. A second run writes nothing."""
    found = settings()
    inputs = _inputs(found)
    planned = _asked(lambda: engine.plan(*inputs))
    _show_plan(planned)
    if planned.problems:
        raise SystemExit(2)
    if planned.writes and not yes:
        click.confirm(f"Apply this to {planned.host}?", abort=True)
    applied = _asked(lambda: engine.apply(*inputs, report=_report))
    with open_store(found) as database:
        remember(database, applied, inputs[2].bot_user_id)
    click.echo(f"{planned.host}: {applied.writes} written, {len(applied.steps)} in all.")
    if env_file is not None:
        write_secret(env_file, found, applied.secrets)
        click.echo(f"{env_file}: ZENDESK_WEBHOOK_SECRETS written, readable by you alone.")
    elif not set(applied.secrets) <= set(found.zendesk_webhook_secrets):
        click.echo(
            "ZENDESK_WEBHOOK_SECRETS does not hold this webhook's secret yet: run again with "
            "`--env-file .env`"
        )


def remember(database: Database, applied: engine.Applied, bot_user_id: int) -> None:
    """Keep the ids that a running bot needs, and the moment of the first apply."""
    book = ObjectBook(database)
    for kind, ids in applied.ids.items():
        for key, object_id in ids.items():
            book.remember(kind, key, object_id)
    book.remember("user", "bot", str(bot_user_id))
    SwitchBoard(database).set_watermark(datetime.now(UTC), operator())


def write_secret(file: Path, found: Settings, secrets: Sequence[str]) -> None:
    """Put the secrets first and keep the older ones: a rotation has no gap."""
    every = dict.fromkeys([*secrets, *found.zendesk_webhook_secrets])
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
    file.chmod(0o600)
    set_key(file, "ZENDESK_WEBHOOK_SECRETS", " ".join(every), quote_mode="never")
    file.chmod(0o600)


def provision_inputs(
    found: Settings, manifests: Manifests
) -> tuple[ZendeskSession, ZendeskObjects, ProvisionSettings]:
    """Return what the engine needs: a session as the provisioning client, the files, who we are."""
    account = account_of(found)
    bot_id = ZendeskDesk(ZendeskSession(account, InMemoryBudget()), FieldIds()).me().id
    if found.zendesk_provision_client_id:
        account = replace(
            account,
            client_id=found.zendesk_provision_client_id,
            client_secret=found.zendesk_provision_client_secret,
        )
    session = ZendeskSession(
        replace(account, scope=PROVISIONING_SCOPE), InMemoryBudget(), patience=PATIENCE
    )
    runbook = manifests.runbook
    wanted = ProvisionSettings(
        public_url=found.public_url,
        bot_user_id=bot_id,
        scenarios={label: scenario.name for label, scenario in runbook.scenarios.items()},
        known_commands=tuple(runbook.commands),
        words=frame_values(runbook, {})
        | {f"{name}_url": link.url for name, link in runbook.head.links.items()},
    )
    folders = [manifests_folder() / "zendesk"]
    if found.manifests_dir is not None:
        folders.append(found.manifests_dir / "zendesk")
    return session, read_objects(folders), wanted


def _inputs(found: Settings) -> tuple[ZendeskSession, ZendeskObjects, ProvisionSettings]:
    need(found, "ZENDESK_URL", "PUBLIC_URL")
    manifests = checked_manifests(found.manifests_dir)
    return _asked(lambda: provision_inputs(found, manifests))


def _asked(ask: Callable[[], T]) -> T:
    """Run it; what Zendesk or the files refuse ends the command in words."""
    try:
        return ask()
    except (ZendeskError, engine.ProvisionError, ManifestError) as error:
        raise Refused(str(error)) from error


def _show_plan(planned: engine.ProvisionPlan) -> None:
    console = Console(highlight=False)
    console.print(f"Account {planned.host}")
    for step in planned.steps:
        _print(console, step)
    for line in planned.left_out:
        console.print(Text(f"  left out: {line}", style="yellow"))
    for problem in planned.problems:
        console.print(Text(f"  refused: {problem}", style="red"))
    console.print(f"{planned.writes} to write, {len(planned.steps)} in all.")


def _print(console: Console, step: engine.Step) -> None:
    sign, style = _SIGNS[step.verb]
    console.print(Text(f"{sign} {step.kind} {step.name}", style=style))
    for change in step.changes:
        console.print(Text(f"    {change.key}: {change.old!r} -> {change.new!r}", style="dim"))


def _report(step: engine.Step) -> None:
    if step.verb != "keep":
        _print(Console(highlight=False), step)
