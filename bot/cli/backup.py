"""`backup` and `restore`: the whole store in one file, embedded or given."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg

from bot.cli.session import Refused, settings
from bot.cli.stores import operator, store_url
from bot.store.programs import EmbeddedError, programs_for


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole store to FILE, while everything runs. Readable by you alone (0600)."""
    with store_url(settings()) as url:
        _make(file)
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={file}", url)
    click.echo(f"{file}: {file.stat().st_size} bytes")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, *, yes: bool) -> None:
    """Put the store back as it was in FILE. Stop `serve` and `work` first.

    Notes written since the backup are not in it. So that none is written twice, tickets created
    before now get no first automatic note; agents' commands work as ever.
    """
    with store_url(settings()) as url:
        if busy := _others(url):
            raise Refused(f"{busy} other connections to the store: stop `serve` and `work` first")
        if not yes:
            click.confirm("Replace everything in the store?", abort=True, err=True)
        _run(
            "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction",
            f"--dbname={url}", str(file),
        )  # fmt: skip
        _draw_the_line(url)
    with store_url(settings()):  # an older backup lacks what later versions added
        click.echo("Restored. Tickets created before now get no first automatic note.")


def _make(file: Path) -> None:
    """Make it, empty and private: `pg_dump` would let others of our group read it."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise Refused(f"{file} is there already: name another file") from None
    except OSError as error:
        reason = error.strerror or "it is refused"
        raise Refused(
            f"{file} cannot be written ({reason}): name a file in a folder of yours"
        ) from error


def _run(program: str, *words: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603  a program of ours with words of ours
            [str(programs_for(Path(), None) / program), *words],
            capture_output=True,
            text=True,
            check=False,
        )
    except (EmbeddedError, OSError) as error:
        raise Refused(f"{program} cannot be run: {error}") from error
    if done.returncode:
        raise Refused(f"{program}: {done.stderr.strip()[-600:]}")


def _others(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND application_name LIKE 'licensing-bot%'"
        ).fetchone()
    return int(row[0]) if row else 0


def _draw_the_line(url: str) -> None:
    """Like the first `provision apply`: what came before is none of ours to start on."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO switches (name, value, who, why) VALUES ('watermark', %s, %s, 'restore')"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value, who = excluded.who,"
            " why = excluded.why, changed_at = now()",
            (datetime.now(UTC).isoformat(), operator()),
        )
