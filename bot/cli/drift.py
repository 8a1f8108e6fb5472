"""`drift`: has the handbook page changed that the runbook was built from?"""

import json
from dataclasses import asdict

import click

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, settings
from bot.cli.stores import open_store
from bot.jobs.drift import NAME, Drift, DriftWatch, accept_page, fetch_page, read_drift
from bot.store.errands import Errands


@click.command()
@click.option("--now", is_flag=True, help="Fetch the page now; a worker does so once a week.")
@click.option("--accept", is_flag=True, help="The runbook is up to date with the page as seen.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def drift(*, now: bool, accept: bool, as_json: bool) -> None:
    """Say which sections of the handbook page changed, and which scenarios rest on them."""
    found = settings()
    handbook = checked_manifests(found.manifests_dir).handbook
    if not handbook.page:
        raise Refused("handbook.toml names no page, so nobody watches one: set `page`")
    with open_store(found) as database:
        if now:
            errand = Errands(database).begin(NAME, 0)
            if errand is None:
                raise Refused("a worker is fetching the page right now")
            DriftWatch(database, handbook, fetch_page).look(handbook.page, errand)
        if accept and not accept_page(database):
            raise Refused("the page was never read: add --now")
        seen = read_drift(database, handbook)
    if seen is not None:
        click.echo(json.dumps(asdict(seen)) if as_json else _words(seen))


def _words(seen: Drift) -> str:
    lines = [f"trouble: {seen.trouble}"] if seen.trouble else []
    if not seen.checked:
        lines.append("The page was not read yet.")
    elif not seen.changed:
        lines.append("No section has changed.")
    for section, scenarios in seen.changed.items():
        lines.append(f"{section}: {', '.join(scenarios) or 'no scenario rests on it'}")
    return "\n".join(lines)
