"""`manifests diff` and `manifests try`: what would an edit of the runbook change?"""

import difflib
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import click

from bot.cli.manifest_files import checked_manifests
from bot.cli.manifests import manifests
from bot.cli.run import need_zendesk
from bot.cli.session import Refused, settings
from bot.cli.stores import open_store
from bot.cli.ticket_file import TicketFileError, read_json, ticket_of
from bot.config import Settings
from bot.manifest_file import manifests_folder
from bot.pipeline.assemble import account_of
from bot.pipeline.decide import decide
from bot.pipeline.fields import known_fields
from bot.runbook.book import Runbook
from bot.runbook.ticket import Ticket
from bot.store.diagnoses import DiagnosisLog
from bot.store.objects import ObjectBook
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import NotFound, ZendeskError
from bot.zendesk.session import ZendeskSession

_folder = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))


@dataclass(frozen=True, slots=True)
class Changed:
    """One ticket that the edit would decide otherwise."""

    id: str
    before: str
    after: str
    note_changes: bool
    """Would there be something new to say on a ticket that has its note?"""


@manifests.command()
@_folder
def diff(folder: Path) -> None:
    """Show how the files in FOLDER differ from the built-in ones that they replace."""
    base = manifests_folder() / "runbook"
    checked_manifests(folder)
    shown = list(_differences(base, folder / "runbook"))
    click.echo("".join(shown) if shown else "No difference.\n", nl=False)


def _differences(base: Path, overlay: Path) -> Iterator[str]:
    for path in sorted(overlay.rglob("*")):
        if path.suffix not in (".toml", ".md") or path.name == "README.md":
            continue
        name = path.relative_to(overlay).as_posix()
        old = base / name
        before = old.read_text("utf-8").splitlines(keepends=True) if old.is_file() else []
        after = path.read_text("utf-8").splitlines(keepends=True)
        yield from difflib.unified_diff(before, after, f"built-in/{name}", f"yours/{name}")


@manifests.command("try")
@_folder
@click.option("--last", type=int, help="Over the last N tickets that this store decided on.")
@click.option("--file", type=click.File("rb"), help="Over these tickets, one JSON per line.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per changed ticket.")
def try_(folder: Path, last: int | None, file: IO[bytes] | None, *, as_json: bool) -> None:
    """Say which decisions would change with the files in FOLDER. Writes nothing."""
    if (last is None) == (file is None):
        raise Refused("say over which tickets: --last N (from Zendesk) or --file tickets.jsonl")
    found = settings()
    now, then = (checked_manifests(place).runbook for place in (found.manifests_dir, folder))
    tickets = list(_from_file(file) if file is not None else _from_zendesk(found, last or 0))
    changed = [one for ticket in tickets if (one := _compare(ticket, now, then)) is not None]
    for one in changed:
        mark = "" if one.note_changes else " (nothing new to say)"
        line = f"{one.id}: {one.before} -> {one.after}{mark}"
        click.echo(json.dumps(asdict(one)) if as_json else line)
    if not as_json:
        click.echo(f"{len(changed)} of {len(tickets)} decisions would change.")


def _compare(ticket: Ticket, now: Runbook, then: Runbook) -> Changed | None:
    before, after = decide(now, ticket, ()), decide(then, ticket, ())
    said = [
        f"{one.diagnosis.scenario}/{one.diagnosis.branch or '-'} {one.diagnosis.confidence}"
        for one in (before, after)
    ]
    if said[0] == said[1] and before.digest == after.digest:
        return None
    return Changed(ticket.id, said[0], said[1], before.digest != after.digest)


def _from_file(file: IO[bytes]) -> Iterator[Ticket]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                yield ticket_of(read_json(line))
            except TicketFileError as error:
                raise Refused(f"{file.name}, line {number}: {error}") from error


def _from_zendesk(found: Settings, last: int) -> Iterator[Ticket]:
    need_zendesk(found)
    with open_store(found) as database:
        numbers = DiagnosisLog(database).newest_tickets(last)
        fields = known_fields(ObjectBook(database))
    with closing(ZendeskSession(account_of(found), InMemoryBudget(), patience=120.0)) as session:
        desk = ZendeskDesk(session, fields)
        for number in numbers:
            try:
                yield desk.read_ticket(number, "unknown")
            except NotFound:
                continue
            except ZendeskError as error:
                raise Refused(str(error)) from error
