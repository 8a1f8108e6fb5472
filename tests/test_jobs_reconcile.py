"""What the search finds becomes an event once, and only when nothing knows of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot import queue
from bot.jobs.missed import Change, take_in_missed
from bot.jobs.reconcile import GONE_AFTER, NAME, Reconciler
from bot.runbook.writing import Receipt
from bot.sandbox.serve import SandboxServer
from bot.store.database import Database
from bot.store.errands import Errands
from bot.store.events import AcceptedEvent, EventLog, accept
from bot.store.forget import TicketData
from bot.store.ledger import LedgerNote, NoteLedger
from bot.store.signals import Signals
from bot.store.switches import SwitchBoard
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.session import ZendeskSession

NOW = datetime.now(UTC).replace(microsecond=0)
CHANGE = Change(7, NOW)


@pytest.fixture
def desk(loopback: None) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def search(database: Database, desk: SandboxServer) -> Iterator[Reconciler]:
    SwitchBoard(database).set_watermark(NOW - timedelta(hours=1), "test")
    account = Account(desk.url, desk.bot_client_id, desk.bot_client_secret)
    session = ZendeskSession(account, InMemoryBudget())
    yield Reconciler(database, session, Signals())
    session.close()


def file_ticket(desk: SandboxServer, tags: tuple[str, ...] = ("cloud-licensing",)) -> int:
    answer = httpx.post(
        f"{desk.url}/api/v2/tickets",
        json={"ticket": {"subject": "s", "comment": {"body": "b"}, "tags": list(tags)}},
        headers={"authorization": f"Bearer {desk.token}"},
        timeout=30,
    )
    return int(answer.raise_for_status().json()["ticket"]["id"])


def events(database: Database) -> list[tuple[int, str]]:
    with database.connection() as connection:
        rows = connection.execute("SELECT ticket_id, kind FROM events ORDER BY number").fetchall()
    return [(int(row[0]), str(row[1])) for row in rows]


def again(database: Database) -> None:
    """Let the next search begin at once."""
    with database.connection() as connection:
        connection.execute("UPDATE errands SET ended_at = NULL, began_at = NULL")


def test_a_change_that_nobody_told_is_taken_in_once_and_dated_as_it_was(database: Database) -> None:
    assert take_in_missed(database, [CHANGE, Change(8, NOW)]) == [CHANGE, Change(8, NOW)]
    assert take_in_missed(database, [CHANGE, Change(8, NOW)]) == []

    with database.connection() as connection:
        jobs = queue.list_jobs(connection)
    assert [(job.lock, job.priority) for job in jobs] == [("ticket:8", -100), ("ticket:7", -100)]
    key = f"reconcile-7-{NOW:%Y-%m-%dT%H:%M:%SZ}"
    event = EventLog(database).get(key)
    assert event is not None
    assert (event.kind, event.received_at) == ("reconciled", NOW)


def test_what_an_event_told_later_is_known(database: Database) -> None:
    with database.connection() as connection:
        accept(connection, AcceptedEvent("told", 7, "replied", "no", NOW))

    assert take_in_missed(database, [CHANGE]) == []
    assert take_in_missed(database, [Change(7, NOW + timedelta(seconds=1))]) != []


@pytest.mark.parametrize(
    ("outcome", "known"), [("noted", True), ("merged into another event", False)]
)
def test_only_an_event_that_read_the_ticket_later_knows_of_a_change(
    database: Database, outcome: str, *, known: bool
) -> None:
    earlier = NOW - timedelta(minutes=5)
    with database.connection() as connection:
        accept(connection, AcceptedEvent("earlier", 7, "replied", "no", earlier))
    EventLog(database).close("earlier", outcome)
    changed = Change(7, NOW - timedelta(minutes=3))

    assert take_in_missed(database, [changed]) == ([] if known else [changed])


def test_a_merged_event_knows_of_nothing_however_late_it_came(database: Database) -> None:
    with database.connection() as connection:
        accept(connection, AcceptedEvent("later", 7, "created", "no", NOW + timedelta(minutes=5)))
    EventLog(database).close("later", "merged into another event")

    assert take_in_missed(database, [CHANGE]) == [CHANGE]


def test_what_we_wrote_ourselves_is_no_news(database: Database) -> None:
    ledger = NoteLedger(database)
    ledger.intend(LedgerNote("k", "m", 7, "d", "automatic", "intent", NOW), (), "r")
    ledger.done("k", Receipt(1, 2, f"{NOW:%Y-%m-%dT%H:%M:%SZ}"))

    assert take_in_missed(database, [CHANGE]) == []
    assert take_in_missed(database, [Change(7, NOW + timedelta(seconds=1))]) != []


def test_a_job_that_waits_will_read_the_ticket_anyway(database: Database) -> None:
    earlier = NOW - timedelta(minutes=1)
    with database.connection() as connection:
        accept(connection, AcceptedEvent("waits", 7, "replied", "no", earlier))
        queue.defer_event(
            connection, "waits", 7, "replied", "no", None, earlier, delay_seconds=90
        )  # fmt: skip

    assert take_in_missed(database, [CHANGE]) == []


def test_a_line_that_judged_nothing_hides_no_change(database: Database) -> None:
    with database.connection() as connection:
        accept(connection, AcceptedEvent("stuck-1", 7, "stuck", "no", NOW))

    assert take_in_missed(database, [CHANGE]) == [CHANGE]


def test_a_forgotten_ticket_stays_forgotten(database: Database) -> None:
    TicketData(database).forget(7)

    assert take_in_missed(database, [CHANGE]) == []


def test_one_search_a_minute_whoever_asks(
    database: Database, desk: SandboxServer, search: Reconciler
) -> None:
    ticket, _other = file_ticket(desk), file_ticket(desk, ("billing",))
    desk.forget_calls()
    search()
    replace(search, signals=Signals())()
    search()

    assert events(database) == [(ticket, "reconciled")]
    assert len(desk.calls(path="/api/v2/search")) == 1


def test_a_search_whose_worker_was_killed_keeps_the_others_for_two_minutes_only(
    database: Database,
) -> None:
    def begin() -> bool:
        errand = Errands(database).begin(NAME, 60.0, GONE_AFTER)
        return errand is not None

    first, second = begin(), begin()
    with database.connection() as connection:
        connection.execute("UPDATE errands SET began_at = now() - interval '121 seconds'")

    assert (first, second, begin()) == (True, False, True)


def test_a_search_looks_back_over_the_last_one(
    database: Database, desk: SandboxServer, search: Reconciler
) -> None:
    search()
    ticket = file_ticket(desk)
    again(database)
    search()
    again(database)
    search()

    assert events(database) == [(ticket, "reconciled")]
    errand = Errands(database).get(NAME)
    assert errand is not None
    since = datetime.fromisoformat(str(errand.state["since"]))
    assert timedelta(minutes=9) < datetime.now(UTC) - since < timedelta(minutes=30)


def test_a_clock_that_ran_an_hour_ahead_hides_nothing(
    database: Database, desk: SandboxServer, search: Reconciler
) -> None:
    replace(search, clock=lambda: datetime.now(UTC) + timedelta(hours=1))()
    ticket = file_ticket(desk)
    again(database)
    search()

    assert events(database) == [(ticket, "reconciled")]


def test_a_search_that_failed_is_no_dead_letter_and_starts_where_it_was(
    database: Database, desk: SandboxServer, search: Reconciler
) -> None:
    desk.set_faults({"match": "GET /api/v2/search", "what": "502-html"})
    search()
    desk.set_faults()
    ticket = file_ticket(desk)
    search()

    assert events(database) == [(ticket, "reconciled")]


def test_more_changes_than_one_search_can_tell_are_all_found(
    database: Database, desk: SandboxServer, search: Reconciler
) -> None:
    first = desk.box.store.get("ticket", file_ticket(desk))
    assert first is not None
    with desk.box.store.transaction():
        for number in range(1200):
            at = datetime.now(UTC) - timedelta(seconds=1200 - number)
            stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
            desk.box.store.put("ticket", {**first, "id": 50_000 + number, "updated_at": stamp})
    search()
    assert len(events(database)) == 1000
    with database.connection() as connection:
        assert [job.task for job in queue.list_jobs(connection, queue=queue.ERRANDS)] == [NAME]
    again(database)
    search()

    assert len(events(database)) == 1201
