"""`provision`: Zendesk's objects from manifests/zendesk: plan, apply, take back, rotate."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click

from bot.cli.provision_app import app_json, apply_app, planned_app, show_both
from bot.cli.provision_back import adopt, destroy, history, undo
from bot.cli.provision_inputs import (
    Inputs,
    JournalRecorder,
    agree,
    asked,
    inputs_of,
    provision_inputs,
    remember,
    write_secrets,
    writing_store,
)
from bot.cli.provision_rotate import rotate_secret
from bot.cli.provision_show import plan_json, progress
from bot.cli.provision_suggest import show_suggestions
from bot.cli.session import Refused, settings
from bot.config import Settings
from bot.zendesk import provision as engine
from bot.zendesk.app_plan import AppPlan
from bot.zendesk.provision.saved import moved_since, saved

__all__ = ["provision", "provision_inputs", "remember"]

_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_EXISTING: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def provision() -> None:
    """Show or make what Zendesk must contain: webhook, triggers, fields, macros, view."""


@provision.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.option("--exit-code", is_flag=True, help="Exit 1 when something would change.")
@click.option("--out", type=_FILE, help="Write the plan there, for `apply FILE`.")
@click.option("--reactivate", is_flag=True, help="Switch on what an admin switched off.")
@click.option("--suggest", is_flag=True, help="Which field would save the most questions?")
def plan(
    *, as_json: bool, exit_code: bool, out: Path | None, reactivate: bool, suggest: bool
) -> None:
    """Read the account and show what `apply` would do. Nothing is written."""
    found = settings()
    inputs = inputs_of(found, reactivate=reactivate)
    planned = asked(lambda: engine.plan(*inputs))
    app = planned_app(inputs[0], found)
    if as_json:
        click.echo(plan_json(planned, found.zendesk_url, app=app_json(app)))
    else:
        show_both(planned, app, found.zendesk_url)
    if out is not None and not planned.problems:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        out.write_text(saved(planned, app.steps, version("licensing-bot"), now), "utf-8")
        click.echo(f"`licensing-bot provision apply {out}` does exactly this.", err=as_json)
    if suggest:
        show_suggestions(found, planned, to_stderr=as_json)
    if planned.problems or app.problems:
        raise SystemExit(2)
    if exit_code and planned.writes + app.writes:
        raise SystemExit(1)


@provision.command()
@click.argument("file", type=_EXISTING, required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--account", default="", help="The subdomain meant; a must for --yes in production.")
@click.option("--reactivate", is_flag=True, help="Switch on what an admin switched off.")
@click.option("--env-file", type=_FILE, help="Write the webhook's secret there (mode 0600).")
def apply(
    *, file: Path | None, yes: bool, account: str, reactivate: bool, env_file: Path | None
) -> None:
    """Make and change what differs, after showing it. A second run writes nothing.

    FILE is a plan of `plan --out`; it is refused when the account or the files moved since.
    """
    found = settings()
    inputs = inputs_of(found, reactivate=reactivate)
    planned = asked(lambda: engine.plan(*inputs))
    app = planned_app(inputs[0], found)
    show_both(planned, app, found.zendesk_url)
    if planned.problems or app.problems:
        raise SystemExit(2)
    if file is not None:
        _refuse_when_moved(file, planned, app)
    if planned.writes + app.writes:
        agree(found, f"Apply this to {planned.host}?", yes=yes, account=account)
    _apply(found, inputs, planned, env_file)


def _keep_secrets(found: Settings, applied: engine.Applied, env_file: Path | None) -> None:
    if not applied.secrets:
        click.echo(
            "The webhook's signing secret is not shown to this client: copy it from Admin Center > "
            "Apps and integrations > Webhooks into ZENDESK_WEBHOOK_SECRETS"
        )
    elif env_file is not None:
        write_secrets(
            env_file, list(dict.fromkeys([*applied.secrets, *found.zendesk_webhook_secrets]))
        )
        click.echo(f"{env_file}: ZENDESK_WEBHOOK_SECRETS written, readable by you alone.")
    elif not set(applied.secrets) <= set(found.zendesk_webhook_secrets):
        click.echo(
            "ZENDESK_WEBHOOK_SECRETS does not hold this webhook's secret yet: run again with "
            "`--env-file .env`"
        )


def _apply(
    found: Settings, inputs: Inputs, planned: engine.ProvisionPlan, env_file: Path | None
) -> None:
    """Open the store first: without a journal and a place for the ids nothing is written.

    The secret is kept before the app is tried: a plan without private apps must not cost it.
    """
    with writing_store(found) as database:
        recorder = JournalRecorder(database, "apply", planned.host)
        with progress(planned.writes, "applying") as report:
            applied = _with_way_back(
                recorder, lambda: engine.apply(*inputs, report=report, recorder=recorder)
            )
        remember(database, applied, inputs[2].bot_user_id)
        _keep_secrets(found, applied, env_file)
        written = applied.writes + apply_app(inputs[0], found, database, recorder)
    click.echo(f"{planned.host}: {written} written.")
    if recorder.run_id is not None:
        click.echo(f"`licensing-bot provision undo {recorder.run_id}` takes it back.")


def _with_way_back(recorder: JournalRecorder, ask: Callable[[], engine.Applied]) -> engine.Applied:
    """Apply; a refusal half-way says how what stands by then is taken back."""
    try:
        return asked(ask)
    except Refused as refused:
        if recorder.run_id is None:
            raise
        back = f"`licensing-bot provision undo {recorder.run_id}` takes back what was written."
        raise Refused(f"{refused.message}\n{back}") from refused


def _refuse_when_moved(file: Path, planned: engine.ProvisionPlan, app: AppPlan) -> None:
    moved = asked(lambda: moved_since(file.read_text("utf-8"), planned, app.steps))
    if moved:
        raise Refused("\n".join([*moved, f"nothing was written: make {file} anew"]))


for _command in (destroy, adopt, history, undo, rotate_secret):
    provision.add_command(_command)
