"""What runs: the store, the switches, the queue, the workers and their versions, the portal."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from bot.cli.checks.account import Standing
from bot.cli.checks.finding import Finding, fail, ok, warn
from bot.config import Settings
from bot.queue import EVENTS, queue_states
from bot.store.database import Database
from bot.store.heartbeats import Heartbeat, Heartbeats
from bot.store.objects import ObjectBook
from bot.store.portal import PortalLooks
from bot.store.schema import REVISION, schema_is_current
from bot.store.switches import GLOBAL, SwitchBoard

_SLOW_QUEUE_SECONDS: Final = 60
_STUCK_QUEUE_SECONDS: Final = 600
_OLD_LOOK: Final = timedelta(minutes=15)
_START_WORKER: Final = "Start `licensing-bot work` with the same DATABASE_URL or STATE_DIR"


def standing_of(database: Database) -> Standing:
    """What the store remembers of provisioning."""
    book = ObjectBook(database)
    kinds = {kind: book.ids(kind) for kind in ("webhook", "trigger", "category", "field", "app")}
    return Standing(
        webhooks=kinds["webhook"], triggers=kinds["trigger"], categories=kinds["category"],
        fields=kinds["field"], bot_id=book.ids("user").get("bot", ""),
        app_id=kinds["app"].get("sidebar", ""),
    )  # fmt: skip


def check_store(database: Database) -> Iterator[Finding]:
    """Does the store answer, and does it have this version's schema?"""
    with database.connection() as connection:
        current = schema_is_current(connection)
    if current:
        yield ok("store", f"answers, schema {REVISION}")
    else:
        yield fail("store", f"its schema is older than {REVISION}", "`licensing-bot migrate`")


def check_switches(database: Database) -> Iterator[Finding]:
    """Would a note be written at all?"""
    board = SwitchBoard(database)
    if switch := board.pause_switch():
        since = f"{switch.changed_at:%Y-%m-%d %H:%M} UTC"
        yield warn("pause", f"paused by {switch.who} since {since}", "`licensing-bot resume`")
    modes = {scope: switch.value for scope, switch in board.modes().items()}
    modes.setdefault(GLOBAL, "shadow")
    spoken = ", ".join(f"{scope} {value}" for scope, value in modes.items())
    if set(modes.values()) <= {"shadow", "off"}:
        yield warn("mode", spoken, "No note is written; `licensing-bot mode on` lets it speak")
    else:
        yield ok("mode", spoken)


def check_objects(standing: Standing) -> Iterator[Finding]:
    """Does the store know what was provisioned?"""
    if not standing.webhooks:
        yield warn("provisioning", "this store knows no webhook and no fields",
                   "Run `licensing-bot provision apply` with this store")  # fmt: skip
        return
    yield ok("provisioning",
             f"{len(standing.triggers)} triggers, {len(standing.fields)} fields known")  # fmt: skip


def check_workers(database: Database, version: str) -> Iterator[Finding]:
    """Is somebody there who takes events, and of which version?"""
    alive = Heartbeats(database).alive("worker")
    takers = [beat for beat in alive if EVENTS in _queues(beat)]
    if not alive:
        yield fail("workers", "no worker is alive in this store: events wait unseen", _START_WORKER)
    elif not takers:
        names = ", ".join(sorted({queue for beat in alive for queue in _queues(beat)}))
        yield fail("workers", f"{len(alive)} alive, and none takes events (they serve {names})",
                   _START_WORKER)  # fmt: skip
    else:
        yield ok("workers", f"{len(alive)} alive, {len(takers)} of them take events")
    others = sorted({beat.version for beat in alive} - {version})
    if others:
        yield warn("versions", f"workers run {', '.join(others)}, this command is {version}",
                   "Restart them with the same version")  # fmt: skip
    elif alive:
        yield ok("versions", f"workers run {version}")


def check_web_version(found: Settings, client: httpx.Client, version: str) -> Iterator[Finding]:
    """Is the web of our version? It tells on this machine, or to who has METRICS_TOKEN."""
    headers = {"Authorization": f"Bearer {found.metrics_token}"} if found.metrics_token else {}
    try:
        reply = client.get(f"{found.public_url}/statusz", headers=headers, timeout=5.0)
        told = reply.json().get("version")
    except (httpx.HTTPError, ValueError, AttributeError):
        return  # whether it answers at all is told elsewhere
    if told is None:
        return
    if told != version:
        yield warn("versions", f"the web runs {told}, this command is {version}",
                   "Restart it with the same version")  # fmt: skip
    else:
        yield ok("versions", f"the web runs {version}")


def check_queue(database: Database) -> Iterator[Finding]:
    """Does anything wait too long, or has it failed for good?"""
    with database.connection() as connection:
        states = queue_states(connection)
    for state in states:
        says = (
            f"{state.waiting} due (oldest {state.oldest_seconds:.0f} s), "
            f"{state.scheduled} scheduled, {state.failed} dead letters"
        )
        what = f"queue {state.queue}"
        if state.oldest_seconds > _STUCK_QUEUE_SECONDS:
            yield fail(what, says, _START_WORKER)
        elif state.failed:
            yield warn(what, says, "`licensing-bot jobs list --status failed` says why")
        elif state.oldest_seconds > _SLOW_QUEUE_SECONDS:
            yield warn(what, says, "Start another worker, or look at Zendesk's limits")
        else:
            yield ok(what, says)
    if not states:
        yield ok("queue", "empty")


def check_portal(database: Database, url: str, now: datetime | None = None) -> Iterator[Finding]:
    """What did our own probes see of the portal, and when?"""
    looks = PortalLooks(database).newest(url)
    if not looks:
        yield warn("portal", f"{url}: nobody has looked within a day",
                   "A worker looks every few minutes; `licensing-bot probe` looks now")  # fmt: skip
        return
    moment = now or datetime.now(UTC)
    for look in looks:
        age = moment - look.seen_at
        judged = look.assessment
        says = f"{look.vantage}: {judged.cause}, {age.total_seconds() / 60:.0f} min ago"
        if judged.activates == "no":
            says += ": nobody could activate through this"
            yield warn("portal", says, "`licensing-bot probe` shows each layer; is it our network?")
        elif age > _OLD_LOOK:
            yield warn("portal", f"{says}: old", "Is a worker with this vantage alive?")
        else:
            yield ok("portal", says)


def _queues(beat: Heartbeat) -> frozenset[str]:
    given = beat.details.get("queues")
    return frozenset(str(one) for one in given) if isinstance(given, list) else frozenset()
