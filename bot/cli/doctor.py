"""`doctor`: is everything in place? One line each: ok, warn or fail, with the remedy."""

import json
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import click
import httpx
from rich.console import Console
from rich.text import Text

from bot.cli.checks import access, account, housekeeping, own_settings, reach, running
from bot.cli.checks.account import Standing
from bot.cli.checks.finding import Finding, fail
from bot.cli.session import Refused, settings
from bot.cli.stores import store_url
from bot.config import Settings
from bot.manifest_file import ManifestError, manifests_folder
from bot.manifests import load_manifests
from bot.pipeline.assemble import account_of
from bot.store.database import Database, StoreDown
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.credentials import PROVISIONING_SCOPE
from bot.zendesk.errors import AuthFailed
from bot.zendesk.object_files import read_objects
from bot.zendesk.objects import ManifestError as ObjectError
from bot.zendesk.session import ZendeskSession

_STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "red"}
#: A person waits: rather than reporting our own haste, a call waits for Zendesk's limit.
_PATIENCE: Final = 30.0
_NOTHING: Final = Standing({}, {}, {}, {})
_OFFLINE: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    own_settings.check_settings, own_settings.check_sign_in, own_settings.check_sidebar_secrets,
    own_settings.check_manifests, own_settings.check_app_files,
)  # fmt: skip


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def doctor(*, as_json: bool) -> None:
    """Check settings, rights, Zendesk's objects, store, queue and workers. Exit 1 on a fail."""
    found = settings()
    findings = list(examine(found))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        _show(findings)
    if any(finding.verdict == "fail" for finding in findings):
        raise SystemExit(1)


def examine(found: Settings) -> Iterator[Finding]:
    """Run every check. Nothing is written anywhere."""
    for check in _OFFLINE:
        yield from check(found)
    standing, of_store = _of_store(found)
    if found.zendesk_url:
        yield from _of_zendesk(found, standing)
    with httpx.Client(verify=_tls_for(found.public_url), follow_redirects=False) as client:
        yield from reach.check_web(found, client)
        yield from running.check_web_version(found, client, _version())
    yield from own_settings.check_room(found)
    yield from of_store


def _of_zendesk(found: Settings, standing: Standing) -> Iterator[Finding]:
    try:
        session = ZendeskSession(account_of(found), InMemoryBudget(), patience=_PATIENCE)
    except AuthFailed:
        return  # told with the settings
    me, told = access.check_identity(session)
    yield from told
    if me is None:
        return
    yield from access.check_clock(session, lambda: datetime.now(UTC))
    yield from access.check_rights(session)
    yield from account.check_bot_user(me, standing)
    admin = _admin_session(found)
    yield from account.check_webhook(admin, standing, found)
    for webhook_id in standing.webhooks.values():
        yield from reach.check_invocations(admin, webhook_id)
        yield from reach.check_from_zendesk(admin, webhook_id)
    yield from account.check_triggers(admin, standing, _trigger_order(found), me.id)
    yield from account.check_foreign_rules(admin, me, standing)
    yield from account.check_app(admin, found, standing)
    for one in (session, admin):
        one.close()


def _admin_session(found: Settings) -> ZendeskSession:
    """Provisioning's client where there is one: a run-time agent may not look at webhooks."""
    who = replace(account_of(found), scope=PROVISIONING_SCOPE)
    if found.zendesk_provision_client_id:
        who = replace(
            who,
            client_id=found.zendesk_provision_client_id,
            client_secret=found.zendesk_provision_client_secret,
        )
    return ZendeskSession(who, InMemoryBudget(), patience=_PATIENCE)


def _of_store(found: Settings) -> tuple[Standing, list[Finding]]:
    try:
        with store_url(found) as url:
            database = Database(url)
            try:
                return running.standing_of(database), list(_store_findings(found, database))
            finally:
                database.close()
    except (Refused, StoreDown) as error:
        remedy = "Is Postgres running, and is DATABASE_URL or STATE_DIR right?"
        return _NOTHING, [fail("store", str(error), remedy)]


def _store_findings(found: Settings, database: Database) -> Iterator[Finding]:
    yield from running.check_store(database)
    yield from running.check_switches(database)
    yield from running.check_objects(running.standing_of(database))
    yield from running.check_workers(database, _version())
    yield from housekeeping.check_web(database)
    yield from running.check_queue(database)
    yield from housekeeping.check_errands(database)
    if portal := _portal_of(found):
        yield from running.check_portal(database, portal)
    yield from _handbook_findings(found, database)


def _handbook_findings(found: Settings, database: Database) -> Iterator[Finding]:
    try:
        handbook = load_manifests(found.manifests_dir).handbook
    except ManifestError:  # told by another check
        return
    yield from housekeeping.check_handbook(database, handbook)


def _portal_of(found: Settings) -> str:
    try:
        portal = load_manifests(found.manifests_dir).runbook.head.portal
    except ManifestError:
        return ""
    return f"{found.portal_url or f'https://{portal}'}/"


def _trigger_order(found: Settings) -> tuple[str, ...]:
    folders = [manifests_folder() / "zendesk"]
    if found.manifests_dir is not None:
        folders.append(found.manifests_dir / "zendesk")
    try:
        return tuple(read_objects(folders).triggers)
    except ObjectError:
        return ()


def _tls_for(url: str) -> ssl.SSLContext | bool:
    """Reading the authorities takes a while; plain http needs none."""
    return True if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _version() -> str:
    try:
        return version("licensing-bot")
    except PackageNotFoundError:
        return "unknown"


def _show(findings: Iterable[Finding]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for item in findings:
        line = Text(f"{item.verdict:>4}  ", style=_STYLES[item.verdict])
        line.append(f"{item.what}: {item.says}", style="default")
        console.print(line)
        if item.remedy:
            console.print(Text(f"      {item.remedy}", style="dim"))
