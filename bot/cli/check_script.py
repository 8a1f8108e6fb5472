"""``licensing-bot check-script``: the script that a customer runs, filled in for one ticket."""

import re
import shlex
from typing import Final

import click

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, settings
from bot.manifests import manifests_folder

_NAME: Final = "customer_check.sh"
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?")
_FIRST_LINE: Final = "#!/bin/sh\n"
_HIGHEST_PORT: Final = 65535


@click.command("check-script")
@click.option(
    "--ticket", type=click.IntRange(min=1), help="Ticket that the report is for; it names it."
)
@click.option("--host", help="Host to look at; the portal of runbook.toml when left out.")
@click.option("--port", type=click.IntRange(1, _HIGHEST_PORT), default=443, show_default=True)
def check_script(*, ticket: int | None, host: str | None, port: int) -> None:
    """Write the script for a customer's server to standard output, ready to be sent.

    It only looks, needs nothing installed, and ends with a block that `read` understands.
    """
    overlay = settings().manifests_dir
    host = host or checked_manifests(overlay).runbook.head.portal
    if not _HOST.fullmatch(host):
        raise click.UsageError(f"--host {host}: a host name is wanted, without a path or a port")
    own = overlay / _NAME if overlay else None
    path = own if own and own.is_file() else manifests_folder() / _NAME
    try:
        script = path.read_text("utf-8")
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    click.echo(filled_in(script, host, port, ticket), nl=False)


def filled_in(script: str, host: str, port: int, ticket: int | None) -> str:
    """Return the script with the values at its head, where its own defaults give way to them."""
    values = {"CLC_HOST": host, "CLC_PORT": str(port), "CLC_TICKET": str(ticket or "")}
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in values.items() if value]
    return _FIRST_LINE + "".join(lines) + script.removeprefix(_FIRST_LINE)
