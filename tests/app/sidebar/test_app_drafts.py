"""Texts go to the clipboard, or as drafts into the channel that is chosen; nothing is sent."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.conftest import Opener
from tests.app.sidebar.stage import Shown, Stage
from tests.app.sidebar.states import state

ROOT = "sudo cp <root>.crt /etc/example_company/trusted-certs/"


def insert(shown: Shown, title: str = "Trust the proxy's root") -> None:
    shown.frame.get_by_role("button", name=f": {title}").last.click()


def inserted(shown: Shown) -> list[Any]:
    return shown.invoked("ticket.editor.insert")


def test_a_snippet_is_copied_where_the_clipboard_is_denied_and_that_is_said(
    open_app: Opener,
) -> None:
    shown = open_app()
    shown.frame.evaluate("addEventListener('copy', () => { window.copied = `${getSelection()}`; })")
    shown.frame.get_by_role("button", name="Copy: Trust the proxy's root").click()

    shown.said("Copied.")
    assert shown.frame.evaluate("document.activeElement.dataset.k") == "copy-trusted_certificates"
    shown.page.focus("#composer")
    shown.page.keyboard.press("Control+V")
    assert ROOT in shown.composer()


def test_where_nothing_can_be_copied_the_text_is_selected_and_that_is_said(
    open_app: Opener,
) -> None:
    shown = open_app()
    shown.frame.evaluate("document.execCommand = () => false")
    shown.frame.get_by_role("button", name="Copy: Trust the proxy's root").click()

    shown.said("The browser forbids copying here")
    assert ROOT in shown.frame.evaluate("`${getSelection()}`")
    assert shown.frame.evaluate("document.activeElement.id") == "text-trusted_certificates"


def test_a_snippet_becomes_a_draft_in_the_internal_note(open_app: Opener) -> None:
    shown = open_app()
    insert(shown)

    shown.said("Draft inserted as internal note. Nothing was sent.")
    assert ROOT in shown.composer()
    assert shown.host("document.querySelector('#composer pre').textContent").startswith("sudo cp <")
    assert shown.host("host.values['comment.type']") == "internalNote"


def test_the_chosen_channel_is_visible_and_set_before_anything_is_inserted(
    open_app: Opener,
) -> None:
    shown = open_app()
    shown.frame.get_by_text("Public reply", exact=True).click()
    button = shown.frame.get_by_role("button", name="Insert in reply: Ready reply")
    expect(button).to_be_visible()
    button.click()

    shown.said("as public reply")
    assert shown.host("host.values['comment.type']") == "publicReply"
    assert shown.frame.is_checked("#channel-publicReply")
    assert shown.host("document.querySelector('#composer code').textContent") == "openssl"


def test_the_channel_begins_where_the_composer_is(open_app: Opener) -> None:
    shown = open_app(values={"comment.type": "publicReply"})

    assert shown.frame.is_checked("#channel-publicReply")


def test_the_channel_can_be_chosen_by_keyboard(open_app: Opener) -> None:
    shown = open_app()
    shown.frame.focus("#channel-internalNote")
    shown.page.keyboard.press("ArrowRight")

    assert shown.frame.is_checked("#channel-publicReply")
    assert shown.frame.evaluate("document.activeElement.id") == "channel-publicReply"


def test_inserting_twice_leaves_one_copy(open_app: Opener) -> None:
    shown = open_app()
    insert(shown)
    shown.said("Draft inserted")
    insert(shown)

    shown.said("already stands in the draft")
    assert len(inserted(shown)) == 1
    assert shown.composer().count("trusted-certs") == 1


def test_a_reply_that_changed_replaces_its_older_draft(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    shown.host("composer.innerHTML = '<p>Hi Nora,</p>'")
    insert(shown, "Ready reply")
    shown.said("Draft inserted")
    newer = {"text": "Newer words.", "html": "<p>Newer words.</p>", "locale": "en"}
    bot.state = state(reply=newer, digest="d2")
    shown.emit("ticket.updated")
    expect(shown.frame.locator("#text-reply")).to_have_text("Newer words.")
    insert(shown, "Ready reply")

    shown.said("The older draft was replaced")
    assert "secure connection" not in shown.composer()
    assert "Hi Nora," in shown.composer()
    assert "Newer words." in shown.composer()


def test_undo_restores_draft_and_channel(open_app: Opener) -> None:
    shown = open_app(values={"comment.type": "publicReply"})
    shown.host("composer.innerHTML = '<p>my words</p>'")
    shown.frame.get_by_text("Internal note", exact=True).click()
    insert(shown)
    shown.said("Draft inserted")
    shown.frame.get_by_role("button", name="Undo").click()

    shown.said("The draft is as it was")
    assert shown.composer().strip() == "my words"
    assert shown.host("host.values['comment.type']") == "publicReply"


def test_undo_leaves_a_draft_alone_that_the_agent_has_edited(open_app: Opener) -> None:
    shown = open_app()
    insert(shown)
    shown.said("Draft inserted")
    shown.host("composer.append('my words')")
    shown.frame.get_by_role("button", name="Undo").click()

    shown.said("edited since")
    assert "my words" in shown.composer()
    assert ROOT in shown.composer()


def test_a_channel_that_the_ticket_lacks_gets_nothing(open_app: Opener) -> None:
    shown = open_app(refuses=["set:comment.type"])
    insert(shown)

    shown.said("Nothing was inserted")
    assert shown.composer() == ""
    assert inserted(shown) == []


def test_a_composer_without_an_editor_is_appended_to(open_app: Opener) -> None:
    shown = open_app(refuses=["ticket.editor.insert", "ticket.comment.appendHtml"])
    insert(shown)

    shown.said("Draft inserted")
    assert len(shown.invoked("comment.appendHtml")) == 1
    assert ROOT in shown.composer()


def test_a_plain_composer_gets_plain_words(open_app: Opener) -> None:
    shown = open_app(values={"comment.useRichText": False})
    insert(shown)

    shown.said("Draft inserted")
    assert inserted(shown) == [[f"{ROOT}\nsudo example_company-ctl reconfigure"]]


def test_a_composer_that_cannot_be_read_gets_a_text_once(open_app: Opener) -> None:
    shown = open_app(refuses=["comment.text", "comment.useRichText"])
    insert(shown)
    shown.said("Draft inserted")
    insert(shown)

    shown.said("already stands")
    assert len(inserted(shown)) == 1


def test_a_composer_that_takes_nothing_is_told(open_app: Opener) -> None:
    ways = ["ticket.editor.insert", *(f"{one}.append{kind}" for one in ("ticket.comment", "comment")
                                      for kind in ("Html", "Text"))]  # fmt: skip
    shown = open_app(refuses=ways)
    insert(shown)

    shown.said("did not take the text")


def test_after_a_submit_the_same_text_can_be_inserted_again(open_app: Opener) -> None:
    shown = open_app(refuses=["comment.text"])
    insert(shown)
    shown.said("Draft inserted")
    shown.emit("ticket.submit.done")
    shown.host("composer.replaceChildren()")
    insert(shown)
    shown.page.wait_for_function("document.querySelectorAll('#composer pre').length === 1")

    assert len(inserted(shown)) == 2


def test_gaps_and_guards_of_a_snippet_are_visible(open_app: Opener) -> None:
    card = open_app().frame.locator("#snippet-license_destroy")

    expect(card).to_contain_text("Fill in: license id")
    expect(card.locator(".chip")).to_have_text("guarded")


def test_nothing_from_the_bot_becomes_code(open_app: Opener, stage: Stage, bot: Bot) -> None:
    stage.policy = ""  # nothing but the app itself stands in the way
    attack = (
        '<img src=x onerror="owned=1"><script>owned=1</script><a href="javascript:owned=1">x</a>'
    )
    known = state()
    bot.state = state(
        why=[{"quote": attack, "source": attack, "at": None}],
        changed=[attack],
        missing=attack,
        note_html=f"<p onclick=owned=1>a</p>{attack}<style>*{{color:red}}</style>",
        reply={"text": attack, "html": f"<p>b{attack}</p>", "locale": "en"},
        steps=[{**known["steps"][0], "html": f"<b>c</b>{attack}"}],
        snippets=[{**known["snippets"][0], "title": attack, "text": attack}],
    )
    seen: list[str] = []

    def prepare(page: Page) -> None:
        page.on("request", lambda request: seen.append(request.url))

    shown = open_app(prepare=prepare)

    assert shown.frame.evaluate("window.owned ?? null") is None
    assert shown.frame.locator("img, script:not([src]), [onclick], [onerror]").count() == 0
    assert shown.frame.locator('a[href^="javascript"]').count() == 0
    assert not any(url.endswith("/x") for url in seen)
    assert shown.problems == []
