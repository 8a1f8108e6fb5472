"""`serve`, `work` and `migrate`: what runs in production."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Final

import click

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, need, settings
from bot.cli.stores import store_url
from bot.config import Settings
from bot.jobs import Probes, chores_of, run_worker
from bot.pipeline.assemble import Assembly, prober_of
from bot.pipeline.control import LOCAL
from bot.pipeline.lookout import lookout_of
from bot.pipeline.ports import EventJob, GiveUp
from bot.queue import ERRANDS, EVENTS, MAINTENANCE, probes_queue
from bot.store.clock import StoreClock
from bot.store.database import Database
from bot.store.signals import Signals
from bot.vantages.here import check_name
from bot.web import serve as web

#: Connections for looks and their ends, beside one for each event.
_PROBERS: Final = 3


@click.command()
def serve() -> None:
    """Receive Zendesk's events: the webhook, under gunicorn, until SIGTERM."""
    found = settings()
    need(found, "ZENDESK_URL", "ZENDESK_WEBHOOK_SECRETS")
    checked_manifests(found.manifests_dir)
    with store_url(found, separate=True) as url:
        sys.exit(web.serve(found, url))


@click.command()
@click.option("--vantage", default=LOCAL, show_default=True, help="This host's name among probes.")
@click.option(
    "--queues",
    help="Only these queues, separated by commas; by default events, maintenance, errands and this "
    "host's probes, and with another --vantage only its probes.",
)
@click.option("--threads", default=4, show_default=True, help="Events handled at the same time.")
def work(vantage: str, queues: str | None, threads: int) -> None:
    """Handle accepted events: the worker, until SIGTERM. Start as many as you like.

    On another host with the same store, `work --vantage frankfurt` looks at the portal from there.
    """
    found = settings()
    try:
        check_name(vantage)
    except ValueError as error:
        raise Refused(str(error)) from error
    handling = not {EVENTS, ERRANDS}.isdisjoint(queues_of(queues, vantage, ()))
    if handling:
        need_zendesk(found)
    manifests = checked_manifests(found.manifests_dir)
    with store_url(found, separate=True) as url:
        database = Database(url, size=threads + _PROBERS + 1, name="licensing-bot handler")
        clock = StoreClock(database)
        lookout = lookout_of(found, manifests.runbook, os.environ, clock, vantage)
        served = queues_of(queues, vantage, lookout.queues)
        prober = prober_of(lookout, database, clock)
        handler: Callable[[EventJob], object] = _no_events
        chores = None
        if handling:
            signals = Signals()
            assembly = Assembly(found, database, manifests, prober, signals)
            assembly.get_ready()
            handler = assembly.handle
            chores = chores_of(database, manifests, assembly.session, signals)
        code = run_worker(
            found,
            url,
            handler,
            queues=served,
            concurrency=threads,
            version=version("licensing-bot"),
            probes=Probes(prober, vantage if probes_queue(vantage) in served else ""),
            chores=chores,
        )
        database.close()
    sys.exit(code)


def _no_events(job: EventJob) -> None:
    raise GiveUp(f"this worker handles no events, so not ticket {job.ticket_id}'s either")


def queues_of(asked: str | None, vantage: str, probes: Sequence[str]) -> tuple[str, ...]:
    """Return the queues to serve; asked for by name, or what the vantage stands for."""
    if asked is not None:
        return tuple(queue.strip() for queue in asked.split(",") if queue.strip())
    return (EVENTS, MAINTENANCE, ERRANDS, *probes) if vantage == LOCAL else tuple(probes)


@click.command()
def migrate() -> None:
    """Bring the store's schema up to date; N processes may do so at once."""
    with store_url(settings()):
        click.echo("The store's schema is up to date.")


def need_zendesk(found: Settings) -> None:
    """End with exit code 2 unless there is an address and a way to sign in."""
    if found.zendesk_email or found.zendesk_api_token:
        need(found, "ZENDESK_URL", "ZENDESK_EMAIL", "ZENDESK_API_TOKEN")
    else:
        need(found, "ZENDESK_URL", "ZENDESK_CLIENT_ID", "ZENDESK_CLIENT_SECRET")
