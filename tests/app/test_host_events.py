"""What an app hears: changes of the form and from elsewhere, saving, the colour scheme."""

from typing import Any

import httpx

from bot.sandbox.serve import SandboxServer
from tests.app.ticket_page import TicketPage

HEARD = "(name) => window.heard.some(([heard]) => heard === name)"


def heard(page: TicketPage, name: str) -> list[Any]:
    """Every message of this event, once there is one."""
    page.wait_in_app(HEARD, name)
    return list(page.run("(n) => window.heard.filter(([h]) => h === n).map(([, m]) => m)", name))


def listen(page: TicketPage, *names: str) -> None:
    page.run("(names) => names.forEach(window.hear)", list(names))


def change(desk: SandboxServer, page: TicketPage, **what: Any) -> None:
    httpx.put(
        f"{desk.url}/api/v2/tickets/{page.ticket}",
        json={"ticket": what},
        headers={"Authorization": f"Bearer {bot_token(desk)}"},
    ).raise_for_status()


def bot_token(desk: SandboxServer) -> str:
    given = {
        "grant_type": "client_credentials", "client_id": desk.bot_client_id,
        "client_secret": desk.bot_client_secret, "scope": "read write",
    }  # fmt: skip
    return str(httpx.post(f"{desk.url}/oauth/tokens", json=given).json()["access_token"])


def test_a_change_by_another_is_told_by_property_and_as_a_whole(
    page: TicketPage, desk: SandboxServer
) -> None:
    listen(page, "ticket.status.changed", "ticket.tags.changed", "ticket.updated", "*.changed")
    listen(page, "ticket.comments.changed", "ticket.conversation.changed")

    note = {"html_body": "<p>verdict</p>", "public": False}
    change(desk, page, status="pending", tags=["x"], comment=note)

    assert heard(page, "ticket.status.changed") == ["pending"]
    assert heard(page, "ticket.tags.changed") == [["x"]]
    assert "verdict" in heard(page, "ticket.comments.changed")[0][0]["value"]
    assert len(heard(page, "ticket.conversation.changed")[0]) == 2
    assert heard(page, "ticket.updated") == [{"user": {"id": desk.bot_user_id}}]
    names = {message["propertyName"] for message in heard(page, "*.changed")}
    assert {"ticket.status", "ticket.tags", "ticket.comments"} <= names


def test_what_the_agent_types_into_the_form_is_told(page: TicketPage) -> None:
    listen(page, "ticket.tags.changed", "ticket.status.changed")

    page.page.get_by_label("Tags").fill("cloud-licensing new_tag")
    page.page.get_by_label("Submit as").select_option("solved")

    assert heard(page, "ticket.tags.changed")[-1] == ["cloud-licensing", "new_tag"]
    assert heard(page, "ticket.status.changed") == ["solved"]


def test_only_what_is_listened_to_is_sent_and_no_longer_after_off(page: TicketPage) -> None:
    page.run("""() => {
      const hear = () => window.heard.push(["late", null]);
      window.client.on("ticket.status.changed", hear);
      window.client.off("ticket.status.changed", hear);
      window.hear("ticket.tags.changed");
    }""")

    page.page.get_by_label("Submit as").select_option("solved")
    page.page.get_by_label("Tags").fill("a")

    heard(page, "ticket.tags.changed")
    assert "late" not in page.run("() => window.heard.map(([name]) => name)")


def test_a_trigger_comes_back_to_its_app(page: TicketPage) -> None:
    listen(page, "mine")

    page.run("() => window.client.trigger('mine', {a: 1})")

    assert heard(page, "mine") == [{"a": 1}]


def test_a_submit_is_told_from_its_start_to_its_end(page: TicketPage) -> None:
    words = ("ticket.submit.start", "ticket.submit.done", "ticket.submit.always")
    listen(page, *words, "ticket.updated")

    page.page.get_by_label("Text").fill("hello")
    page.page.get_by_role("button", name="Submit", exact=True).click()

    heard(page, "ticket.submit.always")
    names: list[str] = page.run("() => window.heard.map(([name]) => name)")
    assert [name for name in names if name in words] == list(words)
    assert "ticket.updated" not in names


STOPPING = (
    "() => false", "() => 'no'", "() => { throw new Error('no'); }", "() => Promise.reject('no')",
)  # fmt: skip
LETTING = ("() => true", "() => undefined", "() => Promise.resolve(false)")


def submit_with_hook(page: TicketPage, hook: str) -> str:
    """Submit once with this hook for ticket.save; returns how it ended."""
    page.run(
        "(hook) => { window.heard.length = 0; window.save = eval(hook);"
        " window.client.on('ticket.save', window.save); }",
        hook,
    )
    page.page.get_by_role("button", name="Submit", exact=True).click()
    heard(page, "ticket.submit.always")
    page.run("() => { window.client.off('ticket.save', window.save); }")
    names: list[str] = page.run("() => window.heard.map(([name]) => name)")
    return names[-2]


def test_a_save_hook_stops_the_submit_but_no_promise_that_resolves_does(
    page: TicketPage, desk: SandboxServer
) -> None:
    listen(page, "ticket.submit.fail", "ticket.submit.done", "ticket.submit.always")
    page.page.get_by_label("Text").fill("hello")

    stopped = [submit_with_hook(page, hook) for hook in STOPPING]
    kept, sent = (
        page.page.get_by_label("Text").inner_text(),
        len(desk.box.store.of_ticket("comment", page.ticket)),
    )
    let = [submit_with_hook(page, hook) for hook in LETTING]

    assert stopped == ["ticket.submit.fail"] * len(STOPPING)
    assert (kept, sent) == ("hello", 1)
    assert page.page.locator(".toast.error").count() > 0
    assert let == ["ticket.submit.done"] * len(LETTING)
    assert len(desk.box.store.of_ticket("comment", page.ticket)) == 2


def test_the_schemes_change_is_told_and_kept(page: TicketPage) -> None:
    listen(page, "colorScheme.changed")

    page.choose_scheme("dark")

    assert heard(page, "colorScheme.changed") == ["dark"]
    assert page.run("() => window.client.get('colorScheme')")["colorScheme"] == "dark"
    page.go()
    assert "colorScheme=dark" in page.frame.url
    ground = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(18, 22, 20)"


def test_the_agents_language_is_the_profile_menus(page: TicketPage) -> None:
    page.choose_locale("de")
    page.wait_in_app("window.registered")

    found = page.run("() => window.client.get('currentUser.locale')")
    assert found["currentUser.locale"] == "de"
    assert page.page.url.endswith(f"/desk/tickets/{page.ticket}")
