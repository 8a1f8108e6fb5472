"""What observations mean together: the first thing that stops activation, and what else."""

import pytest

from bot.evidence.assess import assess
from bot.evidence.observation import Assessment
from tests.evidence.assess_looks import (
    V4,
    V4B,
    V6,
    answers,
    asked,
    judged,
    names,
    ping,
    saw,
    system,
    tcp,
    tls,
    works,
)


def test_a_healthy_run_is_ok() -> None:
    assert judged(names(V6, V4), works(V6), works(V4), ping(V4)) == Assessment(
        "ok", "ok", "yes", "certain"
    )


def test_lost_pings_are_remarkable_and_no_failure() -> None:
    seen = judged(names(V4), works(V4), ping(V4, received=0))

    assert (seen.layer, seen.cause, seen.activates) == ("ok", "icmp_no_reply", "yes")


def test_a_long_way_is_remarkable_and_no_failure() -> None:
    seen = judged(names(V4), [tcp(V4, rtt_ms=401.0), tls(V4), *answers(V4)], ping(V4))

    assert (seen.layer, seen.cause, seen.activates) == ("ok", "high_latency", "yes")


@pytest.mark.parametrize("cause", ["dns_nxdomain", "dns_servfail", "dns_refused", "dns_timeout"])
def test_a_name_that_nobody_resolves_stops_everything(cause: str) -> None:
    seen = judged(asked(0, "A", cause=cause), asked(0, "AAAA", cause=cause), system())

    assert (seen.layer, seen.cause, seen.activates) == ("dns", cause, "no")


def test_the_first_servers_no_is_final_although_the_second_knows() -> None:
    seen = judged(
        asked(0, "A", cause="dns_nxdomain"), asked(0, "AAAA", cause="dns_nxdomain"),
        asked(1, "A", V4), asked(1, "AAAA", cause="dns_no_aaaa"), system(), works(V4),
    )  # fmt: skip

    assert (seen.cause, seen.activates) == ("dns_nxdomain", "no")


def test_a_dead_first_server_degrades() -> None:
    seen = judged(
        asked(0, "A", cause="dns_timeout"), asked(0, "AAAA", cause="dns_timeout"),
        asked(1, "A", V4), asked(1, "AAAA", cause="dns_no_aaaa"), works(V4),
    )  # fmt: skip

    assert (seen.cause, seen.activates) == ("dns_first_resolver_dead", "degraded")


def test_a_dead_second_server_is_not_met() -> None:
    seen = judged(
        names(V4), asked(1, "A", cause="dns_timeout"), asked(1, "AAAA", cause="dns_timeout"),
        works(V4),
    )  # fmt: skip

    assert (seen.layer, seen.activates) == ("ok", "yes")


def test_lost_questions_for_one_family_stop_a_resolver_that_waits_for_both() -> None:
    seen = judged(asked(0, "A", V4), asked(0, "AAAA", cause="dns_timeout"), works(V4))

    assert (seen.cause, seen.activates) == ("dns_aaaa_timeout", "no")


def test_the_system_is_believed_where_it_resolves_quickly() -> None:
    seen = judged(
        asked(0, "A", cause="dns_refused"), asked(0, "AAAA", cause="dns_refused"), system(V4),
        works(V4),
    )  # fmt: skip

    assert (seen.layer, seen.activates) == ("ok", "yes")


def test_a_system_that_stays_silent_counts_although_its_servers_answer() -> None:
    silent = saw("getaddrinfo", "dns_timeout", "fail")

    seen = judged(names(V4)[:2], silent, works(V4))

    assert (seen.layer, seen.cause, seen.activates) == ("dns", "dns_timeout", "no")


def test_a_hosts_entry_that_leads_nowhere_is_the_cause() -> None:
    seen = judged(
        names(V4)[:2], saw("hosts", "dns_hosts_override", "warn", answers=(V4B,)), system(V4B),
        works(V4), tcp(V4B, "tcp_timeout", ms=4000),
    )  # fmt: skip

    assert (seen.layer, seen.cause, seen.activates) == ("dns", "dns_hosts_override", "no")


def test_a_hosts_entry_that_says_what_the_servers_say_is_harmless() -> None:
    seen = judged(
        names(V4)[:2], saw("hosts", "dns_hosts_override", "warn", answers=(V4,)), system(V4),
        works(V4),
    )  # fmt: skip

    assert (seen.layer, seen.cause) == ("ok", "ok")


@pytest.mark.parametrize(("ms", "activates"), [(4000.0, "no"), (3.0, "yes")])
def test_a_broken_ipv6_stops_a_client_that_waits_and_not_one_that_is_sent_on(
    ms: float, activates: str
) -> None:
    seen = judged(names(V6, V4), tcp(V6, "tcp_timeout" if ms > 9 else "no_route", ms=ms), works(V4))

    assert (seen.layer, seen.cause, seen.activates) == ("ip", "ipv6_unreachable", activates)


def test_a_broken_ipv4_behind_a_good_ipv6_is_not_met() -> None:
    seen = judged(names(V6, V4), works(V6), tcp(V4, "tcp_timeout", ms=4000))

    assert (seen.cause, seen.activates) == ("ipv4_unreachable", "yes")


@pytest.mark.parametrize(("order", "activates"), [((V4B, V4), "no"), ((V4, V4B), "degraded")])
def test_a_dead_address_among_its_like_counts_by_its_place(
    order: tuple[str, ...], activates: str
) -> None:
    seen = judged(names(*order), works(V4), tcp(V4B, "tcp_timeout", ms=4000))

    assert (seen.layer, seen.cause, seen.activates) == ("ip", "ip_stale_address", activates)


def test_each_family_has_a_fault_of_its_own() -> None:
    seen = judged(
        names(V6, V4B, V4), tcp(V6, "tcp_timeout", ms=4000), tcp(V4B, "tcp_refused"), works(V4)
    )

    assert (seen.cause, seen.also, seen.activates) == ("ipv6_unreachable", ("tcp_partial",), "no")


def test_a_silent_address_behind_one_that_refuses_is_met_as_well() -> None:
    seen = judged(
        names(V6, V4B, V4), tcp(V6, "no_route"), tcp(V4B, "tcp_timeout", ms=4000), works(V4)
    )

    assert (seen.cause, seen.also) == ("ip_stale_address", ("ipv6_unreachable",))
    assert seen.activates == "no"


def test_an_address_that_refuses_beside_one_that_works_degrades() -> None:
    seen = judged(names(V4B, V4), works(V4), tcp(V4B, "tcp_refused"))

    assert (seen.layer, seen.cause, seen.activates) == ("tcp", "tcp_partial", "degraded")


def test_silence_is_tcp_when_the_host_is_there_and_ip_when_nothing_comes_back() -> None:
    silent = [*names(V4), tcp(V4, "tcp_timeout", ms=4000)]

    assert judged(silent, ping(V4)).cause == "tcp_timeout"
    assert judged(silent, ping(V4, received=0)).cause == "ip_blackhole"
    assert judged(silent, saw("port80", "tcp_refused", "unknown", ip=V4)).cause == "tcp_timeout"


def test_without_ping_a_silent_port_is_never_called_ip() -> None:
    not_permitted = saw("icmp", "tool_missing", "unknown", ip=V4)

    seen = judged(names(V4), tcp(V4, "tcp_timeout", ms=4000), not_permitted)

    assert (seen.layer, seen.cause, seen.confidence) == ("tcp", "tcp_timeout", "likely")


def test_a_captive_portal_on_port_80_explains_a_closed_443() -> None:
    captive = saw("port80", "http_captive_portal", "unknown", ip=V4)

    assert judged(names(V4), tcp(V4, "tcp_refused"), captive).cause == "http_captive_portal"


def test_loss_needs_lost_pings_and_repeats_of_tcp() -> None:
    lossy = [tcp(V4, retransmits=1), tls(V4), *answers(V4)]

    assert judged(names(V4), lossy, ping(V4, received=8)).cause == "packet_loss"
    assert judged(names(V4), works(V4), ping(V4, received=8)).cause == "ok"
    assert judged(names(V4), lossy, ping(V4)).cause == "ok"


def test_loss_explains_a_timeout_here_and_there() -> None:
    seen = judged(
        names(V4, V4B), tcp(V4, retransmits=2), tls(V4), answers(V4, GET="http_slow"),
        tcp(V4B, "tcp_timeout", ms=4000), ping(V4, received=8), ping(V4B, received=9),
    )  # fmt: skip

    assert (seen.layer, seen.cause, seen.activates) == ("ip", "packet_loss", "degraded")


def test_a_bad_certificate_on_the_address_that_is_used_stops_and_elsewhere_degrades() -> None:
    first = judged(names(V4, V4B), tcp(V4), tls(V4, "tls_expired"), works(V4B))
    second = judged(names(V4B, V4), tcp(V4), tls(V4, "tls_expired"), works(V4B))

    assert (first.cause, first.activates) == ("tls_expired", "no")
    assert (second.cause, second.activates) == ("tls_expired", "degraded")


def test_a_trusted_inspecting_proxy_is_named_and_works() -> None:
    seen = judged(names(V4), tcp(V4), tls(V4, "tls_inspection", "warn"), answers(V4))

    assert (seen.layer, seen.cause, seen.activates) == ("tls", "tls_inspection", "yes")


def test_activation_is_a_post() -> None:
    only_post = judged(names(V4), tcp(V4), tls(V4), answers(V4, POST="http_block_page"))
    only_head = judged(names(V4), tcp(V4), tls(V4), answers(V4, HEAD="http_forbidden"))

    assert (only_post.cause, only_post.activates) == ("http_block_page", "no")
    assert (only_head.cause, only_head.activates) == ("http_forbidden", "degraded")


def test_two_faults_name_first_what_stops_activation() -> None:
    seen = judged(names(V6, V4), tcp(V6, "no_route"), tcp(V4), tls(V4, "tls_expired"))

    assert (seen.layer, seen.cause) == ("tls", "tls_expired")
    assert seen.also == ("ipv6_unreachable",)


def test_a_run_that_was_cut_early_says_unknown() -> None:
    seen = judged(names(V4), tcp(V4))

    assert (seen.layer, seen.activates, seen.confidence) == ("unknown", "unknown", "unclear")


def test_pasted_statements_are_judged_by_their_layers() -> None:
    refused = saw("nc", "tcp_refused", "fail")
    resolved = saw("dig", "dns_ok")
    redirect = saw("curl", "http_ok_redirect_signin")

    assert assess([resolved, refused]) == Assessment("tcp", "tcp_refused", "no", "likely")
    assert assess([redirect]).activates == "yes"
    assert assess([resolved]).activates == "unknown"
    assert assess([saw("ping", "icmp_no_reply", "warn")]).activates == "unknown"
    assert assess([]) == Assessment("unknown", "unclear", "unknown", "unclear")
