"""`classify`, `note`, `explain`: what the runbook makes of a ticket, without a network."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import IO, Any

import click
from rich.console import Console
from rich.table import Table

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, settings
from bot.cli.ticket_file import LIMIT, TicketFileError, read_json, ticket_of
from bot.manifests import Manifests
from bot.runbook.choose import course_of
from bot.runbook.classify import classify as diagnose
from bot.runbook.classify import explain_ticket
from bot.runbook.html import to_html
from bot.runbook.note import NoteContext, write_note
from bot.runbook.observe import observe_ticket
from bot.runbook.plan import actions_of, make_plan
from bot.runbook.ticket import Ticket

_file = click.argument("file", type=click.File("rb"), default="-")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.command()
@_file
@click.option("--jsonl", is_flag=True, help="One ticket per line in, one answer per line out.")
@_json
def classify(file: IO[bytes], *, jsonl: bool, as_json: bool) -> None:
    """Say which scenario a ticket is, and why. No network."""
    book = _manifests()
    if jsonl:
        for line in file:
            if line.strip():
                click.echo(json.dumps(_line(book, line), ensure_ascii=False))
        return
    answer = answer_for(book, _ticket(file))
    if as_json or not sys.stdout.isatty():
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        click.echo(answer["note"])


@click.command()
@_file
@click.option("--html", is_flag=True, help="As the HTML that Zendesk gets.")
@click.option("--full", is_flag=True, help="The whole runbook of this scenario.")
@_json
def note(file: IO[bytes], *, html: bool, full: bool, as_json: bool) -> None:
    """Show the note that a ticket would get."""
    book = _manifests()
    ticket = _ticket(file)
    diagnosis = diagnose(book.runbook, ticket, observe_ticket(ticket, book.runbook))
    text = write_note(book.runbook, diagnosis, _context(book), full=full)
    shown = to_html(text) if html else text
    click.echo(
        json.dumps({"id": ticket.id, "note": shown}, ensure_ascii=False) if as_json else shown
    )


@click.command()
@_file
@_json
def explain(file: IO[bytes], *, as_json: bool) -> None:
    """Show every signal that fired, its weight and its words."""
    book = _manifests()
    ticket = _ticket(file)
    rows = list(_signals(book, ticket))
    if as_json:
        click.echo(json.dumps({"id": ticket.id, "signals": rows}, ensure_ascii=False, indent=2))
        return
    table = Table("scenario", "signal", "points", "words", "where")
    for row in rows:
        table.add_row(
            row["scenario"], row["signal"], f"{row['points']:+.1f}", row["quote"], row["source"]
        )
    Console().print(table)


def answer_for(book: Manifests, ticket: Ticket) -> dict[str, Any]:
    """Return the answer of `classify` for one ticket."""
    runbook = book.runbook
    diagnosis = diagnose(runbook, ticket, observe_ticket(ticket, runbook))
    course = course_of(runbook, diagnosis)
    context = _context(book)
    return {
        "id": ticket.id,
        "scenario": diagnosis.scenario,
        "branch": diagnosis.branch,
        "confidence": diagnosis.confidence,
        "alternatives": [
            {"scenario": a.scenario, "score": a.score, "confirm": a.confirm}
            for a in diagnosis.alternatives
        ],
        "extracted": dict(diagnosis.extracted),
        "reasons": [
            {"signal": r.signal, "weight": r.weight, "quote": r.quote, "source": r.source}
            for r in diagnosis.reasons
        ],
        "missing": diagnosis.missing,
        "findings": list(diagnosis.findings),
        "actions": list(actions_of(make_plan(runbook, ticket, diagnosis, context), course)),
        "snippets": [{"id": item.id, "text": item.text} for item in course.snippets],
        "note": write_note(runbook, diagnosis, context),
    }


def _line(book: Manifests, line: bytes) -> dict[str, Any]:
    """Answer one line; a bad one says so and keeps its id when it has one."""
    id_ = None
    try:
        data = read_json(line)
        id_ = data.get("id") if isinstance(data, dict) else None
        answer = answer_for(book, ticket_of(data))
    except TicketFileError as error:
        return {"id": id_, "error": str(error)}
    return answer | {"id": id_ if id_ is not None else answer["id"]}


def _ticket(file: IO[bytes]) -> Ticket:
    try:
        return ticket_of(read_json(file.read(LIMIT + 1)))
    except TicketFileError as error:
        raise Refused(f"{getattr(file, 'name', 'stdin')}: {error}") from error


def _signals(book: Manifests, ticket: Ticket) -> Iterator[dict[str, Any]]:
    for scenario, fired in explain_ticket(
        book.runbook, ticket, observe_ticket(ticket, book.runbook)
    ):
        yield {
            "scenario": scenario,
            "signal": fired.reason.signal,
            "points": fired.points,
            "quote": fired.reason.quote,
            "source": fired.reason.source,
        }


def _manifests() -> Manifests:
    return checked_manifests(settings().manifests_dir)


def _context(book: Manifests) -> NoteContext:
    return NoteContext(version("licensing-bot"), book.revision, "preview", datetime.now(UTC))
