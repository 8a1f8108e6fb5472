"""`provision plan --suggest`: the field whose absence costs most follow-up questions."""

from collections import Counter
from collections.abc import Iterator, Mapping

import click

from bot.cli.manifest_files import checked_manifests
from bot.cli.provision_inputs import object_files
from bot.cli.stores import open_store
from bot.config import Settings
from bot.runbook.book import Question, Runbook
from bot.store.missing import missing_counts
from bot.zendesk.provision.steps import ProvisionPlan

DAYS = 90


def suggestions(
    runbook: Runbook, counts: Mapping[str, int], fields: Mapping[str, object]
) -> list[tuple[str, int]]:
    """Return our fields and on how many tickets each would have answered the open question."""
    answers = {question.id: question.unless_values for question in _questions(runbook)}
    found: Counter[str] = Counter()
    for question, tickets in counts.items():
        for key in answers.get(question, ()):
            if key in fields:
                found[key] += tickets
    return found.most_common()


def _questions(runbook: Runbook) -> Iterator[Question]:
    for scenario in runbook.scenarios.values():
        yield from scenario.questions
        for branch in scenario.branches:
            yield from branch.questions


def show_suggestions(found: Settings, planned: ProvisionPlan, *, to_stderr: bool) -> None:
    """Print what would save the most questions, from this store's decisions."""
    files = object_files(found)
    with open_store(found) as database:
        counts = missing_counts(database, DAYS)
    every = suggestions(checked_manifests(found.manifests_dir).runbook, counts, files.fields)
    if not every:
        click.echo(
            f"No suggestion: in {DAYS} days no open question that a field answers.", err=to_stderr
        )
        return
    made = {step.key: step.verb for step in planned.steps if step.kind == "field"}
    for key, tickets in every[:3]:
        way = (
            "`provision apply` makes it"
            if made.get(key) == "create"
            else "it stands and was empty: show it on the customers' form, or make it required "
            "there (Admin Center > Objects and rules > Fields)"
        )
        click.echo(
            f"Suggestion: {files.fields[key].title!r} would have answered the open question of "
            f"{tickets} tickets in {DAYS} days; {way}.",
            err=to_stderr,
        )
