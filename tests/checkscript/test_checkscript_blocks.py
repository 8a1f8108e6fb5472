"""Real blocks of the script, one per condition of the lab, read back."""

import pytest

from bot.evidence.assess import assess
from bot.evidence.headline import headline
from bot.evidence.pasted import read_pasted
from tests.checkscript.blocks import Sample, printed, records, sample, samples

SAMPLES = samples()


@pytest.mark.parametrize("one", SAMPLES, ids=[one.id for one in SAMPLES])
def test_the_block_names_the_fault(one: Sample) -> None:
    head = headline(read_pasted(one.text))

    assert head is not None
    assert head.vantage == "customer:script"
    assert head.layer in one.layers
    assert head.cause == one.cause
    assert head.facts["activates"] in one.activates
    assert "damaged" not in head.facts


@pytest.mark.parametrize("one", SAMPLES, ids=[one.id for one in SAMPLES])
def test_the_looks_alone_add_up_to_the_same(one: Sample) -> None:
    seen = read_pasted(one.text)

    judged = assess(look for look in seen if not look.facts.get("judged"))

    assert judged.cause == one.cause


@pytest.mark.parametrize("one", [one for one in SAMPLES if one.healthy], ids=lambda one: one.id)
def test_nothing_healthy_is_called_broken(one: Sample) -> None:
    head = headline(read_pasted(one.text))

    assert head is not None
    assert head.verdict in ("ok", "warn")


def test_every_condition_is_there_once() -> None:
    assert len({one.id for one in SAMPLES}) == len(SAMPLES) == 63


def without_words(text: str, way: str = "tls;how=system") -> str:
    """The run as if openssl had been ended by the clock before it wrote anything."""
    parts = [f"{part.partition(';rc=')[0]};rc=124;;" if part.startswith(way) else part
             for part in records(text)[:-1]]  # fmt: skip
    return printed([part for part in parts if "like=" not in part or "tls;" not in part])


def test_what_curl_heard_counts_more_than_an_openssl_that_was_ended() -> None:
    head = headline(read_pasted(without_words(sample("tls_plain_http_443").text)))

    assert head is not None
    assert head.cause == "tls_not_tls"


def test_an_openssl_that_was_ended_accuses_nobody_where_all_requests_pass() -> None:
    head = headline(read_pasted(without_words(sample("healthy").text)))

    assert head is not None
    assert (head.layer, head.verdict, head.facts["activates"]) == ("ok", "ok", "yes")
