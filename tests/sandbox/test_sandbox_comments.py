"""What Zendesk makes of a comment's text, how comments are listed, hidden and redacted."""

from typing import Any

import httpx

from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import NO_TLS, MakeTicket, token_for


def write(client: httpx.Client, ticket_id: int, **comment: Any) -> dict[str, Any]:
    reply = client.put(f"/api/v2/tickets/{ticket_id}", json={"ticket": {"comment": comment}})
    assert reply.status_code == 200, reply.text
    return dict(reply.json()["audit"]["events"][0])


def test_a_known_placeholder_is_executed_and_an_unknown_one_deleted(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]

    event = write(bot, ticket_id, html_body="<p>[{{ticket.id}}] [{{nonsense}}] [{% if x %}]</p>")

    assert event["plain_body"] == f"[{ticket_id}] [] []"


def test_a_placeholder_in_code_or_behind_a_backslash_stays(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]

    code = write(bot, ticket_id, html_body="<p><code>{{ticket.id}}</code></p>")
    escaped = write(bot, ticket_id, body=r"say \{{ticket.id}} please")

    assert code["plain_body"] == "{{ticket.id}}"
    assert escaped["plain_body"] == "say {{ticket.id}} please"


def test_pre_is_no_shelter_for_a_placeholder(bot: httpx.Client, make_ticket: MakeTicket) -> None:
    event = write(bot, make_ticket()["id"], html_body="<pre>a {{gone}} b</pre>")

    assert "gone" not in event["html_body"]


def test_html_is_sanitised_and_wrapped(bot: httpx.Client, make_ticket: MakeTicket) -> None:
    markup = (
        '<p onclick="x()">a</p><script>alert(1)</script><details>d</details>'
        '<a href="javascript:alert(1)">l</a><pre>  two  spaces</pre>'
    )

    html = write(bot, make_ticket()["id"], html_body=markup)["html_body"]

    assert html.startswith('<div class="zd-comment" dir="auto"><p dir="auto">a</p>')
    for forbidden in ("script", "onclick", "details", "javascript"):
        assert forbidden not in html
    assert "<pre>  two  spaces</pre>" in html


def test_body_loses_tags_and_collapses_white_space(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    event = write(bot, make_ticket()["id"], body="<b>a</b>   b\n\n\n\nc")

    assert event["plain_body"] == "a b\n\nc"


def test_markdown_is_for_agents_only(
    agent: httpx.Client, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket(comment={"body": "**not bold**"})["id"]

    event = write(bot, ticket_id, body="**bold**")

    first = agent.get(f"/api/v2/tickets/{ticket_id}/comments").json()["comments"][0]
    assert "<strong>bold</strong>" in event["html_body"]
    assert "**not bold**" in first["html_body"]


def test_a_comment_over_64_kb_is_cut_without_an_error(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    event = write(bot, make_ticket()["id"], html_body="<p>" + "é" * 40_000 + "</p>")

    assert 65_000 < len(event["plain_body"].encode()) <= 65_536


def test_the_default_visibility_follows_the_tickets_creation(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    public = make_ticket()["id"]
    private = make_ticket(comment={"body": "inside", "public": False})["id"]

    assert write(bot, public, body="x")["public"] is True
    assert write(bot, private, body="x")["public"] is False


def test_the_next_link_is_set_even_on_the_last_page(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    for word in ("two", "three"):
        write(bot, ticket_id, body=word)
    address = f"/api/v2/tickets/{ticket_id}/comments.json?page[size]=2&sort=-created_at"

    first = bot.get(address).json()
    last = bot.get(first["links"]["next"]).json()

    assert [item["plain_body"] for item in first["comments"]] == ["three", "two"]
    assert first["meta"]["has_more"] is True
    assert [item["plain_body"] for item in last["comments"]] == ["It says connectivity error."]
    assert last["meta"]["has_more"] is False
    assert last["links"]["next"] is not None


def test_authors_are_loaded_beside_the_comments(
    bot: httpx.Client, make_ticket: MakeTicket, sandbox: SandboxServer
) -> None:
    ticket_id = make_ticket()["id"]
    write(bot, ticket_id, body="x")

    users = bot.get(f"/api/v2/tickets/{ticket_id}/comments?include=users").json()["users"]

    assert sandbox.bot_user_id in {user["id"] for user in users}


def test_audits_hold_the_metadata_and_need_the_global_read_scope(
    sandbox: SandboxServer, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    change = {"comment": {"body": "x", "public": False}, "metadata": {"m": "1"}}
    bot.put(f"/api/v2/tickets/{ticket_id}", json={"ticket": change})
    address = f"/api/v2/tickets/{ticket_id}/audits?sort=-created_at&page[size]=1"
    narrow = {"Authorization": f"Bearer {token_for(sandbox, 'tickets:read tickets:write')}"}

    audits = bot.get(address).json()["audits"]
    refused = bot.get(address, headers=narrow)

    assert audits[0]["metadata"]["custom"] == {"m": "1"}
    assert refused.status_code == 403


def test_make_private_turns_a_public_comment_into_a_note(
    bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    event = write(bot, ticket_id, body="oops", public=True)

    address = f"/api/v2/tickets/{ticket_id}/comments"
    assert bot.put(f"{address}/{event['id']}/make_private").status_code == 200

    assert bot.get(address).json()["comments"][-1]["public"] is False


def test_a_redaction_by_marks_blacks_out_and_works_on_closed_tickets(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(comment={"body": "code ABC123 here"}, status="closed")
    comments = agent.get(f"/api/v2/tickets/{ticket['id']}/comments").json()["comments"]
    marked = comments[0]["html_body"].replace("ABC123", "<redact>ABC123</redact>")

    reply = agent.put(
        f"/api/v2/comment_redactions/{comments[0]['id']}",
        json={"ticket_id": ticket["id"], "html_body": marked},
    )

    assert reply.status_code == 200
    assert reply.json()["comment"]["plain_body"] == "code ▇▇▇▇▇▇ here"
    assert reply.json()["comment"]["html_body"].count("<div") == 1
    address = f"/api/v2/tickets/{ticket['id']}"
    for text in (agent.get(address).text, agent.get(f"{address}/audits").text):
        assert "ABC123" not in text


def test_a_plain_redaction_needs_the_text_to_be_there(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    ticket_id = make_ticket()["id"]
    comment = agent.get(f"/api/v2/tickets/{ticket_id}/comments").json()["comments"][0]
    address = f"/api/v2/tickets/{ticket_id}/comments/{comment['id']}/redact"

    assert agent.put(address, json={"text": "nowhere"}).status_code == 422
    assert agent.put(address, json={"text": "connectivity"}).status_code == 200


def test_redacting_an_attachment_answers_with_the_old_object(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    token = upload(agent, "a.har", b"secret")["token"]
    ticket_id = make_ticket(comment={"body": "see file", "uploads": [token]})["id"]
    comment = agent.get(f"/api/v2/tickets/{ticket_id}/comments").json()["comments"][0]
    file = comment["attachments"][0]

    reply = agent.put(
        f"/api/v2/tickets/{ticket_id}/comments/{comment['id']}/attachments/{file['id']}/redact"
    )

    now = agent.get(f"/api/v2/tickets/{ticket_id}/comments").json()["comments"][0]
    assert reply.json()["attachment"]["deleted"] is False
    assert now["attachments"][0]["file_name"] == "redacted.txt"
    assert agent.get(file["content_url"], follow_redirects=False).status_code == 302


def upload(client: httpx.Client, name: str, data: bytes) -> dict[str, Any]:
    reply = client.post(
        f"/api/v2/uploads.json?filename={name}",
        content=data,
        headers={"Content-Type": "application/json"},
    )
    assert reply.status_code == 201, reply.text
    return dict(reply.json()["upload"])


def test_a_private_file_redirects_to_a_place_that_refuses_our_credentials(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    file = upload(agent, "a.har", b'{"log": {}}')["attachment"]

    without = httpx.get(file["content_url"], timeout=30, verify=NO_TLS)
    first = agent.get(file["content_url"])
    with_credentials = agent.get(first.headers["Location"])
    bare = httpx.get(first.headers["Location"], timeout=30, verify=NO_TLS)

    assert without.status_code == 401
    assert first.status_code == 302
    assert with_credentials.status_code == 400
    assert bare.content == b'{"log": {}}'


def test_an_upload_token_is_good_once(agent: httpx.Client, make_ticket: MakeTicket) -> None:
    token = upload(agent, "a.txt", b"x")["token"]
    ticket_id = make_ticket()["id"]
    write(agent, ticket_id, body="here", uploads=[token])

    again = {"ticket": {"comment": {"body": "again", "uploads": [token]}}}

    assert agent.put(f"/api/v2/tickets/{ticket_id}", json=again).status_code == 422


def test_a_ticket_takes_five_thousand_comments_and_no_more(
    bot: httpx.Client, make_ticket: MakeTicket, sandbox: SandboxServer
) -> None:
    ticket_id = make_ticket()["id"]
    store = sandbox.box.store
    with store.transaction():
        for _ in range(4998):
            store.put("comment", {"id": store.next_id(), "ticket_id": ticket_id})

    change = {"ticket": {"comment": {"body": "one more"}}}

    assert bot.put(f"/api/v2/tickets/{ticket_id}", json=change).status_code == 200
    assert bot.put(f"/api/v2/tickets/{ticket_id}", json=change).status_code == 422
