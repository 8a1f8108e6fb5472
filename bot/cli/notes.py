"""`notes`: what was posted by which rule, and the line that takes a wrong rule's notes back."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import islice

import click
from rich.console import Console
from rich.table import Table

from bot import queue
from bot.cli.run import need_zendesk
from bot.cli.session import Refused, settings
from bot.cli.since import moment
from bot.cli.stores import open_store, operator
from bot.config import Settings
from bot.pipeline.assemble import account_of
from bot.store.budgets import SharedBudget
from bot.store.database import Database
from bot.store.events import AcceptedEvent, accept
from bot.store.posted import PostedNote, PostedNotes
from bot.zendesk.errors import ZendeskError
from bot.zendesk.session import ZendeskSession
from bot.zendesk.standing import open_tickets

_PATIENCE = 120.0
_RULE = "A signal, a snippet, or a scenario, as `notes list` and the note's footer name it."


@click.group()
def notes() -> None:
    """List what was posted, or take back what a wrong rule posted."""


@notes.command("list")
@click.option("--rule", help=_RULE)
@click.option("--since", default="7d", show_default=True, help="How far back: 12h, 90d, 8w.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="At most this many, newest first.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_(rule: str | None, since: str, limit: int, *, as_json: bool) -> None:
    """List notes that stand, newest first."""
    with open_store(settings()) as database:
        found = PostedNotes(database).find(rule, moment(since), limit)
        others = _other_rules(database, rule, moment(since)) if rule and not found else ""
    if as_json:
        click.echo(json.dumps([asdict(note) for note in found], default=str))
    elif not found:
        click.echo(f"No notes{f' by {rule}' if rule else ''} since then.{others}")
    else:
        _table(found)


def _other_rules(database: Database, rule: str, since: datetime) -> str:
    """Which rules made the notes of that time, the likeliest to be meant first."""
    notes = PostedNotes(database).find(None, since)
    known = {name for note in notes for name in (note.scenario, *note.rule_ids)}
    near = get_close_matches(rule, sorted(known), n=5, cutoff=0.5)
    named = near or sorted({note.scenario for note in notes})
    return f" Rules with notes: {', '.join(named)}." if named else ""


def _table(found: Sequence[PostedNote]) -> None:
    table = Table("posted", "ticket", "scenario", "branch", "kind", "rules", "revision", "note")
    for note in found:
        table.add_row(
            f"{note.posted_at.astimezone(UTC):%Y-%m-%d %H:%M}", str(note.ticket_id), note.scenario,
            note.branch, note.kind, " ".join(note.rule_ids), note.revision, note.marker,
        )  # fmt: skip
    Console().print(table)


@notes.command()
@click.option("--rule", required=True, help=_RULE)
@click.option("--since", required=True, help="How far back: 12h, 90d, 8w.")
@click.option("--why", required=True, help="One sentence for whoever read the note.")
@click.option("--dry-run", is_flag=True, help="Only say which tickets would get the line.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def retract(rule: str, since: str, why: str, *, dry_run: bool, as_json: bool) -> None:
    """Put one internal line on every OPEN ticket that has a note by this rule.

    The workers write the lines within Zendesk's limits, after what agents wait for. A note is
    taken back once, however often this is called.
    """
    if not why.strip():
        raise Refused("--why is empty: one sentence for whoever read the note")
    found = settings()
    need_zendesk(found)
    with open_store(found) as database:
        from_when = moment(since)
        wrong = _newest_of_each_ticket(database, rule, from_when)
        if not wrong and not PostedNotes(database).find(rule, from_when, 1):
            others = _other_rules(database, rule, from_when)
            raise Refused(f"no note by {rule} stands since then, so nothing is taken back.{others}")
        reached = _open(found, database, [note.ticket_id for note in wrong])
        due = [note for note in wrong if note.ticket_id in reached]
        if due and not dry_run:
            _order(database, due, rule, from_when, why)
    _say(due, len(wrong) - len(due), dry_run=dry_run, as_json=as_json)


def _newest_of_each_ticket(database: Database, rule: str, since: datetime) -> list[PostedNote]:
    posted = PostedNotes(database)
    newest: dict[int, PostedNote] = {}
    for note in posted.find(rule, since, limit=100_000):
        newest.setdefault(note.ticket_id, note)
    gone = posted.retracted([note.marker for note in newest.values()])
    return [note for note in newest.values() if note.marker not in gone]


def _open(found: Settings, database: Database, ticket_ids: Sequence[int]) -> frozenset[int]:
    session = ZendeskSession(account_of(found), SharedBudget(database), patience=_PATIENCE)
    try:
        with closing(session):
            return open_tickets(session, ticket_ids)
    except ZendeskError as error:
        raise Refused(str(error)) from error


def _order(
    database: Database, due: Sequence[PostedNote], rule: str, since: datetime, why: str
) -> None:
    retraction = PostedNotes(database).retract(rule, since, why, operator())
    for note in due:
        key, now = f"retract-{retraction.id}-{note.ticket_id}", datetime.now(UTC)
        with database.connection() as connection:
            if accept(connection, AcceptedEvent(key, note.ticket_id, "retracted", "no", now)):
                queue.defer_event(
                    connection, key, note.ticket_id, "retracted", "no", None, now,
                    priority=queue.EVENT,
                )  # fmt: skip


def _say(due: Sequence[PostedNote], closed: int, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        notes = [asdict(note) for note in due]
        click.echo(
            json.dumps({"dry_run": dry_run, "notes": notes, "not_open": closed}, default=str)
        )
        return
    would = "would get" if dry_run else "get"
    click.echo(f"{len(due)} open tickets {would} the line; {closed} are solved, closed or gone.")
    for note in islice(due, 50):
        click.echo(f"  ticket {note.ticket_id}: note of {note.posted_at:%Y-%m-%d %H:%M} UTC")
