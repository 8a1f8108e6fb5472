"""A look at the customer's own instance: only when ordered, at one address, and what it means."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bot.evidence.look import judged_look
from bot.evidence.observation import Observation
from bot.pipeline.instance import instance_urls, shown
from bot.pipeline.order_ports import Means
from bot.pipeline.ports import EventJob, Later
from bot.probes.guard import Guard
from bot.runbook.guarded import GuardedRules
from bot.runbook.instance_note import instance_note
from bot.runbook.probe_note import ProbeReport
from bot.runbook.ticket import Ticket
from bot.store.database import Database
from bot.store.portal import PortalLooks
from bot.store.probe_runs import ProbeRuns
from bot.vantages.instance import Instance
from bot.zendesk.people import Tagger
from tests.factories import NOW, make_context
from tests.pipeline.probe_house import HEALTHY, MANIFESTS, ProbeHouse, network_ticket, now, scripted

PORTAL = "customers.example_company.com"
TAG = "cl_probe_customer"
BOOK = replace(MANIFESTS.runbook, guarded=GuardedRules(("Licensing leads",)))


class Lead:
    """Everybody is a lead here, and gave every tag."""

    def groups_of(self, user_id: int) -> tuple[str, ...]:
        return ("Licensing leads",)

    def tagged_by(self, ticket_id: int, tag: str) -> Tagger | None:
        return None


@dataclass
class Served:
    """A web server that notes what it was asked."""

    server: ThreadingHTTPServer
    asked: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def instance(loopback: None) -> Iterator[Served]:
    asked: list[str] = []

    class Page(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(f"{self.command} {self.path}")
            front = self.path == "/"
            self.send_response(302 if front else 200)
            self.send_header("location", "/users/sign_in")
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = do_HEAD  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield Served(server, asked)
    server.shutdown()
    thread.join()
    server.server_close()


def a_house(database: Database, url: str, guard: Guard | None = None) -> ProbeHouse:
    """A ticket whose field names an instance; the portal's vantage is scripted."""
    guard = guard or Guard.allowing("127.0.0.0/8")
    ticket = replace(network_ticket(), fields={"instance_url": url} if url else {})
    house = ProbeHouse(
        database,
        ticket,
        vantages={"local": scripted(HEALTHY), "instance": Instance(now, guard)},
    )
    means = Means(Lead(), None, lambda _: "", 99, guard)  # type: ignore[arg-type]  # no files here
    house.handler = replace(house.handler, runbook=BOOK, means=means)
    house.looks.save("local", replace(HEALTHY, seen_at=now()))
    house.handle()
    return house


def order(house: ProbeHouse, key: str = "order-1") -> str:
    house.desk.ticket = replace(house.desk.ticket, tags=(*house.desk.ticket.tags, TAG))
    house.clock.now = now()
    job = EventJob(key, int(house.desk.ticket.id), "command", "no", now(), 7)
    house.handler(job)
    return house.events.outcomes[key]


def test_the_look_asks_for_one_page_and_says_what_it_does_not_mean(
    database: Database, instance: Served
) -> None:
    house = a_house(database, f"{instance.url}/users/sign_in?x=1")

    started = order(house)
    house.work_off()
    house.tell_results()

    note = house.notes[-1]
    assert "probe_customer: probing" in started
    assert f"{instance.url}/ answers from outside" in note
    assert "Its way <strong>out</strong> to customers.example_company.com" in note
    assert TAG not in house.desk.ticket.tags
    assert {line.partition(" ")[0] for line in instance.asked} <= {"HEAD", "GET"}
    assert all("sign_in" in line or line.endswith(" /") for line in instance.asked)


def test_repeated_clicks_are_one_run_and_the_tag_stays_until_its_note(
    database: Database, instance: Served
) -> None:
    house = a_house(database, instance.url)

    order(house, "one")
    second = order(house, "two")
    by_the_way = house.handle("replied", "three")

    assert "under way" in second
    assert "under way" in by_the_way
    assert TAG in house.desk.ticket.tags
    assert len(house.jobs("look_at_portal")) == 1


def test_the_same_result_again_is_no_second_note(database: Database, instance: Served) -> None:
    house = a_house(database, instance.url)
    for key in ("one", "two"):
        order(house, key)
        house.work_off()
        house.tell_results()

    assert len([note for note in house.notes if "answers from outside" in note]) == 1
    assert TAG not in house.desk.ticket.tags


def test_an_instance_that_is_closed_to_the_outside_accuses_nobody(
    database: Database, loopback: None
) -> None:
    house = a_house(database, "http://127.0.0.1:9")

    order(house)
    house.work_off()
    house.tell_results()

    assert "does not answer from outside: it ends at TCP" in house.notes[-1]
    assert "closed to the outside on purpose" in house.notes[-1]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:8080", "loopback"),
        ("https://169.254.169.254/latest", "not probed"),
        ("https://gitlab.acme.internal", "private network"),
        ("https://root:pw@gitlab.acme.com", "user name or password"),
        ("https://gitlab.acme.com:22", "port 22"),
        ("ftp://gitlab.acme.com", "only http and https"),
    ],
)
def test_an_address_that_may_not_be_probed_is_named_and_not_touched(
    database: Database, url: str, reason: str
) -> None:
    house = a_house(database, url, Guard())

    order(house)

    note = house.notes[-1]
    assert "Not probed:" in note
    assert reason.casefold() in note.casefold()
    assert "pw" not in note.replace("pwd", "")
    assert house.jobs("look_at_portal") == []
    assert TAG not in house.desk.ticket.tags


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("", "The ticket names none"),
        ("https://a.acme.com https://b.acme.com", "names https://a.acme.com, https://b.acme.com"),
    ],
)
def test_without_exactly_one_address_the_note_asks(
    database: Database, field: str, words: str
) -> None:
    house = a_house(database, field)

    order(house, "one")
    order(house, "two")

    asked = [note for note in house.notes if "Which instance?" in note]
    assert len(asked) == 1
    assert words in asked[0]
    assert TAG not in house.desk.ticket.tags


def test_the_budget_of_the_ticket_covers_instances_too(
    database: Database, instance: Served
) -> None:
    house = a_house(database, instance.url)
    runs = ProbeRuns(database)
    with database.connection() as connection:
        for _ in range(6):
            run = runs.open(connection, 7, ("local",))
            assert run is not None
            runs.close(connection, run)

    order(house)
    house.tell_results()

    assert "No new look at the customer's instance:" in house.notes[-1]
    assert "ticket 7 had its 6 probe runs of this hour" in house.notes[-1]
    assert instance.asked == []


def test_a_run_at_the_portal_comes_first(database: Database, instance: Served) -> None:
    house = a_house(database, instance.url)
    house.click()

    with pytest.raises(Later, match="another probe run"):
        order(house)


def test_what_an_instance_says_is_no_word_about_the_portal(
    database: Database, loopback: None
) -> None:
    house = a_house(database, "http://127.0.0.1:9")
    order(house)
    house.work_off()

    looks = PortalLooks(database)
    assert [look.vantage for look in looks.newest(house.runner.target)] == ["bot:local"]
    run = ProbeRuns(database).of_ticket(7, 1)[0]
    assert [look.vantage for look in looks.of_run(run.id)] == ["instance:local"]


def test_what_changed_is_told_and_only_of_the_same_instance() -> None:
    def look(target: str, cause: str, layer: str) -> ProbeReport:
        seen = Observation("tcp", target, "bot:instance", layer, cause, "fail")  # type: ignore[arg-type]  # words of the test
        return ProbeReport((judged_look("instance:local", target, (seen,), NOW),), instance=True)

    before = look("https://a.acme.com/", "tcp_timeout", "tcp").looks
    other = look("https://b.acme.com/", "tcp_timeout", "tcp").looks
    report = look("https://a.acme.com/", "tcp_refused", "tcp")

    changed = instance_note(BOOK, replace(report, before=before), make_context()).markdown
    same = instance_note(BOOK, replace(report, before=other), make_context()).markdown

    assert "Changed: it was tcp tcp\\_timeout" in changed
    assert "Changed" not in same


@pytest.mark.parametrize(
    ("field", "found", "urls"),
    [
        ("gitlab.acme.com", (), ("https://gitlab.acme.com/",)),
        ("https://gitlab.acme.com/x?y#z", ("https://other.com",), ("https://gitlab.acme.com/",)),
        ("unknown", ("https://gl.acme.com",), ("https://gl.acme.com/",)),
        ("", ("http://gl.acme.com", "https://gl.acme.com:443/a"), ("https://gl.acme.com:443/",)),
        ("https://gl.acme.com:8443", (), ("https://gl.acme.com:8443/",)),
        ("", ("https://a.com", "https://b.com"), ("https://a.com/", "https://b.com/")),
        (f"https://{PORTAL}/admin", (), ()),
        ("", (), ()),
    ],
)
def test_which_instance_the_ticket_names(
    field: str, found: tuple[str, ...], urls: tuple[str, ...]
) -> None:
    ticket = Ticket("1", fields={"instance_url": field})

    assert instance_urls(ticket, {"instance_url": found}, PORTAL) == urls


@pytest.mark.parametrize("url", ["https://u:p@host.com/a?b=c", "https://host.com#x"])
def test_an_address_is_shown_without_what_it_may_give_away(url: str) -> None:
    assert shown(url) == "https://host.com"
