"""`demo`: the whole product on one machine, without a Zendesk account."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import click

from bot.cli.app_deploy import apply_sidebar
from bot.cli.manifest_files import checked_manifests
from bot.cli.provision import provision_inputs, remember
from bot.cli.session import Refused, settings
from bot.cli.stores import operator, store_url
from bot.config import Settings
from bot.manifests import Manifests
from bot.sandbox.portal import PortalServer
from bot.sandbox.serve import SandboxServer
from bot.store.database import Database
from bot.store.objects import ObjectBook
from bot.store.switches import GLOBAL, SwitchBoard
from bot.web import serve as web
from bot.zendesk import provision as engine

#: In the demo nobody wants to wait a minute and a half to see a reply understood.
QUIET_SECONDS: Final = 3
_READY_SECONDS: Final = 30


@click.command()
@click.option(
    "--port", default=8000, show_default=True, help="Of the desk page; the webhook takes the next."
)
@click.option(
    "--browser/--no-browser",
    default=None,
    help="Open the desk page; the default asks the terminal.",
)
def demo(port: int, *, browser: bool | None) -> None:
    """Start the whole product with a pocket Zendesk and open its desk page.

    File a sample ticket there and watch its internal note arrive. Nothing leaves this machine,
    unless you order a look at a customer's instance. What was filed is still there after the next
    start.
    """
    found = settings()
    folder = found.state_dir / "demo"
    found = _with_every_command(found, folder)
    manifests = checked_manifests(found.manifests_dir)
    local = replace(found, state_dir=folder, database_url="", platform="", port=port + 1)
    with ExitStack() as stack:
        url = stack.enter_context(store_url(local))
        desk = stack.enter_context(_pocket_zendesk(folder, port))
        # Its probes look at a pocket portal: nothing leaves this machine.
        local = replace(local, portal_url=stack.enter_context(PortalServer()).url)
        ready = _provisioned(local, desk, url, manifests)
        for process in (_start_web(ready, url), _start_worker(ready, url)):
            stack.enter_context(_ended(process))
        _wait_for_web(ready)
        click.echo(f"The desk page: {desk.url}/   (Ctrl-C ends the demo)")
        if browser or (browser is None and sys.stdout.isatty()):
            webbrowser.open(desk.url)
        _until_stopped()


def _with_every_command(found: Settings, folder: Path) -> Settings:
    """Let the pocket's agents give the guarded commands, too; whoever sits there is the owner."""
    if found.manifests_dir is not None:
        return found
    rules = folder / "manifests" / "runbook" / "guarded.toml"
    rules.parent.mkdir(parents=True, exist_ok=True)
    rules.write_text('groups = ["Support"]\n', "utf-8")
    return replace(found, manifests_dir=folder / "manifests")


@contextmanager
def _pocket_zendesk(folder: Path, port: int) -> Iterator[SandboxServer]:
    try:
        server = SandboxServer(folder / "zendesk.sqlite", port=port)
    except (OSError, SystemExit) as error:
        raise Refused(
            f"port {port} is taken, perhaps by another demo: `demo --port {port + 10}`"
        ) from error
    with server:
        yield server


def _provisioned(found: Settings, desk: SandboxServer, url: str, manifests: Manifests) -> Settings:
    """Set the pocket Zendesk up as a real account is set up, from the same files."""
    local = replace(
        found,
        zendesk_url=desk.url,
        zendesk_client_id=desk.bot_client_id,
        zendesk_client_secret=desk.bot_client_secret,
        zendesk_provision_client_id=desk.admin_client_id,
        zendesk_provision_client_secret=desk.admin_client_secret,
        zendesk_email="",
        zendesk_api_token="",
        public_url=f"http://127.0.0.1:{found.port}",
        # A new one for each demo: the app is told it anew.
        sidebar_secrets=(secrets.token_urlsafe(32),),
        quiet_seconds=QUIET_SECONDS,
        database_url=url,
        web_concurrency=1,
    )
    inputs = provision_inputs(local, manifests)
    applied = engine.apply(*inputs)
    database = Database(url)
    remember(database, applied, inputs[2].bot_user_id)
    apply_sidebar(inputs[0], local, ObjectBook(database))
    board = SwitchBoard(database)
    if GLOBAL not in board.modes():
        board.set_mode(GLOBAL, "on", operator(), "demo")
    database.close()
    return replace(local, zendesk_webhook_secrets=applied.secrets)


def _start_web(found: Settings, url: str) -> subprocess.Popen[bytes]:
    return web.start(found, url, host="127.0.0.1")


def _start_worker(found: Settings, url: str) -> subprocess.Popen[bytes]:
    environment = replace(found, database_url=url).environment()
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "work"],
        env={**os.environ, **environment},
        start_new_session=True,  # Ctrl-C reaches us alone, and we end it in order
    )


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


def _wait_for_web(found: Settings) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urlopen(f"{found.public_url}/healthz", timeout=1):  # noqa: S310  loopback
            return
        time.sleep(0.05)
    raise Refused(f"the webhook on port {found.port} does not answer; the lines above say why")


def _until_stopped() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
    click.echo("The demo ends; tickets and notes are kept for the next start.")
