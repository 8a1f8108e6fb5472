"""One session under every call: sign-in, limits, deadlines, and what each fault becomes."""

import gzip
import logging
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trustme

from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account, Call
from bot.zendesk.errors import (
    AuthFailed,
    GatewayTrouble,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ScopeMissing,
    Unreachable,
    ZendeskError,
)
from bot.zendesk.session import ZendeskSession
from tests.zendesk.conftest import OpenSession
from tests.zendesk.stub_zendesk import (
    Handler,
    StubZendesk,
    answers,
    drips,
    drops,
    hangs,
    html,
    stub_zendesk,
    truncates,
)

READ = Call("GET", "/api/v2/tickets/1001", "tickets.read", ticket_id=1001)
WRITE = Call(
    "PUT", "/api/v2/tickets/1001", "tickets.update", payload={"ticket": {}}, ticket_id=1001
)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@pytest.fixture
def stub(zendesk: StubZendesk) -> StubZendesk:
    zendesk.add_ticket()
    return zendesk


def caught(session: ZendeskSession, call: Call) -> ZendeskError:
    with pytest.raises(ZendeskError) as info:
        session.ask(call)
    return info.value


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


def test_a_write_is_sent_again_after_a_401_because_it_was_not_applied(
    stub: StubZendesk, session: ZendeskSession
) -> None:
    session.ask(READ)
    stub.state.tokens[:] = ["revoked"]

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


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("0", 1), (None, 30), ("soon", 30)])
def test_a_429_stops_everybody_for_as_long_as_zendesk_says(
    stub: StubZendesk, open_session: OpenSession, header: str | None, seconds: float
) -> None:
    clock = [100.0]
    session = open_session(budget=InMemoryBudget(lambda: clock[0]), patience=0.5)
    headers = {} if header is None else {"retry-after": header}
    stub.fail("PUT", "/tickets/", answers(429, b"Too many", **headers))

    error = caught(session, WRITE)
    calls_before = len(stub.seen)
    later = caught(session, READ) if seconds > 1 else None
    clock[0] += seconds
    session.ask(READ)

    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds
    assert error.retry_safe
    assert later is None or isinstance(later, RateLimited)
    assert len(stub.seen) == calls_before + 1


def test_a_429_of_one_ticket_does_not_stop_the_others(
    stub: StubZendesk, session: ZendeskSession
) -> None:
    limits = "total=30; remaining=0; resets=468"
    headers = {"retry-after": "468", "zendesk-ratelimit-per-ticket-updates": limits}
    stub.fail("PUT", "/tickets/", answers(429, {"error": "TooMany"}, **headers))

    caught(session, WRITE)
    again = caught(session, WRITE)

    assert isinstance(again, RateLimited)
    assert len(stub.calls("PUT")) == 1
    assert session.ask(READ)


def test_a_503_with_a_time_stops_everybody_too(stub: StubZendesk, session: ZendeskSession) -> None:
    def busy(handler: Handler) -> None:
        handler.reply(503, b"<html>maintenance</html>", {"retry-after": "20"})

    stub.fail("GET", "/tickets/", busy)

    assert isinstance(caught(session, READ), GatewayTrouble)
    assert isinstance(caught(session, READ), RateLimited)
    assert len(stub.calls()) == 1


def test_a_short_429_is_waited_for_when_there_is_patience(
    stub: StubZendesk, open_session: OpenSession
) -> None:
    clock = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    session = open_session(budget=InMemoryBudget(lambda: clock[0]), sleep=sleep, patience=60.0)
    stub.fail("PUT", "/tickets/", answers(429, {}, retry_after="25"), times=2)

    session.ask(WRITE)

    assert slept == [25.0, 25.0]
    assert len(stub.calls("PUT")) == 3


def test_a_short_wait_for_the_budget_is_taken_within_the_call(
    stub: StubZendesk, open_session: OpenSession
) -> None:
    clock = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    budget = InMemoryBudget(lambda: clock[0])
    session = open_session(budget=budget, sleep=sleep, patience=1.0)
    budget.block(0.5)

    session.ask(READ)

    assert slept == [0.5]


def test_keys_that_zendesk_ignored_are_logged_without_their_values(
    stub: StubZendesk, session: ZendeskSession, caplog: pytest.LogCaptureFixture
) -> None:
    session.ask(READ)
    stub.headers = {"x-zendesk-api-warn": 'Removed restricted keys ["foo"] from parameters'}

    with caplog.at_level(logging.WARNING, "bot.zendesk"):
        reply = session.send(READ)

    assert reply.ignored_keys == ("foo",)
    assert [vars(record).get("keys") for record in caplog.records] == [("foo",)]
