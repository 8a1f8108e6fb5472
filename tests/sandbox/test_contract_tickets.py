"""The pocket Zendesk's tickets against facts/zendesk.md §5, one fact each."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import NO_TLS, MakeTicket, token_for

Make = Callable[..., dict[str, Any]]


def put(client: httpx.Client, key: int, **ticket: Any) -> httpx.Response:
    return client.put(f"/api/v2/tickets/{key}", json={"ticket": ticket})


def test_a_note_with_its_stamp_sent_twice_conflicts_and_is_one_note(
    bot: httpx.Client, sandbox: SandboxServer, make_ticket: MakeTicket
) -> None:
    """The same PUT after a lost answer gives 409, once the second of the stamp is over."""
    ticket = make_ticket()
    record = sandbox.box.store.get("ticket", ticket["id"]) or {}
    sandbox.box.store.put("ticket", {**record, "updated_at": "2026-11-24T07:00:00Z"})
    note = {"comment": {"html_body": "<p>x</p>", "public": False},
            "safe_update": True, "updated_stamp": "2026-11-24T07:00:00Z"}  # fmt: skip

    first, second = put(bot, ticket["id"], **note), put(bot, ticket["id"], **note)

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["error"] == "UpdateConflict"
    assert sandbox.notes() == {ticket["id"]: 1}


def test_safe_update_without_a_stamp_is_a_bad_request(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    assert put(bot, make_ticket()["id"], safe_update=True, subject="x").status_code == 400


def test_a_refused_update_changes_nothing_at_all(
    bot: httpx.Client, agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    before = make_ticket()

    reply = put(bot, before["id"], subject="other", status="nonsense",
                comment={"body": "x", "public": False})  # fmt: skip

    after = agent.get(f"/api/v2/tickets/{before['id']}").json()["ticket"]
    assert reply.status_code == 422
    assert reply.json()["error"] == "RecordInvalid"
    assert set(reply.json()["details"]["status"][0]) == {"description", "error"}
    assert after == before


def test_extra_tags_on_a_single_ticket_are_ignored_and_reported(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=["a"])

    reply = put(bot, ticket["id"], additional_tags=["b"], remove_tags=["a"])

    assert reply.json()["ticket"]["tags"] == ["a"]
    assert "additional_tags" in reply.headers["x-zendesk-api-warn"]


def test_setting_tags_replaces_them_all(bot: httpx.Client, make_ticket: MakeTicket) -> None:
    reply = put(bot, make_ticket(tags=["a", "b"])["id"], tags=["c"])

    assert reply.json()["ticket"]["tags"] == ["c"]


def test_show_many_takes_a_hundred_ids_and_says_so(agent: httpx.Client) -> None:
    ids = ",".join(str(number) for number in range(1, 102))

    reply = agent.get(f"/api/v2/tickets/show_many?ids={ids}")

    assert reply.status_code == 400
    assert reply.json()["error"] == "TooManyValues"
    assert reply.json()["max_count"] == 100


def test_the_newest_comment_comes_first_when_asked(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    key = make_ticket()["id"]
    put(bot, key, comment={"body": "second", "public": False})

    page = bot.get(f"/api/v2/tickets/{key}/comments?sort=-created_at&page[size]=1").json()

    assert [item["plain_body"] for item in page["comments"]] == ["second"]
    assert page["meta"]["has_more"] is True


def test_an_attachment_says_what_it_is_and_what_its_scan_found(
    agent: httpx.Client, make_upload: Callable[[str, bytes], str], make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(comment={"body": "x", "uploads": [make_upload("a.har", b"{}")]})

    (comment,) = agent.get(f"/api/v2/tickets/{ticket['id']}/comments").json()["comments"]

    (file,) = comment["attachments"]
    assert {"id", "file_name", "content_url", "mapped_content_url", "content_type", "size",
            "inline", "deleted", "malware_access_override", "malware_scan_result",
            "thumbnails"} <= set(file)  # fmt: skip
    assert (file["file_name"], file["size"], file["deleted"]) == ("a.har", 2, False)


def test_an_upload_can_be_deleted_and_is_then_of_no_use(
    agent: httpx.Client, make_upload: Callable[[str, bytes], str], make_ticket: MakeTicket
) -> None:
    token = make_upload("a.txt", b"x")

    gone = agent.delete(f"/api/v2/uploads/{token}.json")
    used = put(agent, make_ticket()["id"], comment={"body": "x", "uploads": [token]})

    assert (gone.status_code, used.status_code) == (204, 422)


def test_an_upload_is_good_for_an_hour(
    agent: httpx.Client, make_upload: Callable[[str, bytes], str], sandbox: SandboxServer,
    make_ticket: MakeTicket,
) -> None:  # fmt: skip
    token = make_upload("a.txt", b"x")
    record = sandbox.box.store.get("upload", token) or {}
    now = sandbox.box.clock().timestamp()
    hour = record["expires"] - now
    sandbox.box.store.put("upload", {**record, "expires": now - 1})

    reply = put(agent, make_ticket()["id"], comment={"body": "x", "uploads": [token]})

    assert 3500 < hour <= 3600
    assert reply.status_code == 422


def test_a_second_file_goes_under_the_same_token(agent: httpx.Client) -> None:
    first = agent.post("/api/v2/uploads?filename=a.txt", content=b"a").json()["upload"]
    both = agent.post(
        f"/api/v2/uploads?filename=b.txt&token={first['token']}", content=b"b"
    ).json()["upload"]

    assert both["token"] == first["token"]
    assert [file["file_name"] for file in both["attachments"]] == ["a.txt", "b.txt"]
    assert both["attachment"]["file_name"] == "b.txt"


def test_a_redacted_attachment_is_an_empty_text_and_the_answer_proves_nothing(
    agent: httpx.Client, make_upload: Callable[[str, bytes], str], make_ticket: MakeTicket
) -> None:
    key = make_ticket(comment={"body": "x", "uploads": [make_upload("a.har", b"secret")]})["id"]
    (comment,) = agent.get(f"/api/v2/tickets/{key}/comments").json()["comments"]
    (file,) = comment["attachments"]
    path = f"/api/v2/tickets/{key}/comments/{comment['id']}/attachments/{file['id']}/redact"

    answer = agent.put(path).json()["attachment"]
    (after,) = agent.get(f"/api/v2/tickets/{key}/comments").json()["comments"]
    content = agent.get(after["attachments"][0]["content_url"]).headers["Location"]

    assert (answer["deleted"], answer["file_name"]) == (False, "a.har")
    assert after["attachments"][0]["file_name"] == "redacted.txt"
    assert after["attachments"][0]["size"] == 0
    assert httpx.get(content, verify=NO_TLS).content == b""


def test_metadata_comes_back_in_the_audit_alone(
    bot: httpx.Client, agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    key = make_ticket()["id"]
    put(bot, key, comment={"body": "x", "public": False}, metadata={"cl": "m1"})

    audits = agent.get(f"/api/v2/tickets/{key}/audits").json()["audits"]
    comments = agent.get(f"/api/v2/tickets/{key}/comments").json()["comments"]

    assert audits[-1]["metadata"]["custom"] == {"cl": "m1"}
    assert comments[-1]["metadata"]["custom"] == {}


def test_the_updater_is_who_signed_in_whoever_is_named_as_author(
    agent: httpx.Client, bot: httpx.Client, sandbox: SandboxServer, make_trigger: Make,
    make_ticket: MakeTicket,
) -> None:  # fmt: skip
    key = make_ticket(tags=["cloud-licensing"])["id"]
    make_trigger(all=[{"field": "role", "operator": "is_not", "value": str(sandbox.bot_user_id)},
                      {"field": "update_type", "operator": "is", "value": "Change"}])  # fmt: skip

    ours = put(bot, key, comment={"body": "x", "author_id": sandbox.agent_user_id})
    theirs = put(agent, key, comment={"body": "x", "author_id": sandbox.bot_user_id})

    assert "fired" not in ours.json()["ticket"]["tags"]
    assert "fired" in theirs.json()["ticket"]["tags"]


@pytest.mark.parametrize(("scope", "status"), [("tickets:read", 403), ("read", 200)])
def test_audits_want_the_global_read(
    scope: str, status: int, sandbox: SandboxServer, make_ticket: MakeTicket
) -> None:
    headers = {"Authorization": f"Bearer {token_for(sandbox, scope)}"}
    address = f"{sandbox.url}/api/v2/tickets/{make_ticket()['id']}/audits"

    assert httpx.get(address, headers=headers, verify=NO_TLS).status_code == status
