"""Errors quoted from a manual are nobody's errors; one's own stay, however they are told."""

import pytest

from tests.evidence.pasted_samples import decisive

HEALTHY = (
    "$ curl -sI https://customers.example_company.com\nHTTP/2 302\n"
    "location: https://customers.example_company.com/customers/sign_in\n"
)
REFUSED = "curl: (7) Failed to connect to customers.example_company.com port 443: refused"


def _verdict(text: str) -> str:
    seen = decisive(text)
    assert seen is not None
    return seen.verdict


@pytest.mark.parametrize(
    "words",
    [
        f"Your docs say: with a firewall between you will see `{REFUSED}`.",
        f'Handbuch S. 14: Bei "{REFUSED}" bitte Firewall prüfen.',
        'Is this in the docs ours?\n"Net::OpenTimeout (x)" means the firewall blocks connections.',
    ],
    ids=["said", "page", "explained"],
)
def test_what_a_manual_says_of_errors_takes_no_good_news_back(words: str) -> None:
    assert _verdict(f"{words}\n\nOur result:\n{HEALTHY}") == "ok"


@pytest.mark.parametrize(
    "words",
    [
        f"We followed the docs and get `{REFUSED}`.",
        f"As the manual says, we ran it and got `{REFUSED}`.",
        f"The guide: `{REFUSED}`",
        f"`{REFUSED}` means the port is closed, I think.",
        f"From the docs:\n\n{REFUSED}",
    ],
    ids=["followed", "ran", "following", "guessed", "below"],
)
def test_what_was_seen_while_reading_one_stays(words: str) -> None:
    assert _verdict(f"{HEALTHY}\n{words}") != "ok"


def test_one_line_turns_from_the_manual_to_what_was_seen() -> None:
    answer = HEALTHY.split("\n", 1)[1]
    turned = f'The docs say: "{REFUSED}" is bad. We do not see that. What we get is:\n\n'

    assert _verdict(turned + answer) == "ok"
    assert decisive(f"The docs say that what we get should be:\n\n{answer}") is None
