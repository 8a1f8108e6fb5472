"""What each fault of the way to Zendesk becomes, and that every call ends in time."""

import gzip
import logging
import socket
import ssl
import threading
from typing import Any

import pytest
import trustme

from bot.zendesk.calls import Account, Call
from bot.zendesk.errors import (
    GatewayTrouble,
    OutcomeUnknown,
    Rejected,
    ScopeMissing,
    Unreachable,
    ZendeskError,
)
from bot.zendesk.session import ZendeskSession
from tests.zendesk.conftest import OpenSession
from tests.zendesk.session_calls import READ, WRITE, caught
from tests.zendesk.stub_zendesk import (
    StubZendesk,
    answers,
    drips,
    drops,
    hangs,
    html,
    stub_zendesk,
    truncates,
)

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (answers(403, {"error": {"title": "Forbidden", "message": "No"}}), ScopeMissing, "scope"),
        (answers(400, {"error": "TooManyValues", "max_count": 100}), Rejected, "TooManyValues"),
        (answers(422, {"errors": [{"code": "X", "title": "bad"}]}), Rejected, "X: bad"),
        (html(500), GatewayTrouble, "an HTML page"),
        (html(200), GatewayTrouble, "not a JSON object"),
        (html(502), GatewayTrouble, "502"),
        (answers(200, b'{"ticket": '), GatewayTrouble, "not a JSON object"),
        (answers(200, ["list"]), GatewayTrouble, "not a JSON object"),
        (drops, Unreachable, "no complete answer"),
        (truncates, Unreachable, "no complete answer"),
        (answers(302, None, location="https://evil.example/login"), GatewayTrouble, "redirects"),
    ],
)
def test_what_a_fault_of_a_read_becomes(
    stub: StubZendesk, session: ZendeskSession, act: Any, kind: type[ZendeskError], words: str
) -> None:
    stub.fail("GET", "/tickets/", act)

    error = caught(session, READ)

    assert type(error) is kind
    assert words in error.reason
    assert not error.may_be_applied
    assert len(stub.calls()) == 1


@pytest.mark.parametrize("act", [html(500), html(502), html(503), drops, truncates, html(200)])
def test_a_write_without_a_usable_answer_may_have_been_applied(
    stub: StubZendesk, session: ZendeskSession, act: Any
) -> None:
    stub.fail("PUT", "/tickets/", act)

    error = caught(session, WRITE)

    assert type(error) is OutcomeUnknown
    assert error.may_be_applied
    assert not error.retry_safe
    assert len(stub.calls("PUT")) == 1


@pytest.mark.parametrize(
    "act",
    [
        hangs,
        drips(b"HTTP/1.1 200 OK\r\nx-long: "),
        drips(HEAD + b"content-length: 100000\r\n\r\n"),
        drips(HEAD + b"transfer-encoding: chunked\r\n\r\n8\r\n"),
    ],
)
@pytest.mark.parametrize(("call", "kind"), [(READ, Unreachable), (WRITE, OutcomeUnknown)])
def test_a_call_ends_in_time_however_slowly_the_answer_drips(
    stub: StubZendesk, open_session: OpenSession, act: Any, call: Call, kind: type[ZendeskError]
) -> None:
    session = open_session()
    session.ask(READ)
    session.deadline = 1.0
    stub.fail(call.method, "/tickets/", act)

    assert type(caught(session, call)) is kind


def test_a_refused_connection_was_surely_not_applied(
    loopback: None, open_session: OpenSession
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        session = open_session(
            account=Account(f"http://127.0.0.1:{taken.getsockname()[1]}", "b", "s")
        )

        error = caught(session, WRITE)

    assert type(error) is Unreachable
    assert error.retry_safe


def test_a_name_that_does_not_resolve_was_surely_not_applied(
    loopback: None, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session(account=Account("https://nowhere.invalid", "b", "s"), deadline=1.0)
    released = threading.Event()

    def never(*_: Any, **__: Any) -> None:
        released.wait(30)
        raise socket.gaierror("late")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    error = caught(session, WRITE)
    released.set()

    assert type(error) is Unreachable
    assert "not resolved in time" in error.reason


def test_credentials_never_follow_a_redirect(stub: StubZendesk, session: ZendeskSession) -> None:
    with stub_zendesk() as stranger:
        elsewhere = stranger.url.replace("127.0.0.1", "localhost")
        stub.fail("GET", "/tickets/", answers(302, None, location=f"{elsewhere}/steal"))
        stub.fail("PUT", "/tickets/", answers(307, None, location=f"{elsewhere}/steal"))

        caught(session, READ)
        caught(session, WRITE)

        assert stranger.seen == []


@pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example/x", "x"])
def test_only_paths_of_the_account_can_be_called(session: ZendeskSession, path: str) -> None:
    with pytest.raises(ValueError, match="a path of the account"):
        session.send(Call("GET", path, "tickets.read"))


def test_a_proxy_is_asked_only_when_it_is_given(
    stub: StubZendesk, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", stub.url)
    monkeypatch.setenv("http_proxy", stub.url)
    beyond = Account("http://127.0.0.1:9", "bot", "s3cret")

    assert isinstance(caught(open_session(account=beyond), READ), Unreachable)
    assert stub.seen == []
    assert open_session(account=beyond, proxy=stub.url).ask(READ)


def test_cookies_are_not_kept(stub: StubZendesk, session: ZendeskSession) -> None:
    stub.headers = {"set-cookie": "session=1; Path=/"}

    session.ask(READ)
    session.ask(READ)

    assert "cookie" not in stub.calls()[1].headers


def test_an_answer_larger_than_the_limit_is_not_read(
    stub: StubZendesk, session: ZendeskSession
) -> None:
    bomb = gzip.compress(b" " * (11 * 1024 * 1024))
    stub.fail("GET", "/tickets/", answers(200, bomb, content_encoding="gzip"))

    error = caught(session, READ)

    assert "larger than" in error.reason


def test_a_certificate_that_nobody_vouches_for_is_refused(
    loopback: None, open_session: OpenSession
) -> None:
    authority = trustme.CA()
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    with stub_zendesk(server_side) as stub:
        stub.add_ticket()
        account = Account(stub.url, "bot", "s3cret")
        error = caught(open_session(account=account), WRITE)
        answer = open_session(account=account, tls=trusting).ask(READ)

    assert type(error) is Unreachable
    assert "certificate verify failed" in error.reason.lower()
    assert "ticket" in answer


def test_keys_that_zendesk_ignored_are_logged_without_their_values(
    stub: StubZendesk, session: ZendeskSession, caplog: pytest.LogCaptureFixture
) -> None:
    session.ask(READ)
    stub.headers = {"x-zendesk-api-warn": 'Removed restricted keys ["foo"] from parameters'}

    with caplog.at_level(logging.WARNING, "bot.zendesk"):
        reply = session.send(READ)

    assert reply.ignored_keys == ("foo",)
    assert [vars(record).get("keys") for record in caplog.records] == [("foo",)]
