"""`provision destroy`, `adopt`, `history`, `undo`: what was there before, and getting it back."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from bot.cli.provision_app import (
    app_json,
    planned_app_removal,
    planned_app_undo,
    remove_app,
    show_both,
    undo_app_run,
)
from bot.cli.provision_inputs import (
    JournalRecorder,
    agree,
    asked,
    inputs_of,
    session_of,
    writing_store,
)
from bot.cli.provision_show import plan_json, progress
from bot.cli.session import Refused, settings
from bot.cli.stores import open_store
from bot.config import Settings
from bot.store.database import Database
from bot.store.journal import Entry, Journal, Run
from bot.store.objects import ObjectBook
from bot.zendesk.app_plan import AppPlan
from bot.zendesk.provision.adopt import adopt as do_adopt
from bot.zendesk.provision.adopt import claim_of, plan_adoption
from bot.zendesk.provision.destroy import destroy as do_destroy
from bot.zendesk.provision.destroy import plan_destroy
from bot.zendesk.provision.steps import ProvisionPlan, Step
from bot.zendesk.provision.undo import plan_undo
from bot.zendesk.provision.undo import undo as do_undo
from bot.zendesk.session import ZendeskSession

_YES = click.option("--yes", is_flag=True, help="Do not ask.")
_ACCOUNT = click.option(
    "--account", default="", help="The subdomain meant; a must for --yes in production."
)
_FIELDS = click.option("--fields", is_flag=True, help="Ticket fields, too, with their values.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
_DRY = click.option("--dry-run", is_flag=True, help="Show it and stop.")


@click.command()
@_YES
@_ACCOUNT
@_FIELDS
@_DRY
@_JSON
def destroy(*, yes: bool, account: str, fields: bool, dry_run: bool, as_json: bool) -> None:
    """Remove what we made, and nothing else. Ticket fields go only with --fields."""
    found = settings()
    session = session_of(found)
    with writing_store(found) as database:
        memory = Journal(database).before_us
        planned = asked(lambda: plan_destroy(session, memory, fields=fields))
        if not fields and not (yes or dry_run or as_json) and _fields_stay(planned):
            fields = click.confirm("Remove our ticket fields too, with what tickets hold in them?")
            planned = asked(lambda: plan_destroy(session, memory, fields=fields))
        app = planned_app_removal(session, database)
        if _only_shown(found, planned, app, as_json=as_json, dry_run=dry_run):
            return
        agree(found, f"Remove this from {planned.host}?", yes=yes, account=account)
        recorder = JournalRecorder(database, "destroy", planned.host)
        with progress(planned.writes, "removing") as report:
            steps = asked(lambda: do_destroy(session, memory, report, recorder, fields=fields))
        _forget(database, steps)
        gone = len(steps) + remove_app(session, database, recorder)
    click.echo(f"{planned.host}: {gone} taken back.")
    _say_undo(recorder)


@click.command()
@click.argument("claims", nargs=-1, metavar="[KIND:KEY[=ID|TITLE]]...")
@_YES
@_ACCOUNT
@_DRY
@_JSON
def adopt(claims: Sequence[str], *, yes: bool, account: str, dry_run: bool, as_json: bool) -> None:
    """Use objects that were there before us, such as `field:version=360001`.

    Without CLAIMS: every webhook, field, trigger and macro that bears a name of ours. `destroy`
    gives them back and never deletes them.
    """
    found = settings()
    inputs = inputs_of(found)
    wanted = asked(lambda: [claim_of(words) for words in claims])
    planned = asked(lambda: plan_adoption(*inputs, wanted))
    if _only_shown(found, planned, AppPlan(()), as_json=as_json, dry_run=dry_run):
        return
    agree(found, f"Adopt this in {planned.host}?", yes=yes, account=account)
    with writing_store(found) as database:
        recorder = JournalRecorder(database, "adopt", planned.host)
        steps = asked(lambda: do_adopt(*inputs, wanted, recorder))
    click.echo(f"{planned.host}: {len(steps)} adopted. Next: `licensing-bot provision plan`")
    _say_undo(recorder)


@click.command()
@click.argument("run_id", type=int, required=False)
@click.option("--limit", default=20, show_default=True, help="At most this many runs.")
@_JSON
def history(run_id: int | None, limit: int, *, as_json: bool) -> None:
    """Who changed Zendesk from files, when; with RUN_ID everything before → after."""
    found = settings()
    with open_store(found) as database:
        journal = Journal(database)
        runs = journal.runs(limit, run_id)
        entries = journal.entries(run_id) if run_id is not None else ()
    if as_json:
        shown = [asdict(run) for run in runs]
        body = {"runs": shown, "entries": [asdict(entry) for entry in entries]}
        click.echo(json.dumps(body, default=str))
        return
    if not runs:
        click.echo("Nothing was written to Zendesk from this store.")
    for run in runs:
        click.echo(_run_line(run))
    for entry in entries:
        _show_entry(entry)


@click.command()
@click.argument("run_id", type=int)
@_YES
@_ACCOUNT
@_FIELDS
@_DRY
@_JSON
def undo(
    run_id: int, *, yes: bool, account: str, fields: bool, dry_run: bool, as_json: bool
) -> None:
    """Restore what one run of `history` created, changed or deleted."""
    found = settings()
    session = session_of(found)
    with writing_store(found) as database:
        entries = _entries(Journal(database), run_id, session)
        planned = asked(lambda: plan_undo(session, entries, fields=fields))
        app = planned_app_undo(session, entries)
        if _only_shown(found, planned, app, as_json=as_json, dry_run=dry_run):
            return
        agree(found, f"Undo run {run_id} in {planned.host}?", yes=yes, account=account)
        recorder = JournalRecorder(database, f"undo {run_id}", planned.host)
        back = undo_app_run(session, entries, database, recorder)
        with progress(planned.writes, "undoing") as report:
            undone = asked(lambda: do_undo(session, entries, report, recorder, fields=fields))
        _forget(database, undone.steps)
        for kind, ids in undone.ids.items():
            for key, object_id in ids.items():
                ObjectBook(database).remember(kind, key, object_id)
        if recorder.run_id is not None:
            Journal(database).mark_undone(run_id, recorder.run_id)
    click.echo(f"{planned.host}: {back + len(undone.steps)} restored.")
    if "webhook" in undone.ids:
        click.echo("The webhook has a new secret: `provision apply --env-file .env` writes it.")
    _say_undo(recorder)


def _entries(journal: Journal, run_id: int, session: ZendeskSession) -> Sequence[Entry]:
    runs = journal.runs(1, run_id)
    if not runs:
        raise Refused(f"there is no run {run_id}: `licensing-bot provision history` lists them")
    if runs[0].host != session.host:
        raise Refused(f"run {run_id} was in {runs[0].host}, and ZENDESK_URL names {session.host}")
    if runs[0].undone_by is not None:
        raise Refused(f"run {run_id} was undone by run {runs[0].undone_by}: undo that one")
    return journal.entries(run_id)


def _only_shown(
    found: Settings, planned: ProvisionPlan, app: AppPlan, *, as_json: bool, dry_run: bool
) -> bool:
    """Show the plan; True when that is all there is to do."""
    if as_json:
        click.echo(plan_json(planned, found.zendesk_url, app=app_json(app)))
    else:
        show_both(planned, app, found.zendesk_url)
    if planned.problems:
        raise SystemExit(2)
    return dry_run or not planned.writes + app.writes


def _fields_stay(planned: ProvisionPlan) -> bool:
    return any(line.startswith("field ") for line in planned.notices)


def _forget(database: Database, steps: Sequence[Step]) -> None:
    book = ObjectBook(database)
    for step in steps:
        if step.verb in ("remove", "release"):
            book.forget(step.kind, step.key)


def _say_undo(recorder: JournalRecorder) -> None:
    if recorder.run_id is not None:
        click.echo(f"`licensing-bot provision undo {recorder.run_id}` takes it back.")


def _run_line(run: Run) -> str:
    words = f"{run.id:>5}  {run.started_at:%Y-%m-%d %H:%M:%S}  {run.who}  {run.command}  {run.host}"
    words += f"  +{run.created} ~{run.changed} -{run.deleted}"
    if run.unfinished:
        words += f"  ({run.unfinished} without an end)"
    return words + (f"  undone by {run.undone_by}" if run.undone_by is not None else "")


def _show_entry(entry: Entry) -> None:
    end = "" if entry.done_at else "  (no end: look at `provision plan`)"
    click.echo(f"       {entry.deed} {entry.kind} {entry.name} (id {entry.object_id}){end}")
    before, after = entry.before or {}, entry.after or {}
    for key, value in after.items() if entry.deed == "changed" else ():
        old = json.dumps(before.get(key), default=str)
        new = json.dumps(value, default=str)
        if old != new:
            click.echo(f"           {key}: {old} → {new}")
