"""`jobs` and `replay`: the queue, its dead letters, and one event again."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import get_args

import click
from rich.console import Console
from rich.table import Table

from bot import queue
from bot.cli.session import Refused, settings
from bot.cli.stores import open_store
from bot.store.events import AcceptedEvent, EventLog, accept


@click.group()
def jobs() -> None:
    """List, show, retry or discard jobs. A dead letter has the status failed."""


@jobs.command("list")
@click.option("--status", type=click.Choice(get_args(queue.JobStatus)), help="Only this status.")
@click.option("--queue", "name", help="Only this queue.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most this many."
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_(status: queue.JobStatus | None, name: str | None, limit: int, *, as_json: bool) -> None:
    """List jobs of one status, the newest first.

    Without --status: dead letters, then what runs, then what waits, each the oldest first.
    """
    with open_store(settings()) as database, database.connection() as connection:
        if status is None:
            found = queue.list_open(connection, name, limit + 1)
        else:
            found = queue.list_jobs(connection, status, name, limit + 1)
    more, found = len(found) > limit, found[:limit]
    if as_json:
        click.echo(json.dumps([asdict(job) for job in found], default=str))
        return
    if not found:
        kind = "waits, runs or failed" if status is None else f"has the status {status}"
        where = f" in a queue named {name}" if name else ""
        click.echo(f"No jobs: nothing{where} {kind}.")
        return
    _table(found)
    if more:
        click.echo(f"There are more than these {limit}: --limit, --status or --queue shows others.")


def _table(found: Sequence[queue.QueuedJob]) -> None:
    table = Table("id", "queue", "task", "status", "tries", "ticket", "due", "why it failed")
    for job in found:
        due = "" if job.scheduled_at is None else job.scheduled_at.isoformat(timespec="seconds")
        ticket = job.lock.removeprefix("ticket:")
        table.add_row(
            str(job.id), job.queue, job.task, job.status, str(job.attempts), ticket, due,
            job.reason or "",
        )  # fmt: skip
    Console().print(table)


@jobs.command()
@click.argument("job_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def show(job_id: int, *, as_json: bool) -> None:
    """Show one job with its arguments and the reason of its last failure."""
    with open_store(settings()) as database, database.connection() as connection:
        job = queue.show(connection, job_id)
    if job is None:
        raise Refused(f"there is no job {job_id}; `jobs list` shows what there is")
    if as_json:
        click.echo(json.dumps(asdict(job), default=str))
        return
    for key, value in asdict(job).items():
        click.echo(f"{key:>13}: {'' if value is None else value}")


@jobs.command()
@click.argument("job_ids", type=int, nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every dead letter.")
def retry(job_ids: tuple[int, ...], *, every: bool) -> None:
    """Run dead letters again, with all their tries."""
    if not job_ids and not every:
        raise Refused("name a job, or --all for every dead letter; `jobs list` shows them")
    with open_store(settings()) as database, database.connection() as connection:
        if every:
            job_ids = tuple(job.id for job in queue.list_jobs(connection, "failed", limit=10_000))
        again = [job_id for job_id in job_ids if queue.retry(connection, job_id)]
    _say("run again", again, job_ids)


@jobs.command()
@click.argument("job_ids", type=int, nargs=-1, required=True)
def discard(job_ids: tuple[int, ...]) -> None:
    """Take dead letters or waiting jobs out of the queue for good."""
    with open_store(settings()) as database, database.connection() as connection:
        gone = [job_id for job_id in job_ids if queue.discard(connection, job_id)]
    _say("discarded", gone, job_ids)


def _say(what: str, done: Sequence[int], asked: Sequence[int]) -> None:
    click.echo(f"{len(done)} {what}.")
    refused = [str(job_id) for job_id in asked if job_id not in done]
    if refused:
        raise Refused(f"not {what}: {', '.join(refused)} (running, finished, or no such job)")


@click.command()
@click.argument("event")
def replay(event: str) -> None:
    """Look at an event's ticket again, as if the event had just arrived.

    EVENT is the key that stands in the log and in `jobs show`. A note that stands already is not
    written again.
    """
    with open_store(settings()) as database:
        old = EventLog(database).get(event)
        if old is None:
            raise Refused(f"there is no event {event!r}; the log names events, kept RETENTION_DAYS")
        now = datetime.now(UTC)
        key = f"replay-{now:%Y%m%dT%H%M%S%f}-{old.ticket_id}"
        again = AcceptedEvent(key, old.ticket_id, "replayed", old.attachments, now, old.actor_id)
        with database.connection() as connection:
            accept(connection, again)
            queue.defer_event(
                connection, key, again.ticket_id, again.kind, again.attachments, again.actor_id,
                now, priority=queue.COMMAND,
            )  # fmt: skip
    click.echo(f"Ticket {old.ticket_id} will be looked at again, as event {key}.")
