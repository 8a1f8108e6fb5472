"""What an app gets, sets and invokes beside a ticket, one by one and in bulk."""

from typing import Any

import httpx

from bot.sandbox.serve import SandboxServer
from tests.app.ticket_page import OpenTicket, TicketPage


def get(page: TicketPage, *paths: str) -> dict[str, Any]:
    asked: Any = list(paths) if len(paths) > 1 else paths[0]
    return dict(page.run("(paths) => window.client.get(paths)", asked))


def caught(page: TicketPage, script: str) -> dict[str, Any]:
    return dict(page.run(f"() => window.caught({script})"))


def test_a_ticket_is_read_in_bulk_with_an_error_per_unknown_path(page: TicketPage) -> None:
    found = get(
        page, "ticket.id", "ticket.subject", "ticket.status", "ticket.tags", "ticket.form.id",
        "ticket.requester.name", "ticket.requester.locale", "currentUser.name",
        "currentUser.locale", "currentUser.role", "currentAccount.subdomain", "colorScheme",
        "ticket.nonsense", "nonsense",
    )  # fmt: skip
    errors = found.pop("errors")
    form = found.pop("ticket.form.id")

    assert found == {
        "ticket.id": page.ticket,
        "ticket.subject": "Activation fails",
        "ticket.status": "new",
        "ticket.tags": ["cloud-licensing"],
        "ticket.requester.name": "Nora Quinn",
        "ticket.requester.locale": "en-US",
        "currentUser.name": "Avery Agent",
        "currentUser.locale": "en-US",
        "currentUser.role": "admin",
        "currentAccount.subdomain": "pocket",
        "colorScheme": "light",
    }
    assert isinstance(form, int)
    assert sorted(errors) == ["nonsense", "ticket.nonsense"]
    assert page.problems == []


def test_a_single_unknown_path_rejects_with_an_error(page: TicketPage) -> None:
    found = caught(page, "window.client.get('ticket.nonsense')")["error"]

    assert found["isError"]
    assert found["message"] == '"ticket.nonsense" No such Api'


def test_comments_and_conversation_are_told(page: TicketPage) -> None:
    found = get(page, "ticket.comments", "ticket.conversation", "ticket.updatedAt")
    (comment,) = found["ticket.comments"]
    (message,) = found["ticket.conversation"]

    assert "connectivity error" in comment["value"]
    assert comment["author"]["name"] == "Nora Quinn"
    assert isinstance(comment["id"], int)
    assert message["author"]["role"] == "end-user"
    assert found["ticket.updatedAt"].endswith("Z")


def test_an_asset_has_an_address_that_answers(page: TicketPage) -> None:
    address = get(page, "assetURL:app.js")["assetURL:app.js"]

    assert "window.heard" in httpx.get(address, trust_env=False).text


def test_custom_fields_are_read_and_written_in_the_form(
    desk: SandboxServer, open_ticket: OpenTicket, file_ticket: Any, host_app: int, client: str
) -> None:
    key = make_field(desk)
    page = open_ticket(file_ticket(), sdk=client)
    page.wait_in_app("window.registered")
    path = f"ticket.customField:custom_field_{key}"

    before = get(page, path)
    fields = get(page, "ticketFields")["ticketFields"]
    page.run("([path, value]) => window.client.set(path, value)", [path, "16.4.2"])

    assert before == {path: None, "errors": {}}
    assert [field["label"] for field in fields] == ["Version"]
    assert get(page, path)[path] == "16.4.2"
    assert page.page.get_by_label("Version").input_value() == "16.4.2"


def test_setting_and_invoking_in_bulk_tells_of_each(page: TicketPage) -> None:
    done = caught(
        page,
        "window.client.set({'ticket.status': 'pending', 'ticket.tags': ['a', 'b'], 'x.y': 1})",
    )["value"]
    called = caught(
        page,
        "window.client.invoke({'comment.appendText': ['one'], 'ticket.tags.add': ['c'], 'z': []})",
    )["value"]

    assert (done["ticket.status"], done["ticket.tags"]) == ("pending", ["a", "b"])
    assert list(done["errors"]) == ["x.y"]
    assert list(called["errors"]) == ["z"]
    assert get(page, "ticket.tags", "comment.text") == {
        "ticket.tags": ["a", "b", "c"],
        "comment.text": "<p>one</p>",
        "errors": {},
    }


def test_a_tag_that_an_app_adds_waits_for_the_agents_submit(
    page: TicketPage, desk: SandboxServer
) -> None:
    page.run("() => window.client.invoke('ticket.tags.add', 'cl_safe_har')")
    headers = {"Authorization": f"Bearer {desk.token}"}
    address = f"{desk.url}/api/v2/tickets/{page.ticket}/tags"
    before = httpx.get(address, headers=headers).json()["tags"]

    httpx.put(address, headers=headers, json={"tags": ["by_others"]})
    page.page.get_by_role("button", name="Submit", exact=True).click()
    page.page.locator("#fields form:not([data-dirty])").wait_for()

    assert before == ["cloud-licensing"]
    after = httpx.get(address, headers=headers).json()["tags"]
    assert after == ["by_others", "cl_safe_har", "cloud-licensing"]


def test_notify_and_resize_reach_the_desk(page: TicketPage) -> None:
    page.run("() => window.client.invoke('notify', 'Copied <b>it</b>', 'notice', 60000)")
    page.run("() => window.client.invoke('resize', {width: '100%', height: '432px'})")

    assert page.page.locator(".toast").inner_text().startswith("Copied <b>it</b>")
    assert page.page.locator("#apps iframe").evaluate("(frame) => frame.offsetHeight") == 432


def test_nothing_can_be_sent_by_an_app(page: TicketPage, desk: SandboxServer) -> None:
    found = caught(page, "window.client.invoke('ticket.sendMessage', 'hello')")

    assert found["error"]["isError"]
    assert len(desk.box.store.of_ticket("comment", page.ticket)) == 1


def make_field(desk: SandboxServer) -> int:
    reply = httpx.post(
        f"{desk.url}/api/v2/ticket_fields",
        json={"ticket_field": {"type": "text", "title": "Version"}},
        headers={"Authorization": f"Bearer {desk.token}"},
    )
    return int(reply.json()["ticket_field"]["id"])
