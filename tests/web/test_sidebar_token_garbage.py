"""Tokens that are none: garbage, other padding, any JSON, one changed letter."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.jwt import TokenRefused
from tests.web.sidebar_desk import claims, part, signed
from tests.web.test_sidebar_tokens import HEAD, NOW, VERIFIER, made, refusal


@pytest.mark.parametrize(
    "body", [b"[]", b'"x"', b"null", b"{", b"[" * 1000, b'{"exp": NaN}', b"\xff\xfe"]
)
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    assert "JSON" in refusal(signed(HEAD, part(body)))


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "x" * 5000, "a" * 1000 + ".b.c", "ä.b.c"]
)
def test_garbage_is_refused(text: str) -> None:
    assert refusal(text)


def test_a_huge_token_is_refused_unread() -> None:
    assert "too long" in refusal(made(padding="x" * 100_000))


def test_padding_and_newlines_make_another_token() -> None:
    good = made()

    for text in (good + "=", good + "\n", " " + good, good.replace(".", "..", 1)):
        assert refusal(text)


def test_the_last_bits_of_a_signature_count() -> None:
    """Base64 leaves two bits of the last letter unused; another letter must not decode the same."""
    good = made()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [good[:-1] + letter for letter in letters if letter != good[-1]]

    assert all(refusal(text) for text in others)


@given(st.text(max_size=300))
def test_no_text_is_ever_accepted_or_crashes(text: str) -> None:
    with pytest.raises(TokenRefused):
        VERIFIER.claims(text)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_whatever_is_inside_a_signed_token_is_read_or_refused(head: bytes, body: bytes) -> None:
    for text in (signed(part(head), part(body)), signed(HEAD, part(body))):
        with pytest.raises(TokenRefused):
            VERIFIER.claims(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(["iss", "aud", "sub", "ticket_id", "iat", "exp", "nbf"]), _JSON)
def test_a_claim_of_any_type_is_read_or_refused(name: str, value: object) -> None:
    body = json.dumps(claims(NOW) | {name: value}, allow_nan=True).encode()
    try:
        found = VERIFIER.claims(signed(HEAD, part(body)))
    except TokenRefused:
        return

    assert found.issuer == "acme"
    assert NOW - 30 < found.expires_at <= NOW + 90


@given(st.data())
def test_one_changed_letter_ends_a_token(data: st.DataObject) -> None:
    good = made()
    place = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.sampled_from("abcXYZ019-_."))
    if good[place] == letter:
        return

    with pytest.raises(TokenRefused):
        VERIFIER.claims(good[:place] + letter + good[place + 1 :])
