"""The chores beside the events: purge, the heartbeat address, and lines for who waits."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from bot import queue
from bot.jobs.counted import counted
from bot.jobs.heartbeat import Heart
from bot.jobs.letters import tell_waiting_agents
from bot.jobs.purge import Purger
from bot.pipeline.ports import EventJob, Later
from bot.sandbox.serve import SandboxServer
from bot.store.database import Database
from bot.store.events import AcceptedEvent, accept
from bot.store.forget import TicketData
from bot.store.signals import Signals, read_signals
from bot.store.switches import SwitchBoard
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.session import ZendeskSession

NOW = datetime.now(UTC)


def put(database: Database, ticket: int, kind: str = "command") -> int:
    with database.connection() as connection:
        accept(connection, AcceptedEvent(f"e{ticket}", ticket, kind, "no", NOW))
        return queue.defer_event(connection, f"e{ticket}", ticket, kind, "no", None, NOW)


# Purge ------------------------------------------------------------------------------------------


@pytest.fixture
def desk(loopback: None) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def purger(database: Database, desk: SandboxServer) -> Iterator[Purger]:
    account = Account(desk.url, desk.bot_client_id, desk.bot_client_secret)
    session = ZendeskSession(account, InMemoryBudget())
    yield Purger(database, session)
    session.close()


def deleted(desk: SandboxServer, database: Database) -> int:
    """File a ticket, let the store know of it, and delete it in Zendesk."""
    mine = {"authorization": f"Bearer {desk.token}"}
    body = {"ticket": {"subject": "s", "comment": {"body": "b"}}}
    answer = httpx.post(f"{desk.url}/api/v2/tickets", json=body, headers=mine, timeout=30)
    ticket = int(answer.json()["ticket"]["id"])
    put(database, ticket)
    httpx.delete(f"{desk.url}/api/v2/tickets/{ticket}", headers=mine, timeout=30)
    return ticket


def test_what_zendesk_lists_as_deleted_is_erased_and_the_rest_stays(
    database: Database, desk: SandboxServer, purger: Purger
) -> None:
    gone = deleted(desk, database)
    put(database, 999)
    purger()

    assert TicketData(database).known([gone, 999]) == [999]


def test_it_is_asked_once_a_day(database: Database, desk: SandboxServer, purger: Purger) -> None:
    purger()
    gone = deleted(desk, database)
    purger()

    assert TicketData(database).known([gone]) == [gone]
    assert len(desk.calls(path="/api/v2/deleted_tickets")) == 1


def test_a_long_list_is_read_at_the_pace_that_zendesk_allows(
    database: Database, desk: SandboxServer, purger: Purger
) -> None:
    with desk.box.store.transaction():
        for number in range(1_000, 1_950):
            desk.box.store.put("deleted", {"id": number, "deleted_at": NOW.isoformat()})
    put(database, 1_949)
    with pytest.raises(Later):
        purger()
    assert len(desk.calls(path="/api/v2/deleted_tickets")) == 8
    purger()

    assert TicketData(database).known([1_949]) == []
    assert len(desk.calls(path="/api/v2/deleted_tickets")) == 10


def test_a_role_that_may_not_see_deleted_tickets_is_told_once_a_day(
    database: Database, desk: SandboxServer, purger: Purger, caplog: pytest.LogCaptureFixture
) -> None:
    desk.set_faults({"match": "GET /api/v2/deleted_tickets", "what": "403"})
    purger()
    purger()

    assert len([one for one in caplog.records if "right to view" in one.message]) == 1


# The heartbeat address ---------------------------------------------------------------------------


class _Count(BaseHTTPRequestHandler):
    hits = 0
    status = 200

    def do_GET(self) -> None:
        type(self).hits += 1
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def service(loopback: None) -> Iterator[str]:
    _Count.hits, _Count.status = 0, 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Count)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/secret-path"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_address_is_called_while_events_are_handled(database: Database, service: str) -> None:
    assert Heart(service, database, Signals()).beat()
    assert _Count.hits == 1


def test_it_falls_silent_when_events_wait_and_nobody_handles_them(
    database: Database, service: str
) -> None:
    signals = Signals()
    put(database, 7)
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_events SET at = now() - interval '1 hour'")
    heart = Heart(service, database, signals)
    assert not heart.beat()

    counted(lambda _job: "noted", signals, lambda: NOW)(EventJob("e", 7, "created", "no", NOW))
    assert heart.beat()

    SwitchBoard(database).pause("test", "on purpose")
    assert Heart(service, database, Signals()).beat()


def test_it_falls_silent_when_the_store_is_away(service: str) -> None:
    away = Database("postgresql://postgres@/postgres?host=/nonexistent", timeout=0.2)
    assert not Heart(service, away, Signals()).beat()
    away.close()

    assert _Count.hits == 0


def test_a_failure_is_told_once_and_never_with_the_address(
    database: Database, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    heart = Heart(service, database, Signals())
    _Count.status = 500
    assert [heart.beat() for _ in range(3)] == [False] * 3
    _Count.status = 200
    assert heart.beat()
    _Count.status = 500
    assert not heart.beat()

    told = [one for one in caplog.records if "HEARTBEAT_URL" in one.message]
    assert len(told) == 2
    assert "secret-path" not in "".join(map(str, (vars(one) for one in told)))


def test_without_an_address_nothing_beats(database: Database) -> None:
    before = threading.active_count()
    Heart("", database, Signals()).start()

    assert threading.active_count() == before


# What an agent waits for, and what is counted ----------------------------------------------------


def dead(database: Database, job: int) -> None:
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", (job,))
        connection.execute("INSERT INTO job_failures (job_id, reason) VALUES (%s, 'why')", (job,))


def test_only_a_command_that_was_given_up_is_told_and_only_once(database: Database) -> None:
    command, reply = put(database, 7), put(database, 8, "replied")
    for job in (command, reply):
        dead(database, job)

    assert [tell_waiting_agents(database) for _ in range(3)] == [1, 0, 0]
    with database.connection() as connection:
        waiting = queue.list_jobs(connection, "todo")
    assert [(job.lock, job.priority) for job in waiting] == [("ticket:7", queue.COMMAND)]


def _came_of(outcome: str, _job: EventJob) -> str:
    return outcome


def test_what_came_of_events_is_counted(database: Database) -> None:
    signals = Signals()
    job = EventJob("e", 7, "command", "no", NOW)
    for outcome in ("noted", "noted; probing", "noted before", "silent: mode_off"):
        counted(partial(_came_of, outcome), signals, lambda: NOW)(job)
    signals.flush(database)

    found = {(one.metric, *one.labels): one.value for one in read_signals(database)}
    assert found["handled", "noted"] == 2
    assert found["handled", "noted before"] == 1
    assert found["notes", "command"] == 2
    assert found["duplicates_prevented", "ledger"] == 1
