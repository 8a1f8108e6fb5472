"""`manifests check`: does the runbook hold together? For the engineer who has just edited it."""

import json
import sys
from pathlib import Path

import click

from bot.cli.session import settings
from bot.manifest_file import ManifestError
from bot.manifests import load_manifests
from bot.runbook.tongues import tongue_gaps


@click.group()
def manifests() -> None:
    """Check the runbook's files, and see what an edit would change."""


@manifests.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(folder: Path | None, *, as_json: bool) -> None:
    """Read every manifest; FOLDER is laid over the built-in ones (default: MANIFESTS_DIR)."""
    try:
        found = load_manifests(folder or settings().manifests_dir)
    except ManifestError as error:
        problems = list(error.problems)
        click.echo(json.dumps({"problems": problems}) if as_json else "\n".join(problems))
        sys.exit(1)
    book = found.runbook
    gaps = list(tongue_gaps(found.tongues, book.scenarios))
    if as_json:
        told = {"problems": [], "warnings": gaps, "revision": found.revision}
        click.echo(json.dumps(told))
        return
    click.echo(
        f"{len(book.scenarios)} scenarios, {len(book.snippets)} snippets, "
        f"{len(book.findings)} findings, {len(book.product_strings)} product strings: "
        f"all hold together (revision {found.revision})."
    )
    for gap in gaps:
        click.echo(f"warning: {gap}")
