"""Signing in: one token for all threads, renewed in time and once on a 401."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.zendesk.calls import Account
from bot.zendesk.errors import AuthFailed, Conflict, ZendeskError
from bot.zendesk.session import ZendeskSession
from tests.zendesk.conftest import OpenSession
from tests.zendesk.session_calls import READ, WRITE, caught
from tests.zendesk.stub_zendesk import (
    StubZendesk,
    answers,
    hangs,
)


def test_the_first_call_fetches_a_token_with_the_runtime_scope(
    stub: StubZendesk, session: ZendeskSession
) -> None:
    session.ask(READ)
    session.ask(READ)

    (token_call,) = stub.calls("POST", "/oauth/tokens")
    assert token_call.body == {
        "grant_type": "client_credentials",
        "client_id": "bot",
        "client_secret": "s3cret",
        "scope": "read tickets:write",
    }
    assert "authorization" not in token_call.headers
    assert stub.calls()[0].headers["authorization"] == "Bearer token-1"


def test_many_threads_share_one_token(stub: StubZendesk, session: ZendeskSession) -> None:
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: session.ask(READ), range(24)))

    assert len(stub.calls("POST", "/oauth/tokens")) == 1
    assert len(stub.calls()) == 24


def test_an_expired_token_is_renewed_once_for_all_threads(
    stub: StubZendesk, session: ZendeskSession
) -> None:
    session.ask(READ)
    stub.state.tokens[:] = ["revoked"]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: session.ask(READ), range(16)))

    assert len(stub.calls("POST", "/oauth/tokens")) == 2


def test_after_a_401_a_note_is_not_sent_again_before_the_ticket_was_read_again(
    stub: StubZendesk, session: ZendeskSession
) -> None:
    session.ask(READ)
    stub.state.tokens[:] = ["revoked"]

    assert isinstance(caught(session, WRITE), Conflict)
    assert len(stub.calls("PUT")) == 1
    session.ask(WRITE)

    assert len(stub.calls("PUT")) == 2


def test_a_second_401_is_the_end(stub: StubZendesk, session: ZendeskSession) -> None:
    stub.fail("GET", "/tickets/", answers(401, {"error": "Couldn't authenticate you"}), times=9)

    error = caught(session, READ)

    assert isinstance(error, AuthFailed)
    assert "Couldn't authenticate you" in error.reason
    assert len(stub.calls("GET", "/tickets/")) == 2
    assert not error.retry_safe


def test_a_refused_client_is_told_in_words_without_the_secret(
    stub: StubZendesk, open_session: OpenSession
) -> None:
    session = open_session(account=Account(stub.url, "bot", "wr0ng"))

    error = caught(session, READ)
    caught(session, READ)

    assert isinstance(error, AuthFailed)
    assert "invalid_client" in error.reason
    assert "wr0ng" not in error.reason
    assert "wr0ng" not in repr(session.account)
    assert len(stub.calls("POST", "/oauth/tokens")) == 1
    assert stub.calls() == []


def test_without_credentials_nothing_is_opened(open_session: OpenSession) -> None:
    with pytest.raises(AuthFailed, match="ZENDESK_CLIENT_ID"):
        open_session(account=Account("https://acme.zendesk.com"))


def test_an_api_token_works_and_warns_with_its_last_day(
    stub: StubZendesk, open_session: OpenSession, caplog: pytest.LogCaptureFixture
) -> None:
    account = Account(stub.url, email="bot@example.com", api_token="t0ken")

    with caplog.at_level(logging.WARNING):
        open_session(account=account).ask(READ)

    assert stub.calls()[0].headers["authorization"] == "Basic Ym90QGV4YW1wbGUuY29tL3Rva2VuOnQwa2Vu"
    assert "2027-04-30" in caplog.text
    assert "t0ken" not in caplog.text


def test_an_api_token_that_is_refused_is_not_tried_twice(
    stub: StubZendesk, open_session: OpenSession
) -> None:
    session = open_session(account=Account(stub.url, email="a@b.c", api_token="t0ken"))
    stub.fail("GET", "/tickets/", answers(401, {"error": "Couldn't authenticate you"}), times=9)

    assert isinstance(caught(session, READ), AuthFailed)
    assert len(stub.calls()) == 1


def test_a_token_that_hangs_ends_in_time_for_every_waiting_thread(
    stub: StubZendesk, open_session: OpenSession
) -> None:
    session = open_session(deadline=1.0)
    stub.fail("POST", "/oauth/tokens", hangs, times=99)
    start = threading.Barrier(6)

    def one(_: int) -> ZendeskError:
        start.wait(20)
        return caught(session, READ)

    with ThreadPoolExecutor(6) as pool:
        errors = list(pool.map(one, range(6)))

    assert {error.retry_safe for error in errors} == {True}
    assert {error.may_be_applied for error in errors} == {False}
    assert len(stub.calls("POST", "/oauth/tokens")) < 6  # the others waited, and gave up in time
