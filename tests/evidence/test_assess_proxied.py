"""What looks through a proxy mean, beside those of the direct way."""

import pytest

from bot.evidence.observation import Observation, Verdict
from tests.evidence.assess_looks import V4, answers, asked, judged, names, saw, system, tcp, works


def through(probe: str, cause: str, verdict: Verdict) -> Observation:
    return saw(probe, cause, verdict, ip="10.0.0.80", path="proxy")


@pytest.mark.parametrize(
    ("cause", "named"),
    [
        ("proxy_forbidden", "proxy_bypass_needed"),
        ("proxy_auth_required", "proxy_auth_required"),
        ("proxy_unreachable", "proxy_unreachable"),
    ],
)
def test_denied_by_the_proxy_and_reachable_directly_means_an_exception_is_missing(
    cause: str, named: str
) -> None:
    seen = judged(names(V4), works(V4), through("proxy", cause, "fail"))

    assert (seen.layer, seen.cause, seen.activates) == ("proxy", named, "no")


def test_a_denial_without_a_direct_way_stays_a_denial() -> None:
    seen = judged(
        names(V4), tcp(V4, "tcp_timeout", ms=4000), through("proxy", "proxy_forbidden", "fail")
    )

    assert (seen.cause, seen.also) == ("proxy_forbidden", ())


def test_a_good_proxy_needs_no_direct_way_and_no_name_server() -> None:
    through_it = [
        through("proxy", "proxy_ok", "ok"), through("tls", "tls_ok", "ok"),
        *answers("10.0.0.80", path="proxy"),
    ]  # fmt: skip
    unknown = [
        asked(0, "A", cause="dns_nxdomain"),
        asked(0, "AAAA", cause="dns_nxdomain"),
        system(),
    ]
    silent = [asked(0, "A", cause="dns_timeout"), asked(0, "AAAA", cause="dns_timeout")]

    assert judged(unknown, through_it).cause == "proxy_ok"
    assert judged(unknown, through_it).activates == "yes"
    # The product asks for the name even so, and waits for a silent server.
    assert judged(silent, through_it).activates == "degraded"


def test_a_proxy_behind_a_silent_address_of_its_own_stops_who_tries_in_turn() -> None:
    late = through("proxy", "proxy_unreachable", "warn")
    seen = judged(
        names(V4), late, through("tls", "tls_ok", "ok"), *[answers("10.0.0.80", path="proxy")]
    )

    assert (seen.layer, seen.cause, seen.activates) == ("proxy", "proxy_unreachable", "no")


def test_a_tunnel_that_dies_is_the_proxys_and_a_certificate_in_it_is_not() -> None:
    opened = through("proxy", "proxy_ok", "ok")

    dead = judged(names(V4), opened, through("tls", "tls_reset", "fail"))
    inspected = judged(names(V4), opened, through("tls", "tls_inspection", "fail"))

    assert (dead.layer, dead.cause) == ("proxy", "proxy_upstream_failed")
    assert (inspected.layer, inspected.cause) == ("tls", "tls_inspection")
