"""What observations mean together: the first thing that stops activation, and what else."""

import pytest

from bot.evidence.assess import assess
from bot.evidence.observation import CAUSES, Assessment, Fact, Observation, Verdict

V4, V4B, V6 = "104.18.20.224", "104.18.21.224", "2606:4700::6812:14e0"


def saw(probe: str, cause: str, verdict: Verdict = "ok", **facts: Fact) -> Observation:
    return Observation(probe, "portal", "bot:test", CAUSES[cause], cause, verdict, facts=facts)


def asked(rank: int, kind: str, *answers: str, cause: str = "", ms: float = 3) -> Observation:
    found = cause or "dns_ok"
    verdict: Verdict = "ok" if answers else "fail"
    return saw("dns", found, verdict, rank=rank, qtype=kind, answers=answers, ms=ms)


def system(*answers: str, ms: float = 3) -> Observation:
    if not answers:
        return saw("getaddrinfo", "dns_resolution_failed", "fail", ms=ms)
    return saw("getaddrinfo", "dns_ok", answers=answers, ms=ms)


def tcp(ip: str, cause: str = "tcp_ok", ms: float = 5, **facts: Fact) -> Observation:
    verdict: Verdict = "ok" if cause == "tcp_ok" else "fail"
    return saw("tcp", cause, verdict, ip=ip, ms=ms, **facts)


def tls(
    ip: str, cause: str = "tls_ok", verdict: Verdict | None = None, **facts: Fact
) -> Observation:
    found: Verdict = "ok" if cause == "tls_ok" else "fail"
    return saw("tls", cause, verdict or found, ip=ip, **{"path": "direct", **facts})


def answers(ip: str, *, path: str = "direct", **causes: str) -> list[Observation]:
    requests = {"HEAD": "HEAD /", "GET": "GET /customers/sign_in", "POST": "POST /graphql"}
    good = "http_ok_redirect_signin"
    return [
        saw(
            "https", causes.get(method, good), "fail" if method in causes else "ok",
            ip=ip, path=path, request=request,
        )
        for method, request in requests.items()
    ]  # fmt: skip


def works(ip: str) -> list[Observation]:
    return [tcp(ip), tls(ip), *answers(ip)]


def ping(ip: str, received: int = 12, sent: int = 12) -> Observation:
    cause = "icmp_ok" if received == sent else "packet_loss" if received else "icmp_no_reply"
    return saw(
        "icmp", cause, "ok" if received == sent else "warn", ip=ip, sent=sent, received=received
    )


def names(*addresses: str) -> list[Observation]:
    four = [address for address in addresses if ":" not in address]
    six = [address for address in addresses if ":" in address]
    return [
        asked(0, "A", *four, cause="" if four else "dns_no_address"),
        asked(0, "AAAA", *six, cause="" if six else "dns_no_aaaa"),
        system(*addresses),
    ]


def judged(*looks: Observation | list[Observation]) -> Assessment:
    flat: list[Observation] = []
    for look in looks:
        flat += look if isinstance(look, list) else [look]
    return assess(flat)


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


def test_a_tunnel_that_dies_is_the_proxys_and_a_certificate_in_it_is_not() -> None:
    opened = through("proxy", "proxy_ok", "ok")

    dead = judged(names(V4), opened, through("tls", "tls_reset", "fail"))
    inspected = judged(names(V4), opened, through("tls", "tls_inspection", "fail"))

    assert (dead.layer, dead.cause) == ("proxy", "proxy_upstream_failed")
    assert (inspected.layer, inspected.cause) == ("tls", "tls_inspection")


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
