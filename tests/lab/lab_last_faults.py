"""Faults that were invented after the probes had met all others, to see whether these suffice."""

from tests.lab.lab_fault import (
    GOOD,
    NO,
    ONLY_V4,
    RESOLVERS,
    V4,
    V4B,
    V6,
    WORSE,
    Fault,
)
from tests.lab.lab_handles import portal
from tests.lab.lab_oddities import gated, raw
from tests.lab.lab_pki import HOST
from tests.probes.loopback_servers import Reply, Zone

WORSE_OR_FINE = ("degraded", "yes")
FIRST, SECOND = (f"nameserver {server}\n" for server in RESOLVERS)
NOBODY = "".join(f"nameserver 192.168.77.{last}\n" for last in (61, 62, 63))
EIGHT = tuple(f"20.40.60.{last}" for last in range(110, 118))
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
    b'b\r\n{"data":{}}\r\n0\r\n\r\n'
)

LAST = (
    Fault("half_of_all_packets_are_lost", "ip", "packet_loss", WORSE,
          rules=("numgen random mod 2 == 0 drop",)),
    Fault("packets_are_lost_and_pings_are_dropped", "ip", "packet_loss", WORSE_OR_FINE,
          rules=("icmp type echo-request drop", "icmpv6 type echo-request drop",
                 "numgen inc mod 10 { 1, 4, 8 } drop")),
    Fault("only_ipv6_loses_packets", "ip", "packet_loss", WORSE,
          also_causes=("ipv6_unreachable",),
          rules=("meta nfproto ipv6 numgen inc mod 10 { 1, 4, 8 } drop",)),
    Fault("hosts_pins_the_unspecified_address", "dns", "dns_hosts_override", NO,
          also_causes=("dns_sinkhole",), hosts=f"0.0.0.0 {HOST}"),
    Fault("resolv_conf_is_empty", "dns", "dns_resolver_unreachable", NO,
          also_causes=("dns_timeout",), resolv_conf="# nothing\n"),
    Fault("system_asks_only_over_tcp_and_53_is_dropped", "dns", "dns_resolution_failed", NO,
          also_causes=("dns_timeout",), resolv_conf=f"options use-vc\n{FIRST}",
          resolver_rules=("tcp dport 53 drop",)),
    Fault("system_waits_one_second_and_the_answer_takes_longer", "dns", "dns_timeout", NO,
          also_causes=("dns_resolution_failed",), zones=(Zone(GOOD.records, delay=1.6),),
          resolv_conf=f"options timeout:1 attempts:1\n{FIRST}"),
    Fault("fourth_resolver_is_never_asked", "dns", "dns_resolver_unreachable", NO,
          also_causes=("dns_timeout",), resolv_conf=NOBODY + FIRST),
    Fault("own_route_swallows_the_portal", "ip", "no_route", NO, also_layers=("tcp",),
          also_causes=("ip_blackhole", "host_unreachable"), zones=(ONLY_V4,),
          host_lines=(f"route add blackhole {V4}", f"route add blackhole {V4B}")),
    Fault("waf_calls_the_post_a_bad_request", "http", "http_unexpected_status", NO,
          also_causes=("http_block_page",),
          everywhere=portal(graphql=Reply(400, "<html><h1>400 Bad Request</h1></html>"))),
    Fault("answer_is_an_address_of_benchmarks", "dns", "dns_private_answer", NO,
          also_causes=("dns_sinkhole",), zones=(Zone({"A": ("198.18.0.17",)}),)),
    Fault("second_of_two_resolvers_knows_an_internal_address", "ok", "ok", ("yes",), healthy=True,
          zones=(GOOD, Zone({"A": ("10.1.1.1",)}))),
    Fault("only_large_packets_of_ipv4_vanish", "ip", "mtu_blackhole", ("degraded", "no", "yes"),
          rules=("meta nfproto ipv4 meta length > 900 drop",)),
    Fault("post_is_sent_elsewhere", "http", "http_unexpected_status", NO,
          also_causes=("http_redirect_loop", "http_captive_portal"),
          everywhere=portal(graphql=Reply(302, "", {"Location": "/customers/sign_in"}))),
    Fault("edge_allows_six_requests_a_second", "ok", "ok", ("yes", "degraded"), healthy=True,
          also_layers=("http",), also_causes=("http_rate_limited",), zones=(ONLY_V4,),
          everywhere=gated(portal(), portal(everything=Reply(429, "", {"Retry-After": "1"})), 6)),
    Fault("first_five_of_eight_addresses_refuse", "tcp", "tcp_partial", WORSE_OR_FINE,
          zones=(Zone({"A": EIGHT}),), addresses=EIGHT,
          rules=(f"ip daddr {{ {', '.join(EIGHT[:5])} }} tcp dport 443 reject with tcp reset",)),
    Fault("edge_allows_three_connections_a_second", "ok", "ok", ("yes", "degraded"), healthy=True,
          also_layers=("http",), also_causes=("http_rate_limited",), zones=(Zone({"A": (V4,)}),),
          everywhere=gated(portal(), portal(everything=Reply(429)), 3)),
    Fault("answers_in_chunks_and_keeps_the_connection", "ok", "ok", ("yes",), healthy=True,
          everywhere=raw([("POST", CHUNKED)])),
    Fault("one_aaaa_record_of_two_is_a_mapped_private_address", "dns", "dns_private_answer",
          ("degraded", "no", "yes"), also_causes=("dns_sinkhole",),
          zones=(Zone({"A": (V4,), "AAAA": ("::ffff:10.0.0.1", V6)}),)),
)  # fmt: skip
