"""Hostile text is read within bounds: no pattern explodes, and a flood is cut at both ends."""

import pytest

from bot.evidence.normalise import normalise
from bot.evidence.pasted import read_pasted

_HOSTILE = {
    "one endless word": "a" * 20_000,
    "quote marks": ">" * 20_000,
    "open brackets": "[" * 20_000,
    "open tags": "<" * 20_000,
    "escape codes": "\x1b[" * 10_000,
    "quotes": "'" * 20_000,
    "addresses": "10.0.0.1 " * 700,
    "hops": " 1  * * *\n" * 1_500,
    "prompts": "user@host:" * 700,
    "curl errors": "curl: (28) " * 1_500,
    "error lists": '"errors":[' * 700,
    "certificates": "-----BEGIN CERTIFICATE-----\n" * 700,
    "entities": "&amp;" * 4_000,
    "soft breaks": "=3D=\n" * 4_000,
}


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE)
def test_hostile_text_comes_to_an_end(text: str) -> None:
    assert isinstance(read_pasted(text), tuple)


def test_a_flood_of_commands_gives_a_bounded_number_of_observations() -> None:
    assert len(read_pasted("$ curl -I https://a\ncurl: (6) x\n" * 1_500)) <= 400


def test_of_a_text_of_megabytes_the_head_and_the_tail_are_read() -> None:
    text = "$ curl -I https://customers.example_company.com/\n" + "x" * 2_000_000
    text += "\ncurl: (6) Could not resolve host: customers.example_company.com"

    assert len(normalise(text).text) < 300_000
    assert any(seen.cause == "dns_resolution_failed" for seen in read_pasted(text))
