"""Attacks on the sidebar's token: refused, and logged without a word of it."""

import base64
import json
import logging
import time
from typing import Any

import pytest

from bot.config import Settings, SettingsError
from bot.store.database import Database, StoreDown
from bot.web.issuers import Issuers
from bot.web.jwt import Claims, TokenRefused, Verifier
from bot.web.sidebar_secrets import check_sidebar_secrets
from bot.web.sidebar_tickets import ZendeskAway
from tests.web.sidebar_desk import (
    OLD_SECRET,
    SIDEBAR_SECRET,
    SidebarDesk,
    claims,
    part,
    signed,
    token,
)

NOW = 1_800_000_000.0
VERIFIER = Verifier((SIDEBAR_SECRET, OLD_SECRET), lambda: frozenset({"acme"}), lambda: NOW)
HEAD = part({"typ": "JWT", "alg": "HS256"})


def made(header: object = None, secret: str = SIDEBAR_SECRET, **changes: object) -> str:
    return token(secret, header, now=NOW, **changes)


def refusal(text: str) -> str:
    with pytest.raises(TokenRefused) as caught:
        VERIFIER.claims(text)
    return str(caught.value)


def test_a_token_of_the_proxy_is_accepted() -> None:
    assert VERIFIER.claims(made()) == Claims("acme", "77", 4711, NOW + 60)


def test_during_a_rotation_the_older_secret_counts_as_well() -> None:
    assert VERIFIER.claims(made(secret=OLD_SECRET)).subject == "77"


def test_ids_may_be_strings() -> None:
    found = VERIFIER.claims(made(sub="77", ticket_id="4711"))

    assert (found.subject, found.ticket_id) == ("77", 4711)


@pytest.mark.parametrize("issuer", ["ACME", "acme.zendesk.com", "https://acme.zendesk.com/"])
def test_an_account_may_be_written_as_its_host_or_address(issuer: str) -> None:
    assert VERIFIER.claims(made(iss=issuer)).issuer == "acme"


@pytest.mark.parametrize(
    "issuer",
    [
        "", "acme.zendesk.com.evil.example", "https://acme.evil.example", "evil/acme.zendesk.com",
        "http://acme.zendesk.com", "https://acme", "acme.zendesk.com\n", "globex.zendesk.com",
        "acme@zendesk.com",
    ],
)  # fmt: skip
def test_what_only_looks_like_our_account_is_another(issuer: str) -> None:
    assert "iss" in refusal(made(iss=issuer))


def test_times_in_milliseconds_are_refused_and_a_token_without_iat_is_not() -> None:
    assert "lives too long" in refusal(made(exp=(NOW + 60) * 1000))
    assert "future" in refusal(made(iat=NOW * 1000))
    assert VERIFIER.claims(made(iat=None)).expires_at == NOW + 60


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "hs256"},
        {"alg": "HS384"},
        {"alg": "RS256"},
        {"alg": ["HS256"]},
        {"alg": None},
        {"typ": "JWT"},
    ],
)
def test_any_other_algorithm_is_refused(header: object) -> None:
    assert "algorithm" in refusal(made(header))


def test_an_unsigned_token_is_refused() -> None:
    body = part(claims(NOW))

    assert "three parts" in refusal(f"{part({'alg': 'none'})}.{body}.")


def test_a_public_key_is_no_secret_of_ours() -> None:
    """RS/HS confusion: signed with what an RS256 verifier would know."""
    key = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----"

    assert "not signed" in refusal(made(secret=key))
    assert "algorithm" in refusal(made({"alg": "RS256", "typ": "JWT"}, key))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256", "crit": ["exp"], "exp": 1},
        {"alg": "HS256", "crit": []},
        {"alg": "HS256", "b64": False},
        {"alg": "HS256", "typ": "at+jwt"},
    ],
)
def test_an_extension_that_we_do_not_know_is_refused(header: object) -> None:
    assert refusal(made(header))


def test_a_key_in_the_header_is_not_used() -> None:
    header = {"alg": "HS256", "jwk": {"kty": "oct", "k": part(b"x" * 40)}, "kid": "../../dev/null"}

    assert "not signed" in refusal(made(header, secret="x" * 40))


def test_another_installations_secret_is_refused() -> None:
    assert "not signed" in refusal(made(secret="z" * 40))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"exp": NOW - 31}, "expired"),
        ({"exp": NOW - 3600, "iat": NOW - 3660}, "expired"),
        ({"exp": NOW + 3600}, "lives too long"),
        ({"exp": NOW + 3600, "iat": None}, "lives too long"),
        ({"exp": NOW + 80, "iat": NOW}, "lives too long"),
        ({"exp": NOW + 60, "iat": NOW + 61}, "future"),
        ({"exp": NOW + 10, "iat": NOW + 20}, "lives too long"),
        ({"nbf": NOW + 60}, "not valid yet"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 10**30}, "exp"),
        ({"iat": "now"}, "iat"),
        ({"aud": "another"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": ["another"]}, "aud"),
        ({"aud": {"cl-bot": 1}}, "aud"),
        ({"iss": "globex"}, "iss"),
        ({"iss": None}, "iss"),
        ({"iss": ["acme"]}, "iss"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "a b"}, "sub"),
        ({"sub": "x" * 65}, "sub"),
        ({"ticket_id": "4711 OR 1=1"}, "ticket_id"),
        ({"ticket_id": -1}, "ticket_id"),
        ({"ticket_id": 1.5}, "ticket_id"),
        ({"ticket_id": True}, "ticket_id"),
        ({"ticket_id": 10**30}, "ticket_id"),
    ],
)
def test_claims_that_are_not_ours_are_refused(changes: dict[str, Any], word: str) -> None:
    assert word in refusal(made(**changes))


def test_half_a_minute_between_the_clocks_is_forgiven() -> None:
    assert VERIFIER.claims(made(iat=NOW + 29, exp=NOW + 89))
    assert VERIFIER.claims(made(iat=NOW - 89, exp=NOW - 29))


def test_a_key_that_stands_twice_is_refused() -> None:
    twice = json.dumps(claims(NOW))[:-1] + ', "ticket_id": 1}'

    assert "JSON" in refusal(signed(HEAD, part(twice.encode())))
    head = part(b'{"alg": "none", "alg": "HS256"}')
    assert "JSON" in refusal(signed(head, part(claims(NOW))))


@pytest.mark.parametrize(
    "bearer",
    [
        token("z" * 40),
        token(header={"alg": "none"}),
        token(exp=1),
        token(aud="x"),
        token(iss="globex"),
        token(ticket_id=1),
        token(ticket_id=None),
        "garbage",
        "x" * 20_000,
    ],
)
def test_an_attack_is_answered_401_and_its_token_is_not_logged(
    database: Database, caplog: pytest.LogCaptureFixture, bearer: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = SidebarDesk(database).call(bearer=bearer)

    assert (answer.status_code, answer.get_json()["error"]) == (401, "token")
    assert "provision apply" in answer.get_json()["message"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    logged = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "sidebar_token" in logged
    pieces = [piece for piece in bearer.split(".") if len(piece) > 8]
    assert not any(piece in logged or piece in answer.get_data(as_text=True) for piece in pieces)


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer ", "bearer"])
def test_without_a_bearer_token_nobody_comes_in(database: Database, header: str) -> None:
    desk = SidebarDesk(database)

    answer = desk.client.get("/sidebar/tickets/4711", headers={"Authorization": header})

    assert answer.status_code == 401


def test_a_bot_without_secrets_lets_nobody_in(database: Database) -> None:
    unsigned = Verifier((), lambda: frozenset({"acme"}), time.time)

    with pytest.raises(TokenRefused):
        unsigned.claims(token(""))


def test_a_secret_that_is_too_short_stops_the_start() -> None:
    with pytest.raises(SettingsError, match=r"5 bytes.*32"):
        check_sidebar_secrets(Settings(sidebar_secrets=("k" * 32, "short")))
    check_sidebar_secrets(Settings(sidebar_secrets=("k" * 32,)))
    check_sidebar_secrets(Settings())


def nobody_asks() -> list[str]:
    raise AssertionError("Zendesk was asked")


def test_the_account_and_its_brands_may_sign_and_nobody_else() -> None:
    hosts = ["acme-eu.zendesk.com", "help.acme.com"]

    assert Issuers("acme.zendesk.com", lambda: hosts, nobody_asks)() == {"acme", "acme-eu"}


def test_an_account_under_another_address_is_known_by_its_brand() -> None:
    for host in ("127.0.0.1", "help.acme.com"):
        assert Issuers(host, lambda: ["pocket.zendesk.com"], nobody_asks)() == {"pocket"}


def test_where_nobody_has_told_the_account_zendesk_is_asked_once_in_a_while() -> None:
    asked: list[float] = []
    now = [0.0]

    def ask() -> list[str]:
        asked.append(now[0])
        if len(asked) == 1:
            raise ZendeskAway("no connection")
        return ["acme.zendesk.com", "127.0.0.1"]

    issuers = Issuers("127.0.0.1", list, ask, lambda: now[0])
    known = []
    for now[0] in (0.0, 30.0, 90.0, 200.0):
        known.append(issuers())

    assert known == [set(), set(), {"acme"}, {"acme"}]
    assert asked == [0.0, 90.0]


def test_while_the_store_is_away_the_account_itself_may_sign() -> None:
    def away() -> list[str]:
        raise StoreDown("away")

    assert Issuers("acme.zendesk.com", away, nobody_asks)() == {"acme"}


def test_base64_is_what_the_proxy_writes() -> None:
    assert part(b"\xfb\xff") == base64.urlsafe_b64encode(b"\xfb\xff").decode().rstrip("=")
