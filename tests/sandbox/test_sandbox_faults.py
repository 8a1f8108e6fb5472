"""Fault schedules: each fault strikes when told, and what was committed stays committed."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bot.sandbox.faults import Rule
from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import NO_TLS, MakeTicket, token_for
from tests.sandbox.endpoint import Endpoint

PUT = r"PUT /api/v2/tickets/\d+$"
NOTE = {"ticket": {"comment": {"html_body": "<p>note</p>", "public": False}}}


def notes(sandbox: SandboxServer, ticket_id: int) -> int:
    return sandbox.notes().get(ticket_id, 0)


@pytest.mark.parametrize(
    ("what", "status"),
    [("401", 401), ("403", 403), ("409", 409), ("422", 422), ("429", 429), ("500", 500)],
)
def test_an_error_before_the_commit_changes_nothing(
    what: str, status: int, sandbox: SandboxServer, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    sandbox.set_faults({"match": PUT, "what": what})

    reply = bot.put(f"/api/v2/tickets/{ticket_id}", json=NOTE)

    assert reply.status_code == status
    assert reply.json()["error"]
    assert notes(sandbox, ticket_id) == 0


def test_a_429_carries_retry_after(sandbox: SandboxServer, bot: httpx.Client) -> None:
    sandbox.set_faults({"match": "GET /api/v2/users/me", "what": "429", "retry_after": 7})

    assert bot.get("/api/v2/users/me").headers["Retry-After"] == "7"


@pytest.mark.parametrize("what", ["500", "502-html", "503-html", "garbage"])
def test_a_bad_answer_after_the_commit_leaves_the_note(
    what: str, sandbox: SandboxServer, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    sandbox.set_faults({"match": PUT, "what": what, "when": "after"})

    reply = bot.put(f"/api/v2/tickets/{ticket_id}", json=NOTE)

    assert notes(sandbox, ticket_id) == 1
    assert b'"audit"' not in reply.content


@pytest.mark.parametrize("what", ["drop", "truncated"])
def test_a_lost_answer_after_the_commit_leaves_the_note(
    what: str, sandbox: SandboxServer, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    sandbox.set_faults({"match": PUT, "what": what, "when": "after"})

    with pytest.raises(httpx.RemoteProtocolError):
        bot.put(f"/api/v2/tickets/{ticket_id}", json=NOTE)

    assert notes(sandbox, ticket_id) == 1


def test_a_drop_before_the_commit_changes_nothing(
    sandbox: SandboxServer, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    sandbox.set_faults({"match": PUT, "what": "drop"})

    with pytest.raises(httpx.RemoteProtocolError):
        bot.put(f"/api/v2/tickets/{ticket_id}", json=NOTE)

    assert notes(sandbox, ticket_id) == 0


def test_a_hanging_call_times_out(
    sandbox: SandboxServer, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    sandbox.set_faults({"match": PUT, "what": "hang", "when": "after"})

    with pytest.raises(httpx.ReadTimeout):
        bot.put(f"/api/v2/tickets/{ticket_id}", json=NOTE, timeout=0.5)

    assert notes(sandbox, ticket_id) == 1


def test_a_late_change_is_applied_after_the_caller_gave_up(
    sandbox: SandboxServer, bot: httpx.Client, make_ticket: MakeTicket,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:  # fmt: skip
    ticket_id = make_ticket()["id"]
    sandbox.set_faults({"match": PUT, "what": "late-apply", "seconds": 0.3})

    with pytest.raises(httpx.ReadTimeout):
        bot.put(f"/api/v2/tickets/{ticket_id}", json=NOTE, timeout=0.5)
    at_once = notes(sandbox, ticket_id)

    eventually(lambda: notes(sandbox, ticket_id) == 1)
    assert at_once == 0


def test_a_caller_that_dies_after_asking_still_gets_its_note(
    sandbox: SandboxServer,
    make_ticket: MakeTicket,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    ticket_id = make_ticket()["id"]
    body = json.dumps(NOTE).encode()
    head = (
        f"PUT /api/v2/tickets/{ticket_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token_for(sandbox)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    address = urlsplit(sandbox.url)

    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head.encode() + body)
        # As the kernel does for a killed process: no reading, a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    eventually(lambda: notes(sandbox, ticket_id) == 1)


def test_a_slow_answer_is_right_in_the_end(
    sandbox: SandboxServer, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    sandbox.set_faults({"match": PUT, "what": "slow", "seconds": 0.3})

    assert bot.put(f"/api/v2/tickets/{ticket_id}", json=NOTE).status_code == 200


def test_lifting_the_faults_lets_hanging_callers_go(
    sandbox: SandboxServer, make_ticket: MakeTicket, eventually: Callable[[Any], None]
) -> None:
    sandbox.set_faults({"match": "GET /api/v2/users/me", "what": "slow", "seconds": 600})
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    statuses: list[int] = []

    def ask() -> None:
        reply = httpx.get(f"{sandbox.url}/api/v2/users/me", headers=headers, timeout=60,
                          verify=NO_TLS)  # fmt: skip
        statuses.append(reply.status_code)

    thread = threading.Thread(target=ask)
    thread.start()
    eventually(lambda: bool(sandbox.box.faults.report()[0]["struck"]))
    sandbox.set_faults()
    thread.join(60)

    assert statuses == [200]


def test_rules_count_their_matches(sandbox: SandboxServer, bot: httpx.Client) -> None:
    sandbox.set_faults(
        {"match": "users/me", "what": "500", "nth": 2},
        {"match": "groups", "what": "500", "every": 2, "times": 1},
    )

    me = [bot.get("/api/v2/users/me").status_code for _ in range(3)]
    groups = [bot.get("/api/v2/groups").status_code for _ in range(4)]

    assert me == [200, 500, 200]
    assert groups == [200, 500, 200, 200]


def test_probability_is_the_same_for_the_same_seed(
    sandbox: SandboxServer, bot: httpx.Client
) -> None:
    def run() -> list[int]:
        sandbox.set_faults({"match": "users/me", "what": "500", "probability": 0.5}, seed=7)
        return [bot.get("/api/v2/users/me").status_code for _ in range(20)]

    first = run()

    assert run() == first
    assert set(first) == {200, 500}


def test_faults_are_set_over_http_and_typos_refused(sandbox: SandboxServer) -> None:
    address = f"{sandbox.url}/sandbox/faults"

    good = httpx.post(address, json={"rules": [{"match": "x", "what": "drop"}]}, verify=NO_TLS)
    unknown_key = httpx.post(address, json={"rules": [{"match": "x", "what": "drop", "nht": 1}]},
                             verify=NO_TLS)  # fmt: skip
    unknown_word = httpx.post(address, json={"rules": [{"match": "x", "what": "explode"}]},
                              verify=NO_TLS)  # fmt: skip

    assert good.json()["rules"] == [{"match": "x", "what": "drop", "seen": 0, "struck": 0}]
    assert unknown_key.status_code == 400
    assert unknown_word.status_code == 400


def test_other_sites_and_foreign_host_names_are_kept_out(sandbox: SandboxServer) -> None:
    address = f"{sandbox.url}/sandbox/reset"

    by_site = httpx.post(address, headers={"Origin": "https://evil.example"}, verify=NO_TLS)
    by_fetch = httpx.post(address, headers={"Sec-Fetch-Site": "cross-site"}, verify=NO_TLS)
    rebound = httpx.post(address, headers={"Host": "evil.example"}, verify=NO_TLS)

    assert [by_site.status_code, by_fetch.status_code, rebound.status_code] == [403, 403, 403]


def test_every_call_is_in_the_log(
    sandbox: SandboxServer, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    sandbox.forget_calls()
    bot.get(f"/api/v2/tickets/{ticket_id}.json?include=users")
    bot.put(f"/api/v2/tickets/{ticket_id}", json=NOTE)

    shown = httpx.get(f"{sandbox.url}/sandbox/log?method=PUT&ticket={ticket_id}", verify=NO_TLS)

    assert [(call.method, call.status) for call in sandbox.calls(ticket=ticket_id)] == [
        ("GET", 200),
        ("PUT", 200),
    ]
    (call,) = shown.json()["calls"]
    assert call["path"] == f"/api/v2/tickets/{ticket_id}"
    assert call["milliseconds"] > 0


@pytest.mark.parametrize(
    ("what", "expected"),
    [("duplicate", ["1", "1", "2"]), ("loss", ["2"]), ("reorder", ["2", "1"]),
     ("delay", ["2", "1"])],
)  # fmt: skip
def test_webhooks_come_doubled_late_out_of_order_or_never(
    what: str,
    expected: list[str],
    sandbox: SandboxServer,
    endpoint: Endpoint,
    make_ticket: MakeTicket,
    make_webhook: Callable[..., dict[str, Any]],
    make_trigger: Callable[..., dict[str, Any]],
) -> None:
    webhook = make_webhook()
    body = '{"ticket_id":"{{ticket.id}}"}'
    make_trigger(actions=[{"field": "notification_webhook", "value": [webhook["id"], body]}])
    sandbox.set_faults(Rule(match="WEBHOOK", what=what, nth=1, seconds=1.0))

    make_ticket(tags=["cloud-licensing"])
    make_ticket(tags=["cloud-licensing"])

    seen = endpoint.wait_for(len(expected))
    assert sandbox.box.deliverer.wait_until_idle()
    ids = [item.json["ticket_id"] for item in seen]
    assert (sorted(ids) if what == "duplicate" else ids) == expected


def test_reset_goes_back_to_the_empty_account(
    sandbox: SandboxServer, agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    make_ticket()

    assert httpx.post(f"{sandbox.url}/sandbox/reset", verify=NO_TLS).status_code == 204

    assert agent.get("/api/v2/tickets").json()["count"] == 0
    assert agent.get("/api/v2/users/me").status_code == 200
    assert make_ticket()["id"] == 1
