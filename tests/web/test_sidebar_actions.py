"""What an agent does in the sidebar reaches the store and the queue, and nothing else."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from bot.pipeline.ports import EventJob
from bot.store.corrections import CorrectionLog
from bot.store.database import Database
from tests.web.sidebar_desk import TICKET, TICKET_ID, SidebarDesk, token
from tests.web.web_client import jobs


@pytest.fixture
def desk(database: Database) -> SidebarDesk:
    desk = SidebarDesk(database)
    desk.decide()
    return desk


def told(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, str((answer.get_json() or {}).get("error", ""))


def newest_job(desk: SidebarDesk) -> EventJob:
    _, _, _, arguments, _ = jobs(desk.database)[-1]
    return EventJob(
        str(arguments["key"]),
        int(str(arguments["ticket_id"])),
        str(arguments["kind"]),  # type: ignore[arg-type]  # checked by the tests
        "unknown",
        desk.clock.now,
    )


def test_a_tick_is_the_teams_and_survives_a_reload(desk: SidebarDesk) -> None:
    step = desk.call().get_json()["steps"][0]["id"]

    answer = desk.call(
        "PUT", f"/steps/{step}", {"done": True}, headers={"X-Agent-Name": "Zo%C3%AB Agent"}
    )
    colleague = desk.call(bearer=token(sub=78)).get_json()["steps"][0]

    assert answer.status_code == 200
    assert answer.get_json()["steps"][0]["done"] is True
    assert (colleague["done"], colleague["by"]) == (True, "Zoë Agent")
    assert colleague["at"]
    again = desk.call("PUT", f"/steps/{step}", {"done": False}).get_json()["steps"][0]
    assert (again["done"], again["by"]) == (False, "")


def test_ticking_twice_names_the_first(desk: SidebarDesk) -> None:
    step = desk.call().get_json()["steps"][0]["id"]

    for name in ("Ann", "Bob"):
        desk.call("PUT", f"/steps/{step}", {"done": True}, headers={"X-Agent-Name": name})

    assert desk.call().get_json()["steps"][0]["by"] == "Ann"


def test_two_agents_who_tick_at_once_both_count(desk: SidebarDesk) -> None:
    steps = [step["id"] for step in desk.call().get_json()["steps"]][:2]
    threads = [
        threading.Thread(target=desk.call, args=("PUT", f"/steps/{step}", {"done": True}))
        for step in steps
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = {step["id"]: step["done"] for step in desk.call().get_json()["steps"]}
    assert all(found[step] for step in steps)


def test_a_step_that_is_not_on_the_list_is_refused(desk: SidebarDesk) -> None:
    assert told(desk.call("PUT", "/steps/proxy.nothing", {"done": True})) == (422, "input")


def test_a_correction_is_kept_and_sets_nothing_in_zendesk(desk: SidebarDesk) -> None:
    before = len(jobs(desk.database))
    secret = "glpat-" + "A1b2C3d4E5f6G7h8I9j0"

    answer = desk.call(
        "POST", "/corrections", {"scenario": "proxy", "why": f"it is\nthe proxy {secret}"},
        headers={"X-Agent-Name": "Ann"},
    )  # fmt: skip

    assert answer.status_code == 201
    kept = answer.get_json()["corrections"][0]
    assert kept["scenario"] == "proxy"
    assert kept["why"].startswith("it is the proxy")
    assert secret not in kept["why"]
    assert (kept["by"], kept["said"]) == ("Ann", "tls_failure")
    assert len(jobs(desk.database)) == before


def test_corrections_and_the_drop_down_are_compared_with_what_the_bot_said(
    desk: SidebarDesk,
) -> None:
    desk.call("POST", "/corrections", {"scenario": "proxy"})
    with desk.database.connection() as connection:
        connection.execute(
            "INSERT INTO diagnoses (ticket_id, event_key, digest, scenario, confidence, markdown,"
            " details, decided_at) VALUES"
            " (5, 'a', 'd', 'dns_failure', 'likely', '', '{}', now() - interval '2 hours'),"
            " (5, 'b', 'd', 'http_unexpected', 'certain', '',"
            " '{\"corrected_by_agent\": true}', now() - interval '1 hour'),"
            " (6, 'c', 'd', 'proxy', 'certain', '', '{\"corrected_by_agent\": true}', now())"
        )

    words = CorrectionLog(desk.database).agents_words(30)

    assert [(w.ticket_id, w.expected, w.said, w.source) for w in words] == [
        (5, "http_unexpected", "dns_failure", "drop-down"),
        (TICKET_ID, "proxy", "tls_failure", "sidebar"),
    ]
    assert words[0].confidence == "likely"


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/corrections", "POST", {"scenario": "nonsense"}),
        ("/corrections", "POST", {"scenario": 5}),
        ("/corrections", "POST", {}),
        ("/corrections", "POST", []),
        ("/note", "POST", {}),
        ("/note", "POST", {"digest": 1}),
        ("/probes", "POST", {"vantage": "mars"}),
        ("/probes", "POST", {"vantage": "../../x"}),
    ],
)
def test_input_that_is_not_understood_is_refused_in_words(
    desk: SidebarDesk, path: str, method: str, body: Any
) -> None:
    answer = desk.call(method, path, body)

    assert told(answer) == (422, "input")
    assert answer.get_json()["message"].endswith(".")


def test_a_body_that_is_too_large_or_of_another_type_is_refused(desk: SidebarDesk) -> None:
    big = desk.call("POST", "/corrections", {"scenario": "proxy", "why": "x" * 10_000})
    form = desk.client.post(
        f"/sidebar/tickets/{TICKET_ID}/look",
        data="a=b",
        headers={"Authorization": f"Bearer {token()}", "X-Ticket-Proof": "900;"},
    )
    packed = desk.call("POST", "/look", {}, headers={"Content-Encoding": "gzip"})

    assert told(big) == (413, "too_large")
    assert told(form) == (415, "type")
    assert told(packed) == (415, "type")


def test_a_name_cannot_bring_markup_commands_or_a_novel(desk: SidebarDesk) -> None:
    step = desk.call().get_json()["steps"][0]["id"]
    name = "Ann%00%1b%5B31m%E2%80%AE" + "x" * 500

    desk.call("PUT", f"/steps/{step}", {"done": True}, headers={"X-Agent-Name": name})

    by = desk.call().get_json()["steps"][0]["by"]
    assert by.startswith("Ann[31mxxx")
    assert len(by) == 80


def test_a_look_is_one_event_and_one_job_with_an_agents_priority(desk: SidebarDesk) -> None:
    assert desk.call("POST", "/look", {}).status_code == 202

    lock, priority, queue, arguments, _ = jobs(desk.database)[-1]
    assert (lock, priority, queue) == (f"ticket:{TICKET_ID}", 100, "events")
    assert arguments["kind"] == "looked"


def test_a_look_posts_nothing_in_shadow_mode(desk: SidebarDesk) -> None:
    desk.call("POST", "/look", {})

    assert desk.decide(job=newest_job(desk)).notes == []


def test_the_would_be_note_is_posted_once_when_an_agent_asks(desk: SidebarDesk) -> None:
    found = desk.call().get_json()

    assert desk.call("POST", "/note", {"digest": found["digest"]}).status_code == 202
    zendesk = desk.decide(mode="shadow", job=newest_job(desk))

    assert [note.html for note in zendesk.notes] == [zendesk.notes[0].html]
    posted = desk.call().get_json()["posted"]
    assert posted["state"] == "posted"
    desk.call("POST", "/note", {"digest": found["digest"]})
    assert desk.decide(mode="shadow", job=newest_job(desk)).notes == []


def test_a_note_that_is_not_the_one_the_agent_saw_is_not_posted(desk: SidebarDesk) -> None:
    digest = desk.call().get_json()["digest"]

    assert told(desk.call("POST", "/note", {"digest": "f" * 64})) == (409, "stale")
    assert told(desk.call("POST", "/note", {"digest": ""})) == (409, "stale")
    assert desk.call("POST", "/note", {"digest": digest}).status_code == 202
    job = newest_job(desk)
    other = replace(TICKET, description="We never got the activation code mail.")
    assert desk.decide(other, mode="shadow", job=job).notes == []


def test_where_the_bot_is_off_no_note_can_be_asked_for(desk: SidebarDesk) -> None:
    digest = desk.call().get_json()["digest"]
    desk.call("POST", "/note", {"digest": digest})
    job = newest_job(desk)

    assert desk.decide(mode="off", job=job).notes == []
