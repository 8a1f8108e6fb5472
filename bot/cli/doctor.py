"""`doctor`: is everything in place? One line each: ok, warn or fail, with the remedy."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal

import click
from rich.console import Console
from rich.text import Text

from bot.cli.session import Refused, settings
from bot.cli.stores import store_url
from bot.config import Settings, SettingsError
from bot.manifests import ManifestError, load_manifests
from bot.pipeline.assemble import account_of
from bot.queue import queue_states
from bot.store.database import Database, StoreDown
from bot.store.heartbeats import Heartbeats
from bot.store.objects import ObjectBook
from bot.store.switches import GLOBAL, SwitchBoard
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import ZendeskError
from bot.zendesk.reading import FieldIds
from bot.zendesk.session import ZendeskSession

Verdict = Literal["ok", "warn", "fail"]
_STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "red"}
_TOKENS_END: Final = date(2027, 4, 30)
_SLOW_QUEUE_SECONDS: Final = 60
_LITTLE_ROOM: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    verdict: Verdict
    what: str
    says: str
    remedy: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def doctor(*, as_json: bool) -> None:
    """Check settings, manifests, Zendesk, store, queue and workers. Exit 1 when something fails."""
    found = settings()
    findings = [finding for check in _CHECKS for finding in check(found)]
    findings += _store_findings(found)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        _show(findings)
    if any(finding.verdict == "fail" for finding in findings):
        raise SystemExit(1)


def _show(findings: list[Finding]) -> None:
    console = Console(highlight=False)
    for item in findings:
        line = Text(f"{item.verdict:>4}  ", style=_STYLES[item.verdict])
        line.append(f"{item.what}: {item.says}", style="default")
        console.print(line)
        if item.remedy:
            console.print(Text(f"      {item.remedy}", style="dim"))


def _check_settings(found: Settings) -> Iterator[Finding]:
    for names in (("ZENDESK_URL",), ("ZENDESK_WEBHOOK_SECRETS",), ("PUBLIC_URL",)):
        try:
            found.require(*names)
        except SettingsError as error:
            yield Finding("fail", "settings", str(error))
        else:
            yield Finding("ok", "settings", f"{names[0]} is set")
    if found.zendesk_api_token:
        left = (_TOKENS_END - datetime.now(UTC).date()).days
        yield Finding(
            "warn", "sign-in", f"legacy API token: Zendesk ends them in {left} days",
            "Create an OAuth client and set ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET",
        )  # fmt: skip


def _check_manifests(found: Settings) -> Iterator[Finding]:
    try:
        manifests = load_manifests(found.manifests_dir)
    except ManifestError as error:
        for problem in error.problems:
            yield Finding(
                "fail", "manifests", problem, "`licensing-bot manifests check` repeats it"
            )
        return
    count = len(manifests.runbook.scenarios)
    yield Finding("ok", "manifests", f"{count} scenarios, revision {manifests.revision}")


def _check_zendesk(found: Settings) -> Iterator[Finding]:
    if not found.zendesk_url:
        return
    try:
        me = ZendeskDesk(ZendeskSession(account_of(found), InMemoryBudget()), FieldIds()).me()
    except ZendeskError as error:
        yield Finding(
            "fail", "Zendesk", str(error),
            "Check ZENDESK_URL and the OAuth client; scopes needed: read tickets:write",
        )  # fmt: skip
        return
    if me.role == "end-user":
        yield Finding(
            "fail", "Zendesk", f"we are {me.name}, an end user, who cannot write internal notes",
            "Tie the OAuth client to an agent",
        )  # fmt: skip
    else:
        yield Finding("ok", "Zendesk", f"signed in as {me.name} ({me.role}, id {me.id})")


def _store_findings(found: Settings) -> list[Finding]:
    try:
        with store_url(found) as url:
            database = Database(url)
            try:
                return [*_check_store(database), *_check_room(found)]
            finally:
                database.close()
    except (Refused, StoreDown) as error:
        return [Finding("fail", "store", str(error))]


def _check_store(database: Database) -> Iterator[Finding]:
    yield Finding("ok", "store", "answers, schema up to date")
    board = SwitchBoard(database)
    if switch := board.pause_switch():
        yield Finding(
            "warn", "pause", f"paused by {switch.who} since {switch.changed_at:%Y-%m-%d %H:%M} UTC",
            "`licensing-bot resume` goes on",
        )  # fmt: skip
    modes = {scope: switch.value for scope, switch in board.modes().items()}
    modes.setdefault(GLOBAL, "shadow")
    spoken = ", ".join(f"{scope} {value}" for scope, value in modes.items())
    silent = set(modes.values()) <= {"shadow", "off"}
    yield Finding(
        "warn" if silent else "ok", "mode", spoken,
        "No note is written; `licensing-bot mode on` lets it speak" if silent else "",
    )  # fmt: skip
    yield from _check_objects(database)
    yield from _check_workers(database)


def _check_objects(database: Database) -> Iterator[Finding]:
    book = ObjectBook(database)
    if not book.ids("webhook"):
        yield Finding(
            "warn", "provisioning", "this store knows no webhook and no fields",
            "Run `licensing-bot provision apply` with this store",
        )  # fmt: skip
        return
    yield Finding(
        "ok", "provisioning",
        f"{len(book.ids('trigger'))} triggers, {len(book.ids('field'))} fields known",
    )  # fmt: skip


def _check_workers(database: Database) -> Iterator[Finding]:
    alive = Heartbeats(database).alive("worker")
    if alive:
        versions = ", ".join(sorted({beat.version for beat in alive}))
        yield Finding("ok", "workers", f"{len(alive)} alive, version {versions}")
    else:
        yield Finding(
            "fail", "workers", "no worker is alive in this store: events wait unseen",
            "Start `licensing-bot work` with the same DATABASE_URL or STATE_DIR",
        )  # fmt: skip
    with database.connection() as connection:
        states = queue_states(connection)
    for state in states:
        slow = state.oldest_seconds > _SLOW_QUEUE_SECONDS
        yield Finding(
            "warn" if slow or state.failed else "ok", f"queue {state.queue}",
            f"{state.waiting} due (oldest {state.oldest_seconds:.0f} s), "
            f"{state.scheduled} scheduled, {state.failed} dead letters",
            "`licensing-bot jobs list --status failed` says why" if state.failed else "",
        )  # fmt: skip


def _check_room(found: Settings) -> Iterator[Finding]:
    if found.database_url or not found.state_dir.is_dir():
        return
    free = shutil.disk_usage(found.state_dir).free
    yield Finding(
        "warn" if free < _LITTLE_ROOM else "ok", "disk", f"{free // 1_000_000} MB free",
        "Free some: a full disk stops the intake" if free < _LITTLE_ROOM else "",
    )  # fmt: skip


_CHECKS: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    _check_settings, _check_manifests, _check_zendesk,
)  # fmt: skip
