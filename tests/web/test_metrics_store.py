"""What workers count reaches Prometheus through the web; docs/ name only what is exported."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.queue import ERRANDS
from bot.store.database import Database
from bot.store.errands import Errands
from bot.store.heartbeats import Heartbeats
from bot.store.signals import CALLS, HANDLED, NOTE_SECONDS, NOTES, PREVENTED, RECONCILED, Signals
from bot.web.beat import WebBeat
from tests.web.web_client import client_of

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def away() -> Iterator[Database]:
    """A store that is not there."""
    gone = Database("postgresql://postgres@/postgres?host=/nonexistent", timeout=0.2)
    yield gone
    gone.close()


@pytest.fixture
def counted(database: Database) -> Database:
    """A store after some work, with everything that has a number."""
    with database.connection() as connection:
        connection.execute("TRUNCATE signals, heartbeats, errands, looks CASCADE")
        connection.execute(
            "INSERT INTO looks (asked, vantage, target, layer, cause, activates, confidence, also,"
            " observations, seen_at, seconds) VALUES ('local', 'bot:local', 'portal', 'tls',"
            " 'tls_expired', 'no', 'certain', '{}', '[]', now(), 1)"
        )
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
            " VALUES ('events', 'handle_event', 'failed', '{}')"
        )
    for _ in range(2):
        signals = Signals()
        signals.count(HANDLED, "noted")
        signals.count(HANDLED, "silent: nothing_new")
        signals.count(NOTES, "automatic")
        signals.count(PREVENTED, "ledger")
        signals.count(RECONCILED, by=3)
        signals.count(CALLS, "tickets.read", "200")
        signals.count(CALLS, "tickets.read", "none")
        signals.observe(NOTE_SECONDS, 0.04)
        signals.observe(NOTE_SECONDS, 9000.0)
        signals.flush(database)
    Heartbeats(database).beat("worker", "a:1", "1.0")
    Errands(database).begin("reconcile", 0)
    Errands(database).end("reconcile")
    Errands(database).remember("drift", {"changed": {"Check DNS": ["dns_failure"]}})
    return database


def lines(database: Database) -> set[str]:
    return set(client_of(database).get("/metrics").text.splitlines())


def test_two_workers_are_summed(counted: Database) -> None:
    text = lines(counted)

    assert 'licensing_bot_events_handled_total{outcome="noted"} 2.0' in text
    assert 'licensing_bot_notes_total{kind="automatic"} 2.0' in text
    assert 'licensing_bot_duplicates_prevented_total{how="ledger"} 2.0' in text
    assert "licensing_bot_reconciled_total 6.0" in text
    assert 'licensing_bot_zendesk_calls_total{route="tickets.read",status="200"} 2.0' in text
    assert 'licensing_bot_zendesk_calls_total{route="tickets.read",status="none"} 2.0' in text


def test_the_time_from_event_to_note_is_a_histogram(counted: Database) -> None:
    text = lines(counted)

    assert 'licensing_bot_event_to_note_seconds_bucket{le="0.1"} 2.0' in text
    assert 'licensing_bot_event_to_note_seconds_bucket{le="7200"} 2.0' in text
    assert 'licensing_bot_event_to_note_seconds_bucket{le="+Inf"} 4.0' in text
    assert "licensing_bot_event_to_note_seconds_count 4.0" in text


def test_how_everything_stands_is_told(counted: Database) -> None:
    text = lines(counted)

    assert "licensing_bot_workers 1.0" in text
    assert 'licensing_bot_processes{role="worker",version="1.0"} 1.0' in text
    assert 'licensing_bot_probe_activates{vantage="bot:local"} 0.0' in text
    assert 'licensing_bot_dead_letters{task="handle_event"} 1.0' in text
    assert "licensing_bot_handbook_changed_sections 1.0" in text
    assert "licensing_bot_paused 0.0" in text
    assert any(line.startswith('licensing_bot_zendesk_budget_left{bucket="u') for line in text)
    assert any(line.startswith('licensing_bot_errand_age_seconds{errand="rec') for line in text)


def test_what_cannot_be_written_is_counted_later(away: Database, counted: Database) -> None:
    signals = Signals()
    signals.count(NOTES, "command")
    with pytest.raises(Exception, match="store"):
        signals.flush(away)
    signals.flush(counted)
    signals.flush(counted)

    assert 'licensing_bot_notes_total{kind="command"} 1.0' in lines(counted)


def test_the_status_names_who_is_alive(counted: Database) -> None:
    WebBeat(counted, "1.1").beat()
    status = json.loads(client_of(counted).get("/statusz").data)

    assert status["processes"] == [
        {"role": "web", "version": "1.1", "count": 1},
        {"role": "worker", "version": "1.0", "count": 1},
    ]
    assert status["paused"] is False


def searches(database: Database) -> int:
    with database.connection() as connection:
        row = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = %s", (ERRANDS,)
        ).fetchone()
    return int(row[0]) if row else 0


def test_the_first_web_process_lets_a_worker_search_and_a_second_one_does_not(
    counted: Database,
) -> None:
    first = WebBeat(counted, "1.0")
    assert first.beat()
    assert first.beat()
    assert searches(counted) == 1

    assert WebBeat(counted, "1.0").beat()

    assert searches(counted) == 1


def test_a_web_process_that_stops_takes_its_row_away(counted: Database) -> None:
    beat = WebBeat(counted, "1.0")
    beat.beat()
    beat.stop()

    assert Heartbeats(counted).alive("web") == []


def test_a_beat_without_a_store_is_tried_again(away: Database) -> None:
    assert not WebBeat(away, "1.0").beat()


def exported(database: Database) -> set[str]:
    text = client_of(database).get("/metrics").text
    return set(re.findall(r"^(licensing_bot_\w+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yml", "operate.md"])
def test_every_metric_that_a_file_names_is_exported(counted: Database, name: str) -> None:
    named = set(re.findall(r"licensing_bot_\w+", (DOCS / name).read_text("utf-8")))

    assert named
    assert named - exported(counted) == set()


def test_at_most_three_alerts_wake_a_person_and_each_says_what_to_do() -> None:
    text = (DOCS / "alerts.yml").read_text("utf-8")
    rules = re.split(r"^ +- alert: ", text, flags=re.MULTILINE)[1:]
    waking = [rule for rule in rules if "severity: page" in rule]

    assert 1 <= len(waking) <= 3
    for rule in rules:
        assert re.search(r"agents_notice: \S", rule), rule
        assert re.search(r"command: \S", rule), rule
        assert re.search(r"can_wait: \"(yes|no)", rule), rule


def test_the_dashboard_is_json_that_grafana_reads() -> None:
    board = json.loads((DOCS / "grafana.json").read_text("utf-8"))

    assert board["title"]
    assert all(panel["targets"] for panel in board["panels"] if panel["type"] != "row")
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))


#: Of one web host each; everything else is told alike by all of them.
_OF_A_HOST = r"events_total|ack_seconds_bucket"
_ONE_ANSWER = re.compile(
    r"(?:max|min)(?: by \([^)]*\))? ?\((?:(?:rate|increase|delta|\w+_over_time)\()?licensing_bot_"
)


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yml"])
def test_a_second_web_host_doubles_no_number_of_the_store(name: str) -> None:
    text = re.sub(r"^#.*$", "", (DOCS / name).read_text("utf-8"), flags=re.MULTILINE)
    named = re.findall(rf"licensing_bot_(?!{_OF_A_HOST})\w+", text)

    assert named
    assert len(_ONE_ANSWER.findall(text)) >= len(named)


def test_a_first_dead_letter_is_a_rise(database: Database) -> None:
    assert 'licensing_bot_dead_letters{task="handle_event"} 0.0' in lines(database)
