"""`app`: check and pack the sidebar app; `provision apply` uploads and installs it."""

import json
import os
import secrets
from pathlib import Path

import click
from dotenv import set_key

from bot.cli.app_deploy import app_files, app_folder, app_package, app_wanted, secrets_of
from bot.cli.session import Refused, settings
from bot.config import Settings
from bot.zendesk.app_check import app_problems
from bot.zendesk.app_package import AppError

#: Characters of a new secret: 43, all of them safe in a header, a URL and an env file.
_SECRET_BYTES = 32


@click.group()
def app() -> None:
    """Check and pack the sidebar app. `provision apply` uploads and installs it."""


@app.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def check(*, as_json: bool) -> None:
    """Check the app by Zendesk's rules and ours, without a network. Exit 1 on findings."""
    found = settings()
    try:
        files = app_files(found)
    except AppError as error:
        raise Refused(str(error)) from error
    problems = [*app_problems(files.files, secrets_of(found)), *_settings_problems(found)]
    if as_json:
        click.echo(json.dumps({"problems": problems, "files": sorted(files.files),
                               "left_out": list(files.left_out)}))  # fmt: skip
    else:
        for problem in problems:
            click.echo(problem)
        for name in files.left_out:
            click.echo(f"left out: {name}")
        click.echo(f"{app_folder(found)}: {len(files.files)} files, {len(problems)} problems")
    if problems:
        raise SystemExit(1)


@app.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def package(out: Path) -> None:
    """Write the package to OUT, as it would be uploaded. The same files give the same bytes."""
    found = settings()
    try:
        packed = app_package(found)
    except AppError as error:
        raise Refused(str(error)) from error
    out.write_bytes(packed.data)
    click.echo(f"{out}: {packed.name} {packed.version}, {len(packed.files)} files, "
               f"{len(packed.data)} bytes")  # fmt: skip


@app.command()
@click.option(
    "--env-file", type=click.Path(dir_okay=False, path_type=Path), required=True,
    help="Put the new secret first in SIDEBAR_SECRETS there (mode 0600).",
)  # fmt: skip
def secret(env_file: Path) -> None:
    """Make a new shared secret; the older one stays good until you remove it."""
    found = settings()
    every = dict.fromkeys([secrets.token_urlsafe(_SECRET_BYTES), *found.sidebar_secrets])
    if not env_file.exists():
        os.close(os.open(env_file, os.O_CREAT | os.O_WRONLY, 0o600))
    env_file.chmod(0o600)
    set_key(env_file, "SIDEBAR_SECRETS", " ".join(every), quote_mode="never")
    env_file.chmod(0o600)
    click.echo(
        f"{env_file}: SIDEBAR_SECRETS has {len(every)} values, readable by you alone. Start the "
        "web with it, then `provision apply` gives it to Zendesk"
    )


def _settings_problems(found: Settings) -> list[str]:
    """What only shows once the settings are filled in; without PUBLIC_URL nothing can be."""
    if not found.public_url or not found.sidebar_secrets:
        return []
    try:
        app_wanted(found)
    except AppError as error:
        return [line for line in str(error).splitlines() if line.startswith("app.toml")]
    return []
