"""Faults of our own invention, each with what a correct diagnosis says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lab.lab_handles import (
    BLOCKED,
    Serve,
    always,
    hang_up_on_hello,
    odd_cipher,
    plain,
    portal,
    refuses_name,
    says,
    show_own_page,
    swallow_connect,
    tunnel,
    wants_certificate,
    with_tls,
)
from tests.lab.lab_pki import HOST
from tests.probes.loopback_servers import Reply, Zone, http, portal_answers, wait_for_hangup

V4, V4B, DEAD = "20.40.60.80", "20.40.60.81", "20.40.60.99"
V6, V6B = "2a00:1450:4001::80", "2a00:1450:4001::81"
RESOLVERS = ("192.168.77.53", "192.168.77.54")
PROXY = "192.168.77.80"
CAPTIVE = "192.168.77.99"

GOOD = Zone({"A": (V4, V4B), "AAAA": (V6, V6B)})
ONLY_V4 = Zone({"A": (V4, V4B)})
NO_SUCH_NAME = Zone(rcode="NXDOMAIN")
NO_WAY_OUT = "iifname lan0 oifname wan0 drop"
"""Only the proxy has a way out of the company's network."""


@dataclass(frozen=True)
class Fault:
    """A network that is broken, or odd and healthy, in one particular way."""

    id: str
    layer: str
    cause: str
    activates: tuple[str, ...]
    """What may rightly be said; the first is best."""
    also_layers: tuple[str, ...] = ()
    also_causes: tuple[str, ...] = ()
    healthy: bool = False
    zones: tuple[Zone, ...] = (GOOD,)
    hosts: str = ""
    rules: tuple[str, ...] = ()
    """nft rules of the router's forward chain."""
    resolver_rules: tuple[str, ...] = ()
    """nft rules of the router's input chain."""
    nat: tuple[str, ...] = ()
    portals: Mapping[str, Serve] = field(default_factory=dict)
    """Servers of single addresses on port 443; the others run the good portal."""
    everywhere: Serve | None = None
    """The server of all addresses."""
    proxy: Serve | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    captive: Serve | None = None
    """A server on port 80 of the router."""
    trust: str = "public"


USES_PROXY = {"https_proxy": f"http://{PROXY}:3128"}
NO = ("no",)
WORSE = ("degraded", "no")
TO_A, TO_FRONT = (Reply(302, headers={"Location": path}) for path in ("/a", "/"))
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"

FAULTS = (
    Fault("hosts_pins_a_dead_address", "dns", "dns_hosts_override", NO,
          hosts=f"{DEAD} {HOST}"),
    Fault("hosts_pins_loopback", "dns", "dns_hosts_override", NO, hosts=f"127.0.0.1 {HOST}"),
    Fault("first_resolver_knows_no_such_name", "dns", "dns_nxdomain", NO,
          zones=(NO_SUCH_NAME, GOOD)),
    Fault("both_resolvers_silent", "dns", "dns_timeout", NO, zones=(GOOD, GOOD),
          resolver_rules=("udp dport 53 drop",)),
    Fault("first_resolver_has_an_old_address", "ip", "ip_stale_address", NO,
          zones=(Zone({"A": (DEAD,)}), GOOD), also_layers=("dns", "tcp")),
    Fault("first_resolver_refuses", "dns", "dns_refused", ("degraded", "yes"),
          also_causes=("dns_first_resolver_dead",), zones=(Zone(rcode="REFUSED"), GOOD)),
    Fault("ipv6_answer_is_a_sinkhole", "dns", "dns_sinkhole", ("degraded", "no"),
          zones=(Zone({"A": (V4, V4B), "AAAA": ("::",)}),)),
    Fault("ipv6_is_refused", "ip", "ipv6_unreachable", ("yes", "degraded"), also_layers=("tcp",),
          rules=("meta nfproto ipv6 tcp dport 443 reject with tcp reset",)),
    Fault("large_packets_vanish_on_ipv6_only", "ip", "mtu_blackhole", NO,
          rules=("meta nfproto ipv6 meta length > 700 drop",)),
    Fault("one_packet_in_ten_is_lost", "ip", "packet_loss", ("degraded", "yes"),
          rules=("numgen inc mod 10 { 4 } drop",)),
    Fault("ping_and_443_are_dropped_but_80_answers", "tcp", "tcp_timeout", NO,
          rules=("tcp dport 443 drop", "icmp type echo-request drop",
                 "icmpv6 type echo-request drop")),
    Fault("only_443_is_prohibited", "tcp", "admin_prohibited", NO, also_layers=("ip",),
          rules=("tcp dport 443 reject with icmpx type admin-prohibited",)),
    Fault("captive_portal_takes_port_80", "http", "http_captive_portal", NO, zones=(ONLY_V4,),
          rules=("tcp dport 443 reject with tcp reset",),
          nat=(f"tcp dport 80 dnat to {CAPTIVE}",),
          captive=plain({"*": Reply(302, headers={"Location": "http://wifi.hotel.net/login"})})),
    Fault("takes_the_hello_and_stays_silent", "tls", "tls_handshake_timeout", NO,
          everywhere=always(wait_for_hangup)),
    Fault("takes_the_hello_and_hangs_up", "tls", "tls_unexpected_eof", NO,
          also_causes=("tls_reset",), everywhere=always(hang_up_on_hello)),
    Fault("refuses_the_name_politely", "tls", "tls_sni_blocked", NO,
          everywhere=with_tls(http(portal_answers(HOST)), prepare=refuses_name)),
    Fault("inspector_sends_only_its_leaf", "tls", "tls_inspection", NO,
          everywhere=portal("inspected-alone")),
    Fault("intermediate_has_expired", "tls", "tls_expired", NO,
          everywhere=portal("aged-intermediate")),
    Fault("intermediate_is_missing_on_one_address", "tls", "tls_incomplete_chain",
          ("degraded", "no"), portals={V4: portal("alone"), V6: portal("alone")}),
    Fault("a_superfluous_intermediate_is_harmless", "ok", "ok", ("yes",), healthy=True,
          everywhere=portal("aged-and-right")),
    Fault("trust_store_is_empty", "tls", "tls_ca_bundle_missing", NO, trust="nothing"),
    Fault("wants_a_client_certificate_in_tls_1_2", "tls", "tls_client_cert_required", NO,
          everywhere=with_tls(http(portal_answers(HOST)), prepare=wants_certificate)),
    Fault("shares_no_cipher", "tls", "tls_handshake_failure", NO,
          everywhere=with_tls(http(portal_answers(HOST)), prepare=odd_cipher)),
    Fault("post_meets_a_block_page", "http", "http_block_page", NO, trust="company",
          everywhere=portal("inspected", graphql=Reply(200, BLOCKED))),
    Fault("post_meets_polite_json_of_a_filter", "http", "http_block_page", NO, trust="company",
          everywhere=portal("inspected",
                            graphql=Reply(403, '{"error":"blocked","category":"business"}'))),
    Fault("post_is_swallowed", "http", "http_timeout", NO, also_causes=("http_slow",),
          everywhere=portal(graphql=wait_for_hangup)),
    Fault("answers_429", "http", "http_rate_limited", NO, everywhere=portal(everything=Reply(429))),
    Fault("answers_404", "http", "http_unexpected_status", NO,
          everywhere=portal(everything=Reply(404))),
    Fault("front_is_forbidden_but_the_api_answers", "http", "http_forbidden", ("degraded", "yes"),
          everywhere=portal(head=Reply(403), get=Reply(403))),
    Fault("redirects_come_round_in_three_steps", "http", "http_redirect_loop", NO,
          everywhere=portal(
              head=TO_A, get=TO_A, sign_in=TO_FRONT, graphql=TO_FRONT, a=TO_FRONT)),
    Fault("proxy_takes_connections_and_stays_silent", "proxy", "proxy_unreachable", NO,
          environ=USES_PROXY, proxy=always(wait_for_hangup), rules=(NO_WAY_OUT,)),
    Fault("proxy_waits_in_vain_for_the_portal", "proxy", "proxy_upstream_failed", NO,
          environ=USES_PROXY, proxy=always(swallow_connect), rules=(NO_WAY_OUT,)),
    Fault("proxy_says_502", "proxy", "proxy_upstream_failed", NO, environ=USES_PROXY,
          proxy=says(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), rules=(NO_WAY_OUT,)),
    Fault("proxy_opens_a_tunnel_and_hangs_up", "proxy", "proxy_upstream_failed", NO,
          environ=USES_PROXY, proxy=says(OPENED), rules=(NO_WAY_OUT,)),
    Fault("proxy_opens_a_tunnel_to_its_own_page", "proxy", "proxy_forbidden", NO,
          environ=USES_PROXY,
          proxy=says(OPENED, then=show_own_page), rules=(NO_WAY_OUT,)),
    Fault("proxy_inspects", "tls", "tls_inspection", NO, environ=USES_PROXY,
          proxy=always(tunnel), everywhere=portal("inspected"), rules=(NO_WAY_OUT,)),
    Fault("proxy_blocks_with_a_page", "http", "http_block_page", NO, environ=USES_PROXY,
          proxy=always(tunnel), trust="company", rules=(NO_WAY_OUT,),
          everywhere=portal("inspected", everything=Reply(403, BLOCKED))),
    Fault("proxy_answers_with_ssh", "proxy", "proxy_unreachable", NO, environ=USES_PROXY,
          proxy=always(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))),
    Fault("proxy_is_excepted_by_suffix", "ok", "ok", ("yes",), healthy=True,
          environ={"https_proxy": f"http://{PROXY}:9", "no_proxy": ".example_company.com"}),
    Fault("second_resolver_is_dead", "ok", "ok", ("yes",), healthy=True, zones=(GOOD, GOOD),
          resolver_rules=(f"ip daddr {RESOLVERS[1]} drop",)),
    Fault("hosts_says_what_dns_says", "ok", "ok", ("yes",), healthy=True, hosts=f"{V4} {HOST}"),
    Fault("expired_on_the_second_address_only", "tls", "tls_expired", ("degraded",),
          zones=(ONLY_V4,), portals={V4B: portal("expired")}),
)  # fmt: skip
BY_ID = {fault.id: fault for fault in FAULTS}
