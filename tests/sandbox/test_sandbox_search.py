"""Search, exports and paging, as a reconciliation uses them."""

import httpx
import pytest

from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import MakeTicket


@pytest.fixture
def three(make_ticket: MakeTicket, sandbox: SandboxServer) -> list[int]:
    ids = []
    for day, tags in ((1, ["cloud-licensing"]), (2, ["cloud-licensing", "x"]), (3, ["x"])):
        ticket = make_ticket(tags=tags)
        stored = sandbox.box.store.get("ticket", ticket["id"]) or {}
        moment = f"2026-11-0{day}T10:00:00Z"
        sandbox.box.store.put("ticket", {**stored, "updated_at": moment})
        ids.append(ticket["id"])
    return ids


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type:ticket tags:cloud-licensing", [2, 1]),
        ("tags:cloud-licensing updated>2026-11-01T10:00:00Z", [2]),
        ("tags:cloud-licensing updated>=2026-11-01T10:00:00Z", [2, 1]),
        ("tags:cloud-licensing -tags:x", [1]),
        ("updated<2026-11-03", [2, 1]),
        ("status<solved tags:x", [3, 2]),
        ("connectivity", [3, 2, 1]),
        ('"no such words"', []),
    ],
)
def test_a_query_finds_what_it_says(
    query: str, expected: list[int], agent: httpx.Client, three: list[int]
) -> None:
    found = agent.get("/api/v2/search.json", params={"query": query}).json()

    assert [item["id"] for item in found["results"]] == expected
    assert found["count"] == len(expected)
    assert all(item["result_type"] == "ticket" for item in found["results"])


def test_results_are_sorted_as_asked(agent: httpx.Client, three: list[int]) -> None:
    params = {"query": "type:ticket", "sort_by": "updated_at", "sort_order": "asc"}

    found = agent.get("/api/v2/search.json", params=params).json()["results"]

    assert [item["id"] for item in found] == three


def test_a_bad_date_is_invalid(agent: httpx.Client, three: list[int]) -> None:
    reply = agent.get("/api/v2/search.json", params={"query": "updated>yesterdayish"})

    assert reply.status_code == 422


def test_the_incremental_export_goes_on_where_it_stopped(
    agent: httpx.Client, three: list[int]
) -> None:
    address = "/api/v2/incremental/tickets/cursor.json"

    first = agent.get(address, params={"start_time": 0, "per_page": 2}).json()
    second = agent.get(first["after_url"]).json()

    assert [ticket["id"] for ticket in first["tickets"]] == three[:2]
    assert first["end_of_stream"] is False
    assert [ticket["id"] for ticket in second["tickets"]] == three[2:]
    assert second["end_of_stream"] is True


def test_pages_by_number_say_where_the_next_one_is(agent: httpx.Client, three: list[int]) -> None:
    first = agent.get("/api/v2/tickets.json?per_page=2").json()
    second = agent.get(first["next_page"]).json()

    assert [ticket["id"] for ticket in first["tickets"]] == three[:2]
    assert [ticket["id"] for ticket in second["tickets"]] == three[2:]
    assert (first["count"], first["previous_page"], second["next_page"]) == (3, None, None)


def test_numbered_pages_end_at_ten_thousand_records(agent: httpx.Client) -> None:
    assert agent.get("/api/v2/tickets?page=101").status_code == 422
    assert agent.get("/api/v2/tickets?page=zero").status_code == 400
    assert agent.get("/api/v2/tickets?page[size]=10&page[after]=junk").status_code == 400
