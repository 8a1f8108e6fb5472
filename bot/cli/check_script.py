"""``licensing-bot check-script``: the script that a customer runs, filled in for one ticket."""

from contextlib import closing
from typing import Final

import click

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, settings
from bot.config import Settings
from bot.pipeline.assemble import account_of
from bot.pipeline.check_script import HOST, PORT, filled_in, read_script
from bot.runbook.order_notes import say
from bot.runbook.speak import TAG
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import NotFound, ZendeskError
from bot.zendesk.reading import FieldIds
from bot.zendesk.session import ZendeskSession

_HIGHEST_PORT: Final = 65535


@click.command("check-script")
@click.option(
    "--ticket", type=click.IntRange(min=1), help="Ticket that the report is for; it names it."
)
@click.option("--host", help="Host to look at; the portal of runbook.toml when left out.")
@click.option("--port", type=click.IntRange(1, _HIGHEST_PORT), default=PORT, show_default=True)
def check_script(*, ticket: int | None, host: str | None, port: int) -> None:
    """Write the script for a customer's server to standard output, ready to be sent.

    It only looks, needs nothing installed, and ends with a block that `read` understands. With
    --ticket and a Zendesk account the ticket is looked up, and the words to send the script with
    go to standard error.
    """
    found = settings()
    book = checked_manifests(found.manifests_dir).runbook
    host = host or book.head.portal
    if not HOST.fullmatch(host):
        raise click.UsageError(f"--host {host}: a host name is wanted, without a path or a port")
    try:
        script = read_script(found.manifests_dir)
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}") from error
    if ticket is not None and _has_account(found):
        _look_up(found, ticket)
        click.echo(f"{say(book, 'script_reply').strip()}\n", err=True)
    click.echo(filled_in(script, host, port, ticket), nl=False)


def _has_account(found: Settings) -> bool:
    return bool(found.zendesk_url and (found.zendesk_client_id or found.zendesk_api_token))


def _look_up(found: Settings, number: int) -> None:
    """Say what is odd about the ticket; only one that is not there ends the command."""
    try:
        with closing(ZendeskSession(account_of(found), InMemoryBudget())) as session:
            ticket = ZendeskDesk(session, FieldIds()).read_ticket(number, "no")
    except NotFound as error:
        raise Refused(f"ticket {number} is not in {found.zendesk_url}") from error
    except ZendeskError as error:
        click.echo(f"ticket {number} could not be looked up: {error}", err=True)
        return
    if TAG not in ticket.tags:
        click.echo(f"ticket {number} has no tag {TAG}: its replies will not be read", err=True)
    if ticket.status in ("solved", "closed"):
        click.echo(f"ticket {number} is {ticket.status}", err=True)
