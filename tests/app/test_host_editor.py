"""Drafts in the desk's editor: right channel, at the cursor, cleaned, sent by the agent only."""

from typing import Any

from bot.sandbox.serve import SandboxServer
from tests.app.ticket_page import TicketPage

SNIPPET = "<pre>license.reload\n  puts 1 &lt; 2</pre>"


def channel(page: TicketPage) -> str:
    return str(page.page.locator("[name=kind]:checked").get_attribute("value"))


def text_of(page: TicketPage) -> str:
    return page.page.get_by_label("Text").inner_text()


def test_an_app_chooses_the_channel_and_hears_when_the_agent_does(page: TicketPage) -> None:
    page.run("() => { window.hear('comment.type.changed'); window.hear('*.changed'); }")

    page.run("() => window.client.set('comment.type', 'internalNote')")
    chosen = channel(page)
    page.page.get_by_role("radio", name="Public reply").check()
    page.wait_in_app("window.heard.filter(([n]) => n === 'comment.type.changed').length === 2")

    assert chosen == "internal"
    heard: list[Any] = page.run("() => window.heard")
    assert ["comment.type.changed", "internalNote"] in heard
    assert ["comment.type.changed", "publicReply"] in heard
    assert any(name == "*.changed" and got["propertyName"] == "comment.type" for name, got in heard)


def test_an_unknown_channel_is_refused(page: TicketPage) -> None:
    found = page.run("() => window.caught(window.client.set('comment.type', 'telegram'))")

    assert found["error"]["isError"]
    assert channel(page) == "public"


def test_a_snippet_lands_at_the_cursor_and_is_sent_by_the_agent(
    page: TicketPage, desk: SandboxServer
) -> None:
    page.page.get_by_label("Text").click()
    page.page.keyboard.type("before after")
    for _ in range(len("after")):
        page.page.keyboard.press("ArrowLeft")
    page.run("() => window.client.set('comment.type', 'internalNote')")
    page.run("(html) => window.client.invoke('ticket.editor.insert', html)", SNIPPET)
    unsent = len(desk.box.store.of_ticket("comment", page.ticket))

    page.page.get_by_role("button", name="Submit", exact=True).click()
    note = page.page.locator(".message.internal")
    note.wait_for()

    assert unsent == 1
    comment = desk.box.store.of_ticket("comment", page.ticket)[-1]
    assert comment["public"] is False
    assert SNIPPET in comment["html_body"]
    assert comment["html_body"].index("before") < comment["html_body"].index("<pre>")
    assert comment["html_body"].index("<pre>") < comment["html_body"].index(">after")
    assert text_of(page).strip() == ""
    assert page.problems == []


def test_what_an_app_inserts_is_cleaned(page: TicketPage) -> None:
    page.run(
        "(html) => window.client.invoke('ticket.editor.insert', html)",
        '<p style="color:red" onclick="x()">a<script>window.evil = 1</script>'
        '<img src=x onerror="window.evil = 1"><a href="javascript:x()">b</a>'
        '<a href="https://x.example/">c</a></p>',
    )

    inside = page.page.locator(".editor").inner_html()
    assert '<p>a<a>b</a><a href="https://x.example/">c</a></p>' in inside
    assert page.page.evaluate("window.evil") is None


def test_text_is_appended_and_replaced_as_text(page: TicketPage) -> None:
    page.run("() => window.client.invoke('ticket.comment.appendText', 'one <b>')")
    page.run("() => window.client.invoke('comment.appendHtml', '<b>two</b>')")
    both = text_of(page)
    page.run("() => window.client.set('comment.text', 'three')")

    assert both == "one <b>two"
    assert text_of(page) == "three"


def test_typed_text_stays_markdown(page: TicketPage, desk: SandboxServer) -> None:
    page.page.get_by_label("Text").click()
    page.page.keyboard.type("a *b*")
    page.page.keyboard.press("Enter")
    page.page.keyboard.type("c")
    page.page.get_by_role("button", name="Submit", exact=True).click()
    page.page.locator(".message").nth(1).wait_for()

    body = desk.box.store.of_ticket("comment", page.ticket)[-1]["html_body"]
    assert "<em>b</em><br>" in body
