"""A quote is cut out of a long sentence, and never through the words that name a secret."""

import pytest

from bot.evidence.redact import redact
from bot.runbook.passages import passages
from bot.runbook.words import Hit
from tests.factories import make_ticket

SECRET = "hunter2Correct9Horse"
MATCH = "Connection timed out"


def quote(text: str) -> str:
    (passage, *_) = [one for one in passages(make_ticket(text)) if MATCH in one.text]
    start = passage.text.index(MATCH)
    return redact(Hit(passage, start, start + len(MATCH)).quote).text


@pytest.mark.parametrize("name", ["password=", "password: ", "api_key=", "PRIVATE-TOKEN: "])
@pytest.mark.parametrize("filling", range(20, 62, 3))
def test_a_cut_before_or_in_a_secret_leaves_nothing_of_it(name: str, filling: int) -> None:
    text = f"{'we tried ' * 12}{name}{SECRET}{' x' * (filling // 2)} {MATCH} {'and again ' * 20}"
    said = quote(text)

    assert MATCH in said
    assert not any(SECRET[i : i + 6] in said for i in range(len(SECRET) - 5))


@pytest.mark.parametrize("filling", range(60, 120, 4))
def test_a_cut_after_a_tokens_first_letters_leaves_nothing_of_it(filling: int) -> None:
    token = "glpat-Zk3xQ9vLm2TrW8sYbN4c"
    text = f"{'we tried ' * 12}{MATCH}{' x' * (filling // 2)} {token} {'and again ' * 20}"
    said = quote(text)

    assert not any(token[i : i + 8] in said for i in range(6, len(token) - 7))


def test_a_sentence_without_secrets_is_cut_as_before() -> None:
    said = quote(f"{'we tried ' * 30}{MATCH} {'and again ' * 30}")

    assert said.startswith("…")
    assert said.endswith("…")
    assert 150 <= len(said) <= 164
