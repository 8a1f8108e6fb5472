"""Tickets of the pocket Zendesk keep the facts: shapes, conflicts, idempotency, closed ones."""

from typing import Any

import httpx
import pytest

from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import NO_TLS, MakeTicket


def test_a_ticket_shows_its_fields_twice_and_no_comments(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    shown = agent.get(f"/api/v2/tickets/{make_ticket()['id']}.json").json()["ticket"]

    assert shown["fields"] == shown["custom_fields"]
    assert "comments" not in shown
    assert "comment_count" not in shown
    assert shown["via"]["channel"] == "api"
    assert shown["description"] == "It says connectivity error."


def test_users_and_the_comment_count_are_loaded_beside_the_ticket(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket()

    shown = agent.get(f"/api/v2/tickets/{ticket['id']}?include=users,comment_count").json()

    assert shown["ticket"]["comment_count"] == 1
    assert [user["email"] for user in shown["users"]] == ["nora@quay.example"]


def test_a_note_is_a_put_that_answers_with_ticket_and_audit(
    bot: httpx.Client, make_ticket: MakeTicket, sandbox: SandboxServer
) -> None:
    note = {"html_body": "<p>hello</p>", "public": False}
    metadata = {"cl_marker": "m-1"}
    ticket = {"comment": note, "metadata": metadata, "tags": ["cloud-licensing", "x"]}

    reply = bot.put(f"/api/v2/tickets/{make_ticket()['id']}.json", json={"ticket": ticket})

    audit = reply.json()["audit"]
    event = audit["events"][0]
    assert reply.status_code == 200
    assert event["type"] == "Comment"
    assert event["public"] is False
    assert event["html_body"] == '<div class="zd-comment" dir="auto"><p dir="auto">hello</p></div>'
    assert audit["metadata"]["custom"] == metadata
    assert audit["author_id"] == sandbox.bot_user_id
    assert event["id"] > 2**32


def test_the_comment_id_is_the_id_of_the_audits_comment_event(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    address = f"/api/v2/tickets/{make_ticket()['id']}"
    audit = bot.put(address, json={"ticket": {"comment": {"body": "x"}}}).json()["audit"]

    newest = bot.get(f"{address}/comments?sort=-created_at&page[size]=1").json()["comments"][0]

    assert newest["id"] == audit["events"][0]["id"]
    assert newest["audit_id"] == audit["id"]
    assert newest["metadata"]["custom"] == {}


def test_a_private_note_still_bumps_updated_at(
    bot: httpx.Client, make_ticket: MakeTicket, sandbox: SandboxServer
) -> None:
    ticket = make_ticket()
    stored = sandbox.box.store.get("ticket", ticket["id"]) or {}
    sandbox.box.store.put("ticket", {**stored, "updated_at": "2026-01-01T00:00:00Z"})

    bot.put(
        f"/api/v2/tickets/{ticket['id']}",
        json={"ticket": {"comment": {"body": "x", "public": False}}},
    )

    shown = bot.get(f"/api/v2/tickets/{ticket['id']}").json()["ticket"]
    assert shown["updated_at"] > "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("safe", [True, False, "true"])
def test_a_stale_stamp_conflicts_whatever_safe_update_says(
    safe: Any, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    change = {"subject": "y", "safe_update": safe, "updated_stamp": "2020-01-01T00:00:00Z"}

    reply = bot.put(f"/api/v2/tickets/{make_ticket()['id']}", json={"ticket": change})

    assert reply.status_code == 409
    assert reply.json()["error"] == "UpdateConflict"


def test_the_current_stamp_does_not_conflict_and_no_stamp_forces(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket()
    address = f"/api/v2/tickets/{ticket['id']}"
    change = {"subject": "y", "safe_update": True, "updated_stamp": ticket["updated_at"]}

    assert bot.put(address, json={"ticket": change}).status_code == 200
    assert bot.put(address, json={"ticket": {"subject": "z"}}).status_code == 200


def test_a_closed_ticket_refuses_updates(bot: httpx.Client, make_ticket: MakeTicket) -> None:
    address = f"/api/v2/tickets/{make_ticket(status='closed')['id']}"

    reply = bot.put(address, json={"ticket": {"comment": {"body": "late"}}})

    assert reply.status_code == 422
    assert reply.json()["error"] == "RecordInvalid"
    assert "closed prevents" in reply.json()["details"]["status"][0]["description"]


def test_unknown_keys_are_ignored_and_reported(bot: httpx.Client, make_ticket: MakeTicket) -> None:
    change = {"subject": "y", "additional_tags": ["a"], "sujbect": "z"}

    reply = bot.put(f"/api/v2/tickets/{make_ticket()['id']}", json={"ticket": change})

    assert '"additional_tags", "sujbect"' in reply.headers["x-zendesk-api-warn"]
    assert reply.json()["ticket"]["tags"] == []


def test_times_have_whole_seconds(make_ticket: MakeTicket) -> None:
    updated = make_ticket()["updated_at"]

    assert len(updated) == len("2026-11-24T03:00:00Z")
    assert updated.endswith("Z")


def test_the_same_idempotency_key_creates_one_ticket(agent: httpx.Client) -> None:
    ticket = {"ticket": {"subject": "once", "comment": {"body": "x"}}}
    headers = {"Idempotency-Key": "k-1"}

    first = agent.post("/api/v2/tickets", json=ticket, headers=headers)
    second = agent.post("/api/v2/tickets", json=ticket, headers=headers)
    other = agent.post("/api/v2/tickets", json={"ticket": {"comment": {"body": "y"}}},
                       headers=headers)  # fmt: skip

    assert (first.status_code, first.headers["x-idempotency-lookup"]) == (201, "miss")
    assert (second.status_code, second.headers["x-idempotency-lookup"]) == (201, "hit")
    assert first.json()["ticket"]["id"] == second.json()["ticket"]["id"]
    assert other.status_code == 400


def test_a_ticket_without_a_description_is_invalid(agent: httpx.Client) -> None:
    reply = agent.post("/api/v2/tickets", json={"ticket": {"subject": "empty"}})

    assert reply.status_code == 422
    assert reply.json()["details"]["base"][0]["error"] == "BlankValue"


def test_unknown_tickets_and_paths_are_not_found(agent: httpx.Client) -> None:
    missing = agent.get("/api/v2/tickets/99999.json")
    nowhere = agent.get("/api/v2/tockets.json")

    assert (missing.status_code, missing.json()["error"]) == (404, "RecordNotFound")
    assert (nowhere.status_code, nowhere.json()["error"]) == (404, "InvalidEndpoint")


def test_tags_are_added_by_put_set_by_post_and_removed_by_delete(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    address = f"/api/v2/tickets/{make_ticket(tags=['a', 'b'])['id']}/tags"

    assert bot.put(address, json={"tags": ["c"]}).json()["tags"] == ["a", "b", "c"]
    gone = bot.request("DELETE", address, json={"tags": ["a"]})
    assert gone.json()["tags"] == ["b", "c"]
    assert bot.post(address, json={"tags": ["d"]}).json()["tags"] == ["d"]
    assert bot.get(address).json()["tags"] == ["d"]


def test_a_safe_tag_update_conflicts_too(bot: httpx.Client, make_ticket: MakeTicket) -> None:
    stale = {"tags": ["c"], "safe_update": "true", "updated_stamp": "2020-01-01T00:00:00Z"}

    reply = bot.put(f"/api/v2/tickets/{make_ticket()['id']}/tags", json=stale)

    assert reply.status_code == 409


def test_more_than_a_hundred_ids_are_too_many(agent: httpx.Client) -> None:
    ids = ",".join(str(number) for number in range(1, 102))

    reply = agent.get(f"/api/v2/tickets/show_many?ids={ids}")

    assert reply.status_code == 400
    assert reply.json()["max_count"] == 100


def test_a_customers_reply_wakes_a_pending_ticket(
    agent: httpx.Client, make_ticket: MakeTicket, sandbox: SandboxServer
) -> None:
    ticket = make_ticket(status="pending")

    reply = httpx.post(
        f"{sandbox.url}/desk/tickets/{ticket['id']}/reply",
        data={"kind": "customer", "body": "still broken"},
        timeout=30,
        verify=NO_TLS,
    )

    assert reply.status_code == 303
    assert agent.get(f"/api/v2/tickets/{ticket['id']}").json()["ticket"]["status"] == "open"


def test_an_update_that_changes_nothing_makes_no_audit(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(subject="same")

    reply = bot.put(f"/api/v2/tickets/{ticket['id']}", json={"ticket": {"subject": "same"}})

    assert reply.status_code == 200
    assert "audit" not in reply.json()


def test_a_deleted_ticket_is_gone_with_its_comments(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    address = f"/api/v2/tickets/{make_ticket()['id']}"

    assert agent.delete(address).status_code == 204
    assert agent.get(address).status_code == 404
    assert agent.get(f"{address}/comments").status_code == 404
