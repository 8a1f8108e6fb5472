"""`evaluate`: accuracy, per label, confusion and calibration over labelled tickets."""

import json
from dataclasses import asdict
from typing import IO

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, settings
from bot.cli.ticket_file import TicketFileError, read_json, ticket_of
from bot.runbook.book import Runbook
from bot.runbook.classify import classify
from bot.runbook.evaluate import Evaluation, Judged
from bot.runbook.evaluate import evaluate as score
from bot.runbook.observe import observe_ticket


class _Expected(msgspec.Struct):
    scenario: str
    also_ok: tuple[str, ...] = ()
    branch: str | None = None


class _Labelled(msgspec.Struct):
    expected: _Expected


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--wrong", "show_wrong", is_flag=True, help="Name every ticket that was missed.")
def evaluate(file: IO[bytes], *, as_json: bool, show_wrong: bool) -> None:
    """Say how well FILE's labelled tickets are recognised.

    FILE has one ticket per line, as for `classify --jsonl`, with an object `expected` in it:
    `scenario`, and where they apply `branch` and the list `also_ok`.
    """
    book = checked_manifests(settings().manifests_dir).runbook
    judged = [_judge(book, number, line) for number, line in enumerate(file, 1) if line.strip()]
    if not judged:
        raise Refused("no labelled tickets: write one JSON object per line")
    result = score(judged)
    if as_json:
        click.echo(json.dumps(asdict(result), default=list))
    else:
        _show(result, show_wrong=show_wrong)


def _judge(book: Runbook, number: int, line: bytes) -> Judged:
    try:
        data = read_json(line)
        ticket = ticket_of(data)
        expected = msgspec.convert(data, _Labelled).expected
    except (TicketFileError, msgspec.ValidationError) as error:
        raise Refused(f"line {number}: {error}") from error
    unknown = {expected.scenario, *expected.also_ok} - set(book.scenarios)
    if unknown:
        raise Refused(f"line {number}: {', '.join(sorted(unknown))} is no scenario of the runbook")
    diagnosis = classify(book, ticket, observe_ticket(ticket, book))
    return Judged(
        id=ticket.id,
        expected=expected.scenario,
        also_ok=frozenset(expected.also_ok),
        said=diagnosis.scenario,
        confidence=diagnosis.confidence,
        expected_branch=expected.branch,
        said_branch=diagnosis.branch,
    )


def _show(result: Evaluation, *, show_wrong: bool) -> None:
    console = Console()
    console.print(
        f"{result.tickets} tickets: {_share(result.strict, result.tickets)} exactly right, "
        f"{_share(result.lenient, result.tickets)} acceptable"
    )
    if result.branches:
        console.print(f"branch right: {_share(result.branches_right, result.branches)}")
    table = Table("label", "tickets", "precision", "recall", "taken for")
    for row in result.labels:
        taken = ", ".join(f"{label} {number}" for label, number in row.taken_for.items())
        table.add_row(
            row.label, str(row.tickets), _percent(row.precision), _percent(row.recall), taken
        )
    console.print(table)
    for level, (verdicts, right) in result.calibration.items():
        if verdicts:
            console.print(f"{level}: {_share(right, verdicts)} right")
    if show_wrong:
        for one in result.wrong:
            console.print(f"{one.id}: {one.expected}, said {one.said} ({one.confidence})")


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
