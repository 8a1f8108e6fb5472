"""`forget` and `export`: what the store has about a ticket or a person, out of it or gone."""

import json
from collections.abc import Sequence

import click

from bot.cli.session import Refused, settings
from bot.cli.stores import open_store
from bot.store.forget import TicketData

_TICKET = "This ticket."
_REQUESTER = "Every ticket that this Zendesk user asked for or wrote on."


@click.command()
@click.option("--ticket", type=int, help=_TICKET)
@click.option("--requester", type=int, help=_REQUESTER)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def forget(ticket: int | None, requester: int | None, *, yes: bool, as_json: bool) -> None:
    """Erase tickets from the store: events, decisions, notes, looks, jobs and their arguments.

    What stands in Zendesk stays there. A hash of the ticket's number is kept, so that the bot
    never starts on the ticket again.
    """
    _one_of(ticket, requester)
    with open_store(settings()) as database:
        data = TicketData(database)
        tickets = _tickets(data, ticket, requester)
        if tickets and not yes:
            click.confirm(f"Erase {len(tickets)} tickets from the store?", abort=True, err=True)
        erased = [data.forget(number) for number in tickets]
    if as_json:
        click.echo(json.dumps({str(one.ticket_id): dict(one.rows) for one in erased}))
        return
    for one in erased:
        rows = ", ".join(f"{table} {count}" for table, count in one.rows.items())
        click.echo(f"ticket {one.ticket_id}: {rows or 'nothing was there'}")
    if not erased:
        click.echo("The store knows no such ticket.")


@click.command()
@click.option("--ticket", type=int, help=_TICKET)
@click.option("--requester", type=int, help=_REQUESTER)
def export(ticket: int | None, requester: int | None) -> None:
    """Print everything that the store has about tickets, as JSON: ticket, table, rows."""
    _one_of(ticket, requester)
    with open_store(settings()) as database:
        data = TicketData(database)
        found = {str(number): data.export(number) for number in _tickets(data, ticket, requester)}
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _one_of(ticket: int | None, requester: int | None) -> None:
    if (ticket is None) == (requester is None):
        raise Refused("name either --ticket or --requester")


def _tickets(data: TicketData, ticket: int | None, requester: int | None) -> Sequence[int]:
    if ticket is not None:
        return [ticket]
    return data.tickets_of(requester) if requester is not None else ()
