"""`serve`, `work` and `migrate`: what runs in production."""

import sys
from importlib.metadata import version

import click

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import need, settings
from bot.cli.stores import store_url
from bot.config import Settings
from bot.jobs import run_worker
from bot.pipeline.assemble import Assembly
from bot.queue import EVENTS, MAINTENANCE
from bot.store.database import Database
from bot.web import serve as web


@click.command()
def serve() -> None:
    """Receive Zendesk's events: the webhook, under gunicorn, until SIGTERM."""
    found = settings()
    need(found, "ZENDESK_URL", "ZENDESK_WEBHOOK_SECRETS")
    checked_manifests(found.manifests_dir)
    with store_url(found, separate=True) as url:
        sys.exit(web.serve(found, url))


@click.command()
@click.option(
    "--queues",
    default=f"{EVENTS},{MAINTENANCE}",
    show_default=True,
    help="Only these queues, separated by commas.",
)
@click.option("--threads", default=4, show_default=True, help="Events handled at the same time.")
def work(queues: str, threads: int) -> None:
    """Handle accepted events: the worker, until SIGTERM. Start as many as you like."""
    found = settings()
    need_zendesk(found)
    manifests = checked_manifests(found.manifests_dir)
    with store_url(found, separate=True) as url:
        database = Database(url, size=threads + 1, name="licensing-bot handler")
        assembly = Assembly(found, database, manifests)
        assembly.get_ready()
        code = run_worker(
            found,
            url,
            assembly.handle,
            queues=[queue.strip() for queue in queues.split(",") if queue.strip()],
            concurrency=threads,
            version=version("licensing-bot"),
        )
        database.close()
    sys.exit(code)


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
