"""Other hosts than ours: what they leave out, hand over in another shape, or do late."""

import copy
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.conftest import Opener


def test_a_frame_of_an_opaque_origin_works_and_reads_english(open_app: Opener, bot: Bot) -> None:
    shown = open_app(sandbox="allow-scripts allow-forms")

    expect(shown.frame.locator("#steps li")).to_have_count(3)
    shown.frame.check("#step-tls_failure\\.trust_ca")
    shown.said("Ticked")
    assert shown.problems == []


def test_a_frame_of_an_opaque_origin_has_the_runbook_and_falls_back_to_english(
    open_app: Opener, bot: Bot
) -> None:
    bot.fail = (503, "")
    shown = open_app(
        sandbox="allow-scripts",
        ready="#book",
        values={"currentUser": {"id": 1, "locale": "de-AT", "name": "Bo"}},
    )

    expect(shown.frame.locator("#trouble")).to_contain_text("trouble of its own")
    assert shown.frame.locator("#book ol").count() >= 10


@pytest.mark.parametrize("answers", ["text", "whole"])
def test_an_answer_may_be_text_or_the_whole_response(
    open_app: Opener, bot: Bot, answers: str
) -> None:
    bot.proofs = {"9002"}
    shown = open_app(answers=answers, refuses=["ticket.comments", "ticket.updatedAt"])

    expect(shown.frame.locator("#steps li")).to_have_count(3)


def test_a_whole_response_that_failed_is_a_failure(open_app: Opener, bot: Bot) -> None:
    bot.fail = (401, {"error": "token", "message": "no"})
    shown = open_app(answers="whole", ready="#trouble")

    assert shown.frame.get_attribute("#trouble", "data-kind") == "auth"


@pytest.mark.parametrize(
    ("rejects", "kind"),
    [
        ({"status": 0}, "unreachable"),
        ({"status": 401}, "auth"),
        ({"status": "503", "responseText": {"a": 1}}, "server"),
        ({"message": "Network Error"}, "unreachable"),
        ({"status": 0, "statusText": "timeout"}, "timeout"),
        ({"name": "TimeoutError", "message": "late"}, "timeout"),
        ("no such route", "unreachable"),
        ({"status": 403, "responseText": '{"error":"tag","message":"no"}'}, "tag"),
    ],
)
def test_a_rejection_may_have_any_shape(
    open_app: Opener, bot: Bot, rejects: Any, kind: str
) -> None:
    bot.fail = (500, "")
    shown = open_app(rejects=rejects, ready="#trouble")

    assert shown.frame.get_attribute("#trouble", "data-kind") == kind
    assert shown.problems == []


def test_an_answer_of_not_modified_keeps_what_is_shown(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    bot.fail = (304, "")
    asked = len(bot.calls)
    shown.emit("ticket.updated")
    while len(bot.calls) == asked:
        shown.page.wait_for_timeout(100)
    shown.page.wait_for_timeout(300)

    expect(shown.frame.locator("#trouble")).to_have_count(0)
    expect(shown.frame.locator("#verdict")).to_be_visible()


def test_a_host_that_tells_only_the_ticket_in_its_context_is_enough(
    open_app: Opener, bot: Bot
) -> None:
    paths = ["ticket.id", "ticket.comments", "ticket.updatedAt", "currentUser", "comment.type",
             "currentAccount.subdomain", "colorScheme"]  # fmt: skip
    shown = open_app(refuses=paths, neverActivates=True)
    claims = bot.options[-1]["jwt"]["claims"]

    assert claims == {"iss": "acme", "aud": "cl-bot", "sub": "unknown", "ticket_id": "123"}
    assert shown.problems == []


def test_a_host_that_greets_late_is_waited_for(open_app: Opener, bot: Bot) -> None:
    shown = open_app(greetsAfter=9500, ready="#trouble")

    assert shown.frame.get_attribute("#trouble", "data-kind") == "outside"
    expect(shown.frame.locator("#verdict")).to_be_visible()
    expect(shown.frame.locator("#trouble")).to_have_count(0)


def test_an_sdk_that_hangs_is_told_and_still_works_when_it_comes(open_app: Opener) -> None:
    held: list[Route] = []

    def prepare(page: Page) -> None:
        page.route(re.compile("zdassets"), lambda route: held.append(route))  # noqa: PLW0108  Playwright marks its handlers

    shown = open_app(prepare=prepare, ready="#book")
    assert shown.frame.get_attribute("#trouble", "data-kind") == "sdk"
    held[0].fallback()

    expect(shown.frame.locator("#verdict")).to_be_visible()
    expect(shown.frame.locator("#trouble, #book")).to_have_count(0)


def test_events_of_an_unsaved_ticket_ask_nothing_until_it_has_a_number(
    open_app: Opener, bot: Bot
) -> None:
    shown = open_app(values={"ticket.id": None}, ready="#trouble")
    shown.emit("ticket.status.changed", "open")
    shown.page.wait_for_timeout(1500)
    assert bot.calls == []
    assert shown.frame.get_attribute("#trouble", "data-kind") == "unsaved"

    shown.host("host.values['ticket.id'] = 123")
    shown.emit("ticket.submit.done")
    expect(shown.frame.locator("#verdict")).to_be_visible()
    assert {path for _, path, _ in bot.calls} == {"/sidebar/tickets/123"}


def test_a_part_of_an_unknown_shape_leaves_the_others_alone(open_app: Opener, bot: Bot) -> None:
    bot.state["why"] = [None]
    bot.state["decided_at"] = "yesterday"
    bot.state["evidence"] = [{}]
    shown = open_app()

    expect(shown.frame.locator("#screen")).to_contain_text("may be of different versions")
    expect(shown.frame.locator("#steps li")).to_have_count(3)
    assert shown.problems == []


def test_a_state_of_the_fewest_words_is_shown(open_app: Opener, bot: Bot) -> None:
    full = copy.deepcopy(bot.state)
    bot.state = {"ticket": 123, "verdict": {"scenario": "proxy", "headline": "A proxy is between."}}
    shown = open_app()

    expect(shown.frame.locator("#verdict")).to_contain_text("A proxy is between.")
    bot.state = full
    shown.emit("ticket.updated")
    expect(shown.frame.locator("#steps li")).to_have_count(3)
    assert shown.problems == []
