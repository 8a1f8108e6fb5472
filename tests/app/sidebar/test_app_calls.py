"""How the app calls the bot: through the proxy, with a token it never sees, and a proof."""

from typing import Any

import pytest

from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.conftest import Opener


def bots(bot: Bot) -> list[dict[str, Any]]:
    return [one for one in bot.options if one["url"].startswith("https://bot.example.com")]


def test_the_state_is_asked_for_once_through_the_proxy_with_a_minted_token(
    open_app: Opener, bot: Bot
) -> None:
    open_app()
    (asked,) = bots(bot)

    assert asked["url"] == "https://bot.example.com/sidebar/tickets/123"
    assert asked["type"] == "GET"
    assert asked["secure"] is True
    assert asked["cors"] is False
    assert asked["autoRetry"] is False
    assert asked["timeout"] == 8000
    assert asked["headers"] == {
        "Authorization": "Bearer {{jwt.token}}",
        "X-Ticket-Proof": "9001;2026-11-24T07:00:05Z",
        "X-Agent-Name": "Zo%C3%AB%20%C3%85gent",
    }
    assert asked["jwt"] == {
        "algorithm": "HS256",
        "secret_key": "{{setting.shared_secret}}",
        "expiry": 60,
        "claims": {"iss": "acme", "aud": "cl-bot", "sub": "42", "ticket_id": "123"},
    }
    assert not any("_" in name for name in asked["headers"])


def test_a_proof_that_is_out_of_date_is_read_anew_from_zendesk_and_asked_once_more(
    open_app: Opener, bot: Bot
) -> None:
    bot.proofs = {"9002"}
    open_app()
    proofs = [one["headers"]["X-Ticket-Proof"] for one in bots(bot)]
    read = sorted(one["url"] for one in bot.options if one["url"].startswith("/api/v2/"))

    assert proofs == ["9001;2026-11-24T07:00:05Z", "9002;2026-11-24T07:10:00Z"]
    assert read == [
        "/api/v2/tickets/123.json",
        "/api/v2/tickets/123/comments.json?sort=-created_at&page%5Bsize%5D=1",
    ]


def test_a_proof_that_stays_wrong_is_asked_twice_and_then_told(open_app: Opener, bot: Bot) -> None:
    bot.proofs = set()
    shown = open_app(ready="#trouble")

    assert shown.frame.get_attribute("#trouble", "data-kind") == "proof"
    assert len(bots(bot)) == 2


def test_a_token_that_came_too_late_is_minted_anew_once(open_app: Opener, bot: Bot) -> None:
    bot.fail_once = (401, {"error": "token", "message": "The token has expired."})
    shown = open_app()
    assert len(bots(bot)) == 2

    bot.fail_once = (401, {"error": "token", "message": "The token has expired."})
    shown.frame.check("#step-tls_failure\\.trust_ca")
    shown.said("Ticked")
    assert [call[0] for call in bot.calls] == ["GET", "GET", "PUT", "PUT"]
    assert shown.problems == []


def test_an_answer_about_another_ticket_is_not_shown_as_this_ones(
    open_app: Opener, bot: Bot
) -> None:
    bot.state["ticket"] = 122
    shown = open_app(ready="#trouble")

    assert shown.frame.get_attribute("#trouble", "data-kind") == "html"


@pytest.mark.parametrize("strict", [False, True])
def test_a_host_that_knows_neither_comments_nor_time_is_asked_by_its_api(
    open_app: Opener, bot: Bot, *, strict: bool
) -> None:
    shown = open_app(refuses=["ticket.comments", "ticket.updatedAt", "colorScheme"], strict=strict)

    assert bots(bot)[0]["headers"]["X-Ticket-Proof"] == "9002;2026-11-24T07:10:00Z"
    assert shown.problems == []


def test_the_agents_name_and_id_may_come_piece_by_piece(open_app: Opener, bot: Bot) -> None:
    pieces = {"currentUser": None, "currentUser.id": 7, "currentUser.name": "Bo",
              "currentUser.locale": "de"}  # fmt: skip
    shown = open_app(values=pieces)

    assert bots(bot)[0]["url"] == "https://bot.example.com/sidebar/tickets/123?locale=de"
    assert bots(bot)[0]["jwt"]["claims"]["sub"] == "7"
    assert bots(bot)[0]["headers"]["X-Agent-Name"] == "Bo"
    assert shown.frame.evaluate("document.documentElement.lang") == "de"


@pytest.mark.parametrize("given", ["bot.example.com", "https://bot.example.com//"])
def test_the_address_may_lack_its_scheme_or_end_in_slashes(
    open_app: Opener, bot: Bot, given: str
) -> None:
    open_app(settings={"backend": given})

    assert bots(bot)[0]["url"] == "https://bot.example.com/sidebar/tickets/123"


def test_a_body_is_json_and_says_so(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    shown.frame.check("#step-tls_failure\\.trust_ca")
    shown.said("Ticked")

    assert bots(bot)[-1]["contentType"] == "application/json"
    assert bots(bot)[-1]["data"] == '{"done":true}'
