"""Real blocks of the script, one per condition of the lab, read back."""

import re

import pytest

from bot.evidence.assess import assess
from bot.evidence.headline import headline
from bot.evidence.pasted import read_pasted
from tests.checkscript.blocks import Sample, printed, records, sample, samples

SAMPLES = samples()
SIGN_IN = "https://customers.example_company.com/customers/sign_in"


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


@pytest.mark.parametrize("name", ["tls_expired", "tls_inspection_untrusted"])
def test_a_request_through_openssl_verified_nothing(name: str) -> None:
    """Without curl the requests go through openssl, which answers whatever the certificate is."""
    kept = [part for part in records(sample(name).text)[:-1] if not part.startswith("http;")]
    (address, *_) = [part.partition(";ip=")[2].partition(";")[0] for part in kept
                     if part.startswith("tls;")]  # fmt: skip
    asked = f"http;way=direct;by=openssl;ip={address};req=HEAD;rc=0;code=302;loc={SIGN_IN};;"

    head = headline(read_pasted(printed([*kept, f"tcp;ip={address};rc=0;ms=3;;", asked])))

    assert head is not None
    assert (head.layer, head.verdict, head.facts["activates"]) == ("tls", "fail", "no")


def test_a_name_server_that_makes_answers_up_is_told_beside_what_fails_there() -> None:
    parts = records(sample("tls_wrong_host").text)[:-1]
    address = next(part for part in parts if "type=A;" in part).partition("ans=")[2].split(",")[0]
    nonsense = f"nonsense;rank=0;server=10.77.0.53;ans={address};;"

    head = headline(read_pasted(printed([*parts, nonsense])))

    assert head is not None
    assert (head.layer, head.cause, head.verdict) == ("tls", "tls_hostname_mismatch", "fail")
    assert head.facts["also"] == ("dns_sinkhole",)
    assert f"{address} for a name that cannot exist" in head.detail


def test_a_name_server_that_makes_answers_up_harms_nobody_where_all_works() -> None:
    parts = records(sample("healthy").text)[:-1]
    address = next(part for part in parts if "type=A;" in part).partition("ans=")[2].split(",")[0]

    head = headline(
        read_pasted(printed([*parts, f"nonsense;rank=0;server=1.2.3.4;ans={address};;"]))
    )

    assert head is not None
    assert (head.layer, head.verdict) == ("ok", "ok")


@pytest.mark.parametrize(("big", "cause"), [("0", "mtu_blackhole"), ("3", "http_timeout")])
def test_only_a_short_question_is_answered(big: str, cause: str) -> None:
    """On a narrow way full packets are lost; else something on the way waits for the long one."""
    silent = "rc=28;up=yes;tc=1;ta=90;small=yes;said=Operation+timed+out;;"
    parts = []
    for part in records(sample("healthy_v4_only").text)[:-1]:
        changed = re.sub(r"big=\d", f"big={big}", part)
        parts.append(re.sub(r"(req=POST;).*", rf"\1{silent}", changed))

    head = headline(read_pasted(printed(parts)))

    assert head is not None
    assert (head.cause, head.facts["activates"]) == (cause, "no")
