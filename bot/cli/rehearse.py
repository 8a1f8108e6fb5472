"""`rehearse`: what the bot would have said on the account's own history. Writes nothing."""

import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import click

from bot.cli.manifest_files import checked_manifests
from bot.cli.run import need_zendesk
from bot.cli.session import Refused, settings
from bot.cli.stores import open_store
from bot.config import Settings
from bot.pipeline.assemble import account_of
from bot.pipeline.attached import AttachmentReader, no_attachments
from bot.pipeline.fields import known_fields
from bot.pipeline.rehearse import Rehearsal
from bot.pipeline.rehearse import rehearse as look_back
from bot.runbook.book import Runbook
from bot.runbook.note import NoteContext
from bot.runbook.speak import TAG
from bot.store.objects import ObjectBook
from bot.zendesk.attachments import AttachmentFetcher
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import ZendeskError
from bot.zendesk.search import search_updated
from bot.zendesk.session import ZendeskSession

#: A rehearsal is in no hurry: it waits for the account's limit.
_PATIENCE = 120.0


@click.command()
@click.option("--since", default="90d", show_default=True, help="How far back: 12h, 90d, 8w.")
@click.option("--limit", default=1000, show_default=True, help="At most this many tickets.")
@click.option("--sample", default=10, show_default=True, help="Notes on the page of samples.")
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the sampled notes there, as Markdown.",
)
@click.option(
    "--files", is_flag=True, help="Read the first message's files, too; up to eight calls a ticket."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def rehearse(
    since: str, limit: int, sample: int, page: Path | None, *, files: bool, as_json: bool
) -> None:
    """Say what the bot would have posted on past tickets. Reads Zendesk, writes nothing to it.

    Every ticket is seen as it was when it came in: without replies, before anybody decided.
    """
    found = settings()
    need_zendesk(found)
    result = _look_back(found, _moment(since), limit, files=files)
    if page is not None:
        page.write_text(_page(result, sample), "utf-8")
    if as_json:
        click.echo(json.dumps(asdict(result), ensure_ascii=False))
        return
    _show(result)
    if page is not None:
        click.echo(f"{page}: {min(sample, result.noted)} sampled notes")


def _look_back(found: Settings, since: datetime, limit: int, *, files: bool) -> Rehearsal:
    manifests = checked_manifests(found.manifests_dir)
    with open_store(found) as database:
        fields = known_fields(ObjectBook(database))
    context = NoteContext(
        version("licensing-bot"), manifests.revision, "rehearsal", datetime.now(UTC)
    )
    session = ZendeskSession(account_of(found), InMemoryBudget(), patience=_PATIENCE)
    try:
        with closing(session):
            desk = ZendeskDesk(session, fields)
            reader = _reader(session, manifests.runbook) if files else no_attachments
            tickets = islice(search_updated(session, TAG, since), limit)
            return look_back(
                (ticket.ticket_id for ticket in tickets),
                lambda ticket_id: desk.read_ticket(ticket_id, "yes" if files else "no"),
                manifests.runbook,
                context,
                reader,
            )
    except ZendeskError as error:
        raise Refused(str(error)) from error


def _reader(session: ZendeskSession, book: Runbook) -> AttachmentReader:
    return AttachmentReader(AttachmentFetcher(session).fetch, book.product_strings)


def _moment(since: str) -> datetime:
    match = re.fullmatch(r"(\d{1,5})([hdw])", since)
    if match is None:
        raise Refused(f"--since {since}: write a number and h, d or w, such as 90d")
    hours = {"h": 1, "d": 24, "w": 24 * 7}[match[2]]
    return datetime.now(UTC) - timedelta(hours=int(match[1]) * hours)


def _show(result: Rehearsal) -> None:
    click.echo(f"{result.looked_at} tickets: {result.noted} would have got a note")
    for title, counts in (("silent", result.silent), ("scenario", result.scenarios)):
        _show_counts(title, counts)
    if result.compared:
        share = result.agreed / result.compared
        click.echo(f"agrees with the agents on {result.agreed} of {result.compared} ({share:.0%})")
    if result.unreadable:
        click.echo(f"{result.unreadable} tickets could not be read")
    click.echo("0 writes")


def _show_counts(title: str, counts: Mapping[str, int]) -> None:
    for name, number in counts.items():
        click.echo(f"  {title} {name}: {number}")


def _page(result: Rehearsal, sample: int) -> str:
    """Spread the sample over the whole time, not over its first days only."""
    noted = [one for one in result.tickets if one.silence is None]
    step = max(1, len(noted) // max(1, sample))
    return "\n\n---\n\n".join(
        f"# Ticket {one.ticket_id}: {one.scenario} ({one.confidence})\n\n{one.markdown}"
        for one in noted[::step][:sample]
    )
