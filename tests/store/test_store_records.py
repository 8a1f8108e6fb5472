"""Decisions, Zendesk's ids, heartbeats, and how long any of it is kept."""

import json

from bot import queue
from bot.store.database import Database
from bot.store.diagnoses import DiagnosisLog, DiagnosisRecord
from bot.store.heartbeats import Heartbeats
from bot.store.objects import ObjectBook
from bot.store.retention import analyze, delete_old

RECORD = DiagnosisRecord(7, "k1", "d1", "proxy", None, "likely", "shadow", "**note**", "{}")


def test_the_newest_decision_comes_first(database: Database) -> None:
    log = DiagnosisLog(database)
    log.save(RECORD)
    log.save(
        DiagnosisRecord(7, "k2", "d2", "firewall", "b", "certain", None, "n", '{"reasons": [1]}')
    )

    newest = log.newest(7)

    assert newest is not None
    assert newest.record.scenario == "firewall"
    assert json.loads(newest.record.details) == {"reasons": [1]}
    assert [kept.record.event_key for kept in log.of_ticket(7)] == ["k2", "k1"]
    assert log.newest(8) is None


def test_an_object_is_remembered_in_place_of_the_older_one(database: Database) -> None:
    book = ObjectBook(database)
    book.remember("field", "plan", "11")
    book.remember("field", "plan", "12", {"digest": "x"})
    book.remember("webhook", "bot", "01ABC")

    assert book.ids("field") == {"plan": "12"}
    assert book.id_of("webhook", "bot") == "01ABC"
    assert book.id_of("webhook", "other") is None
    assert [item.details for item in book.all()] == [{"digest": "x"}, {}]
    assert (book.forget("field", "plan"), book.forget("field", "plan")) == (True, False)


def test_a_process_is_alive_while_it_beats(database: Database) -> None:
    beats = Heartbeats(database)
    beats.beat("worker", "host:1", "0.1.0", {"queues": ["events"]})
    beats.beat("worker", "host:2", "0.1.0")
    beats.beat("web", "host:3", "0.1.0")
    age(database, "heartbeats", "seen_at", "name = 'host:2'", "1 minute")

    assert [beat.name for beat in beats.alive("worker")] == ["host:1"]
    assert len(beats.all()) == 3
    beats.leave("worker", "host:1")
    assert beats.alive("worker") == []


def test_only_what_is_older_than_the_retention_goes(database: Database) -> None:
    with database.connection() as connection:
        for name in ("old", "new"):
            connection.execute(
                "INSERT INTO events (key, ticket_id, kind, attachments, received_at)"
                " VALUES (%s, %s, 'created', 'no', now())",
                (name, 1 if name == "old" else 2),
            )
            for ticket in (1, 2):
                connection.execute(
                    "INSERT INTO notes (key, marker, ticket_id, digest, kind, state, created_at,"
                    " scenario, branch, rule_ids, revision, version) VALUES (%(key)s, %(key)s,"
                    " %(ticket)s, 'd', 'automatic', 'done', now(), '', '', '{}', '', '')",
                    {"key": f"{name}{ticket}", "ticket": ticket},
                )
        queue.defer(connection, "events", "handle_event", {})
    DiagnosisLog(database).save(RECORD)
    age(database, "events", "received_at", "key = 'old'", "91 days")
    age(database, "notes", "created_at", "key LIKE 'old%'", "729 days")
    rested = delete_old(database, 90)["notes"]
    age(database, "notes", "created_at", "key LIKE 'old%'", "2 days")

    gone = delete_old(database, 90)

    # A ticket that rested for months has had its note.
    assert rested == 0

    # The old note on ticket 2 stays: the ticket is still talked about.
    assert (gone["events"], gone["notes"], gone["diagnoses"], gone["jobs"]) == (0, 1, 0, 0)


def test_finished_jobs_go_and_waiting_jobs_stay(database: Database) -> None:
    with database.connection() as connection:
        jobs = [queue.defer(connection, "events", "handle_event", {}) for _ in range(3)]
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE id = ANY(%s)", (jobs[:2],)
        )
    age(database, "procrastinate_events", "at", f"job_id <> {jobs[0]}", "91 days")

    assert delete_old(database, 90)["jobs"] == 1
    with database.connection() as connection:
        assert [job.id for job in queue.list_jobs(connection)] == [jobs[2], jobs[0]]


def test_statistics_can_be_renewed(database: Database) -> None:
    analyze(database)

    with database.connection() as connection:
        row = connection.execute(
            "SELECT last_analyze IS NOT NULL FROM pg_stat_user_tables"
            " WHERE relname = 'procrastinate_jobs'"
        ).fetchone()
    assert row is not None


def age(database: Database, table: str, column: str, where: str, by: str) -> None:
    with database.connection() as connection:
        connection.execute(
            f"UPDATE {table} SET {column} = {column} - interval '{by}' WHERE {where}"
        )
