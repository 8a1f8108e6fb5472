"""`doctor` on a store and a web of ours: what runs, how old it is, and whether it takes events."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from click.testing import CliRunner

from bot.cli import program
from bot.cli.checks import reach, running
from bot.cli.checks.finding import Finding
from bot.cli.provision_inputs import provision_session
from bot.config import Settings
from bot.evidence.look import Look
from bot.evidence.observation import Activates, Assessment
from bot.queue import defer_event
from bot.sandbox.http_server import LoopbackServer
from bot.sandbox.serve import SandboxServer
from bot.store.database import Database
from bot.store.heartbeats import Heartbeats
from bot.store.portal import PortalLooks
from bot.store.switches import SwitchBoard
from tests.doctor_parts import provisioned, settings_for, web_of

PORTAL = "https://customers.example.com/"


@pytest.fixture
def client(loopback: None) -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30.0) as opened:
        yield opened


@pytest.fixture
def pocket(loopback: None) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def web(pocket: SandboxServer, database: Database) -> Iterator[Settings]:
    with web_of(settings_for(pocket), database) as found:
        yield found


def worst(findings: Iterable[Finding]) -> str:
    seen = list(findings)
    assert all(item.remedy for item in seen if item.verdict != "ok")
    return next((v for v in ("fail", "warn", "ok") for item in seen if item.verdict == v), "none")


def said(findings: Iterable[Finding]) -> str:
    return "\n".join(item.says for item in findings)


def test_a_web_with_the_same_secrets_is_fine(web: Settings, client: httpx.Client) -> None:
    found = list(reach.check_web(web, client))

    assert worst(found) == "ok"
    assert {item.what for item in found} == {"web", "signature", "sidebar"}


def test_a_web_with_other_secrets_fails(web: Settings, client: httpx.Client) -> None:
    webhook = replace(web, zendesk_webhook_secrets=("n" * 40, *web.zendesk_webhook_secrets))
    sidebar = replace(web, sidebar_secrets=("n" * 43,))

    assert "secret 1 of 2: our own signed event is answered 401" in said(
        reach.check_web(webhook, client)
    )
    assert "our own token is refused" in said(reach.check_web(sidebar, client))
    assert worst(reach.check_web(webhook, client)) == worst(reach.check_web(sidebar, client))


def test_the_round_trip_leaves_no_event(
    web: Settings, client: httpx.Client, database: Database
) -> None:
    list(reach.check_web(web, client))

    with database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM events").fetchone()
    assert row == (0,)


def test_nobody_at_public_url_fails(web: Settings, client: httpx.Client) -> None:
    found = list(reach.check_web(replace(web, public_url="http://127.0.0.1:1"), client))

    assert [item.verdict for item in found] == ["fail"]
    assert "does not answer" in said(found)


def test_somebody_else_at_public_url_fails(
    pocket: SandboxServer, web: Settings, client: httpx.Client
) -> None:
    found = list(reach.check_web(replace(web, public_url=pocket.url), client))

    assert [item.verdict for item in found] == ["fail"]
    assert "not as ours does" in said(found)


def test_a_test_of_zendesks_reaches_us(web: Settings, database: Database) -> None:
    found = provisioned(web, database)
    session = provision_session(found)
    (webhook_id,) = running.standing_of(database).webhooks.values()

    seen = list(reach.check_from_zendesk(session, webhook_id))

    session.close()
    assert worst(seen) == "ok"


def test_another_version_of_the_web_is_told(web: Settings, client: httpx.Client) -> None:
    assert worst(running.check_web_version(web, client, "9.9")) == "warn"


def test_without_a_worker_that_takes_events_it_fails(database: Database) -> None:
    beats = Heartbeats(database)

    nobody = list(running.check_workers(database, "1.0"))
    beats.beat("worker", "frankfurt:1", "1.0", {"queues": ["probes.frankfurt"]})
    prober = list(running.check_workers(database, "1.0"))
    beats.beat("worker", "here:2", "0.9", {"queues": ["events", "maintenance"]})
    both = list(running.check_workers(database, "1.0"))

    assert "no worker is alive" in said(nobody)
    assert "none takes events (they serve probes.frankfurt)" in said(prober)
    assert "2 alive, 1 of them take events" in said(both)
    assert "workers run 0.9" in said(both)
    assert [worst(items) for items in (nobody, prober, both)] == ["fail", "fail", "warn"]


def test_a_queue_that_waits_too_long_fails(database: Database) -> None:
    with database.connection() as connection:
        defer_event(connection, "k", 1, "created", "no", None, datetime.now(UTC))
    fresh = worst(running.check_queue(database))
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_events SET at = now() - interval '2 minutes'")
    slow = worst(running.check_queue(database))
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_events SET at = now() - interval '20 minutes'")
    stuck = worst(running.check_queue(database))
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    dead = worst(running.check_queue(database))

    assert [fresh, slow, stuck, dead] == ["ok", "warn", "fail", "warn"]


def test_an_empty_queue_and_a_store_without_objects_are_told(database: Database) -> None:
    assert worst(running.check_queue(database)) == "ok"
    assert worst(running.check_store(database)) == "ok"
    assert worst(running.check_objects(running.standing_of(database))) == "warn"


def test_an_old_schema_fails(own_url: str) -> None:
    database = Database(own_url)
    with database.connection() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")

    found = worst(running.check_store(database))

    database.close()
    assert found == "fail"


def test_pause_and_mode_are_told(database: Database) -> None:
    board = SwitchBoard(database)
    silent = worst(running.check_switches(database))
    board.set_mode("global", "on", "olivia", "")
    speaking = worst(running.check_switches(database))
    board.pause("olivia", "deploy")
    paused = list(running.check_switches(database))

    assert (silent, speaking, worst(paused)) == ("warn", "ok", "warn")
    assert "paused by olivia" in said(paused)


@pytest.mark.parametrize(
    ("activates", "minutes", "verdict"),
    [("yes", 1, "ok"), ("yes", 60, "warn"), ("no", 1, "warn"), ("unknown", 1, "ok")],
)
def test_the_portals_control_is_judged_with_its_age(
    activates: Activates, minutes: int, verdict: str, database: Database
) -> None:
    nothing = worst(running.check_portal(database, PORTAL))
    judged = Assessment("ok", "ok", activates, "certain", ())
    seen_at = datetime.now(UTC) - timedelta(minutes=minutes)
    PortalLooks(database).save("k", Look("bot:local", PORTAL, judged, (), seen_at, 0.4))

    assert nothing == "warn"
    assert worst(running.check_portal(database, PORTAL)) == verdict


def test_the_whole_command_tells_everything_and_exits_1_on_a_fail(
    pocket: SandboxServer, database: Database, store_url: str
) -> None:
    with web_of(provisioned(settings_for(pocket), database), database) as served:
        found = provisioned(served, database)
        env = {**found.environment(), "DATABASE_URL": store_url}
        human = CliRunner().invoke(program, ["doctor"], env=env)
        machine = CliRunner().invoke(program, ["doctor", "--json"], env=env)

    findings = json.loads(machine.stdout)
    failed = [(item["what"], item["says"]) for item in findings if item["verdict"] == "fail"]
    assert human.exit_code == machine.exit_code == 1
    assert "fail  workers: no worker is alive" in human.stdout
    assert [what for what, _ in failed] == ["workers"], failed
    assert {
        "bot user",
        "clock",
        "may write",
        "webhook",
        "triggers",
        "app",
        "delivery",
        "queue",
    } <= {item["what"] for item in findings}


def test_a_store_that_is_down_fails_and_the_rest_is_still_told(
    web: Settings, loopback: None
) -> None:
    env = {**web.environment(), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}

    answer = CliRunner().invoke(program, ["doctor", "--json"], env=env)

    findings = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert ("fail", "store") in {(item["verdict"], item["what"]) for item in findings}
    assert ("ok", "may write") in {(item["verdict"], item["what"]) for item in findings}


def test_a_page_of_another_maker_does_not_stop_it(client: httpx.Client, web: Settings) -> None:
    def elsewhere(environ: object, start: object) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/html")])  # type: ignore[operator]  # WSGI
        return [b"<h1>ready?</h1>"]

    server = LoopbackServer(elsewhere)
    server.start()
    found = replace(web, public_url=server.url)

    version = list(running.check_web_version(found, client, "1"))

    server.stop()
    assert version == []
