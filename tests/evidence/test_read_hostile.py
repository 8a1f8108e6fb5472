"""Hostile text is read within bounds: no pattern explodes, and a flood is cut at both ends."""

import pytest

from bot.evidence.normalise import normalise
from bot.evidence.pasted import read_pasted

_HOSTILE = {
    "one endless word": "a" * 60_000,
    "quote marks": ">" * 60_000,
    "open brackets": "[" * 60_000,
    "open tags": "<" * 60_000,
    "escape codes": "\x1b[" * 30_000,
    "quotes": "'" * 60_000,
    "addresses": "10.0.0.1 " * 6_000,
    "hops": " 1  * * *\n" * 5_000,
    "prompts": "user@host:" * 6_000,
    "curl errors": "curl: (28) " * 5_000,
    "error lists": '"errors":[' * 6_000,
    "certificates": "-----BEGIN CERTIFICATE-----\n" * 2_000,
    "entities": "&amp;" * 12_000,
    "soft breaks": "=3D=\n" * 12_000,
}


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE)
def test_hostile_text_comes_to_an_end(text: str) -> None:
    assert isinstance(read_pasted(text), tuple)


def test_a_flood_of_commands_gives_a_bounded_number_of_observations() -> None:
    assert len(read_pasted("$ curl -I https://a\ncurl: (6) x\n" * 5_000)) <= 400


def test_of_a_text_of_megabytes_the_head_and_the_tail_are_read() -> None:
    text = "$ curl -I https://customers.example_company.com/\n" + "x" * 2_000_000
    text += "\ncurl: (6) Could not resolve host: customers.example_company.com"

    assert len(normalise(text).text) < 300_000
    assert any(seen.cause == "dns_resolution_failed" for seen in read_pasted(text))
