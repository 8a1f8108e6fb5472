"""`evaluate`: accuracy, per label, confusion and calibration, by labels or by agents' words."""

import json
from dataclasses import asdict
from typing import IO, Final, get_args

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, settings
from bot.cli.stores import open_store
from bot.cli.ticket_file import TicketFileError, read_json, ticket_of
from bot.config import Settings
from bot.evidence.observation import Confidence
from bot.runbook.book import Runbook
from bot.runbook.classify import classify
from bot.runbook.evaluate import Evaluation, Judged
from bot.runbook.evaluate import evaluate as score
from bot.runbook.observe import observe_ticket
from bot.store.corrections import CorrectionLog
from bot.store.insights import read_insights

_CONFIDENCES: Final[tuple[Confidence, ...]] = get_args(Confidence)


class _Expected(msgspec.Struct):
    scenario: str
    also_ok: tuple[str, ...] = ()
    branch: str | None = None


class _Labelled(msgspec.Struct):
    expected: _Expected


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--from-store",
    is_flag=True,
    help="Instead of FILE: the tickets on which an agent said what they are.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=90,
    show_default=True,
    help="With --from-store: how far back.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--wrong", "show_wrong", is_flag=True, help="Name every ticket that was missed.")
def evaluate(
    file: IO[bytes], *, from_store: bool, days: int, as_json: bool, show_wrong: bool
) -> None:
    """Say how well FILE's labelled tickets are recognised.

    FILE has one ticket per line, as for `classify --jsonl`, with an object `expected` in it:
    `scenario`, and where they apply `branch` and the list `also_ok`.

    With --from-store what the bot said by itself is held against what agents said since, in the
    sidebar or by the drop-down. They mostly speak up when it is wrong, so the share of right
    verdicts among these tickets lies below the true one; `decided` tells how many tickets had a
    verdict, and `uncorrected` how many of those nobody has corrected.
    """
    found = settings()
    if from_store:
        judged, more = _from_store(found, days)
        if not judged:
            raise Refused(f"no agent has said anything about a ticket within {days} days")
    else:
        book = checked_manifests(found.manifests_dir).runbook
        judged = [_judge(book, number, line) for number, line in enumerate(file, 1) if line.strip()]
        more = {}
        if not judged:
            raise Refused("no labelled tickets: write one JSON object per line")
    result = score(judged)
    if as_json:
        click.echo(json.dumps({**asdict(result), **more}, default=list))
    else:
        _show(result, show_wrong=show_wrong)
        for name, number in more.items():
            click.echo(f"{name}: {number}")


def _from_store(found: Settings, days: int) -> tuple[list[Judged], dict[str, int]]:
    """Return the tickets with an agent's word, and how many there are beside them."""
    with open_store(found) as database:
        words = CorrectionLog(database).agents_words(days)
        decided = read_insights(database, days).tickets
    judged = [
        Judged(
            id=str(word.ticket_id),
            expected=word.expected,
            also_ok=frozenset(),
            said=word.said,
            confidence=word.confidence if word.confidence in _CONFIDENCES else "unclear",
        )
        for word in words
    ]
    wrong = sum(not one.is_right for one in judged)
    return judged, {
        "decided": decided,
        "uncorrected": max(0, decided - wrong),
        "by_sidebar": sum(word.source == "sidebar" for word in words),
        "by_drop_down": sum(word.source == "drop-down" for word in words),
    }


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
