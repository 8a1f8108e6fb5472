"""Everything about a ticket can be handed out and erased, whatever table it stands in."""

import threading
from datetime import UTC, datetime

import psycopg
import pytest

from bot import queue
from bot.runbook.writing import Receipt
from bot.store.database import Database
from bot.store.diagnoses import DiagnosisLog, DiagnosisRecord
from bot.store.events import AcceptedEvent, accept
from bot.store.forget import TicketData
from bot.store.ledger import LedgerNote, NoteLedger
from bot.store.probe_runs import ProbeRuns

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
#: Tables that hold nothing of a single ticket or person; a new table belongs here or below.
NOBODYS = {
    "alembic_version", "errands", "forgotten", "heartbeats", "objects",
    "procrastinate_periodic_defers", "procrastinate_workers", "provision_deeds", "provision_runs",
    "queue_migrations", "retractions", "signals", "switches", "vantages",
}  # fmt: skip


def fill(database: Database, ticket: int, requester: int = 900) -> None:
    """A bit of everything that the bot stores about a ticket."""
    with database.connection() as connection:
        accept(connection, AcceptedEvent(f"e{ticket}", ticket, "replied", "no", NOW, requester + 1))
        job = queue.defer_event(connection, f"e{ticket}", ticket, "replied", "no", None, NOW)
        connection.execute(
            "INSERT INTO job_failures (job_id, reason) VALUES (%s, 'it broke')", (job,)
        )
        run = ProbeRuns(database).open(connection, ticket, ["local"])
        connection.execute(
            "INSERT INTO looks (run_id, asked, vantage, target, layer, cause, activates,"
            " confidence, also, observations, seen_at, seconds)"
            " VALUES (%s, 'local', 'bot:local', 'portal', 'ok', 'ok', 'yes', 'likely', '{}', '[]',"
            " now(), 1)",
            (run,),
        )
        for table in ("budgets (bucket)", "budget_calls (bucket)"):
            connection.execute(
                f"INSERT INTO {table} VALUES (%s)" if table.startswith("budgets") else
                "INSERT INTO budget_calls (bucket, at) VALUES (%s, now())",
                (f"ticket:{ticket}",),
            )  # fmt: skip
    details = f'{{"requester_id": {requester}}}'
    DiagnosisLog(database).save(
        DiagnosisRecord(ticket, f"e{ticket}", "d", "proxy", None, "likely", None, "a note", details)
    )
    ledger = NoteLedger(database)
    ledger.intend(
        LedgerNote(f"k{ticket}", f"m{ticket}", ticket, "d", "automatic", "intent", NOW), ["r"], "x"
    )
    ledger.done(f"k{ticket}", Receipt(1, 2, "2026-11-24T02:00:00Z"))


def mentions(url: str, word: str) -> dict[str, int]:
    """Rows of any table, in any column, that hold the word."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        found = {}
        for (table,) in tables:
            query = f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s'
            row = connection.execute(query.encode(), (f"%{word}%",)).fetchone()
            found[str(table)] = int(row[0]) if row else 0
    return {table: count for table, count in found.items() if count}


def test_nothing_of_a_forgotten_ticket_is_left_in_any_table(
    database: Database, store_url: str
) -> None:
    fill(database, 7123987)
    fill(database, 7123988)
    kept = mentions(store_url, "7123988")

    erased = TicketData(database).forget(7123987)

    assert mentions(store_url, "7123987") == {}
    assert mentions(store_url, "7123988") == kept
    assert erased.rows["diagnoses"] == 1
    assert erased.rows["procrastinate_jobs"] == 1


def test_an_export_holds_every_row_that_forget_would_erase(
    database: Database, store_url: str
) -> None:
    fill(database, 7123987)

    exported = TicketData(database).export(7123987)

    named = set(mentions(store_url, "7123987"))
    assert named <= set(exported)
    assert {"looks", "job_failures", "procrastinate_events"} <= set(exported)
    assert exported["diagnoses"][0]["markdown"] == "a note"


def test_a_person_is_found_by_what_they_asked_for_and_by_what_they_wrote(
    database: Database,
) -> None:
    fill(database, 71, requester=500)
    fill(database, 72, requester=499)

    assert TicketData(database).tickets_of(500) == [71, 72]
    assert TicketData(database).tickets_of(501) == [71]


def test_a_forgotten_ticket_is_known_by_its_hash_only(database: Database) -> None:
    data = TicketData(database)
    data.forget(7)

    assert data.is_forgotten(7)
    assert not data.is_forgotten(8)
    assert data.known([7, 8]) == []


def test_a_running_job_is_waited_for_because_it_may_still_write(database: Database) -> None:
    fill(database, 7)
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    waits = threading.Event()

    def sleep(_seconds: float) -> None:
        waits.set()
        with database.connection() as connection:
            connection.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")

    TicketData(database, sleep).forget(7)

    assert waits.is_set()
    assert TicketData(database).known([7]) == []


def test_every_table_is_either_erased_by_ticket_or_holds_nothing_of_one(
    database: Database,
) -> None:
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        by_ticket = connection.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE column_name IN ('ticket_id', 'bucket')"
        ).fetchall()
    tables = {str(row[0]) for row in rows}
    erased = {str(row[0]) for row in by_ticket} | {
        "job_failures", "looks", "procrastinate_events", "procrastinate_jobs",
    }  # fmt: skip

    if unsorted := tables - erased - NOBODYS:
        pytest.fail(f"say in bot/store/forget.py or here whose data this is: {sorted(unsorted)}")
