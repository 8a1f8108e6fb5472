"""More faults, of answers and proxies, and networks that are odd and healthy."""

import ssl

from tests.lab.lab_fault import (
    FINE,
    GOOD,
    NO,
    NO_SUCH_NAME,
    NO_WAY_OUT,
    ONLY_V4,
    PROXY,
    RESOLVERS,
    USES_PROXY,
    V4,
    V6,
    WORSE,
    Fault,
)
from tests.lab.lab_handles import always, portal, says, swallow_connect, tunnel, with_tls
from tests.lab.lab_oddities import (
    asks_only,
    drip,
    hang_up_on_connect,
    in_turn,
    json,
    only,
    packed,
    raw,
    reset_at_once,
    slow_after_connect,
    socks,
    tls_proxy,
    wants,
)
from tests.lab.lab_pki import HOST
from tests.probes.loopback_servers import Reply, Zone, http, portal_answers, wait_for_hangup

WELL = http(portal_answers(HOST))
PAGE = Reply(200, "<html><title>One moment</title><script>challenge()</script></html>",
             {"Content-Type": "text/html"})  # fmt: skip
GUEST = Reply(200, '<html><meta http-equiv="refresh" content="0;url=https://guest.acme.example/">')
LOGIN = Reply(407, "", {"Proxy-Authenticate": "Negotiate"})
TO_PLAIN = Reply(301, "", {"Location": f"http://{HOST}/"})
TO_STATUS = Reply(302, "", {"Location": "https://status.example_company.com/maintenance"})
CHUNKS = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n{"data":'
ANSWER = b'{"errors":[{"message":"No query string was present"}]}'
OLD = b"HTTP/1.0 302 Found\r\nLocation: https://" + HOST.encode() + b"/customers/sign_in\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
HINTED = HINTS + b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER
MANY4 = tuple(f"20.40.60.{last}" for last in range(100, 106))
MANY6 = tuple(f"2a00:1450:4001::10{last}" for last in range(6))
INSIDE_NAT64 = "64:ff9b::1428:3c50"
BY_NAME = {"https_proxy": "http://proxy.acme.internal:3128"}

ANSWERS = (
    Fault("every_other_connection_meets_a_broken_back_end", "http", "http_server_error", WORSE,
          everywhere=in_turn(portal(), portal(everything=Reply(503)))),
    Fault("api_answers_with_a_web_page", "http", "http_unexpected_status", NO,
          also_causes=("http_block_page", "http_server_error"), everywhere=portal(graphql=PAGE)),
    Fault("answer_is_cut_within_its_chunks", "http", "http_connection_closed", NO,
          everywhere=raw([("GET /customers", CHUNKS), ("POST", CHUNKS)])),
    Fault("post_is_reset", "http", "http_connection_closed", NO,
          everywhere=portal(graphql=reset_at_once)),
    Fault("api_answers_in_broken_gzip", "http", "http_unexpected_status", NO,
          also_causes=("http_connection_closed",),
          everywhere=raw([("POST", packed(ANSWER, broken=True))])),
    Fault("only_the_sign_in_page_trickles", "http", "http_slow", ("degraded", "yes"),
          also_causes=("http_timeout",), everywhere=portal(sign_in=drip)),
    Fault("https_leads_back_to_http", "http", "http_redirect_loop", NO,
          also_causes=("http_unexpected_status",), everywhere=portal(everything=TO_PLAIN)),
    Fault("portal_leads_to_its_status_page", "http", "http_unexpected_status", NO,
          also_causes=("http_server_error",), everywhere=portal(everything=TO_STATUS)),
    Fault("everything_meets_a_script_challenge", "http", "http_unexpected_status", NO,
          also_causes=("http_forbidden", "http_block_page"), everywhere=portal(everything=PAGE)),
    Fault("post_is_not_allowed", "http", "http_forbidden", NO,
          also_causes=("http_unexpected_status",), everywhere=portal(graphql=Reply(405))),
    Fault("api_gateway_forbids_in_json", "http", "http_forbidden", NO,
          everywhere=portal(graphql=json(403, '{"message":"Forbidden"}'))),
    Fault("inspector_wants_a_login", "proxy", "proxy_auth_required", NO, also_layers=("http",),
          trust="company", everywhere=portal("inspected", everything=LOGIN)),
    Fault("guest_page_comes_with_status_200", "http", "http_captive_portal", NO, trust="company",
          also_causes=("http_block_page",), everywhere=portal("inspected", everything=GUEST)),
    Fault("squid_cannot_reach_the_portal", "http", "http_server_error", NO, trust="company",
          also_layers=("proxy",), also_causes=("http_block_page", "proxy_upstream_failed"),
          everywhere=portal("inspected", everything=Reply(
              503, "<title>ERROR: The requested URL could not be retrieved</title>",
              {"X-Squid-Error": "ERR_CONNECT_FAIL 110", "Via": "1.1 gw (squid/5.7)"}))),
)  # fmt: skip

PROXIES = (
    Fault("proxy_wants_kerberos", "proxy", "proxy_auth_required", NO, environ=USES_PROXY,
          proxy=says(b"HTTP/1.1 407 Authentication\r\nProxy-Authenticate: Negotiate\r\n"
                     b"Proxy-Authenticate: NTLM\r\nConnection: close\r\n\r\n"),
          rules=(NO_WAY_OUT,)),
    Fault("proxy_speaks_only_tls", "proxy", "proxy_unreachable", NO,
          environ={"https_proxy": f"https://{PROXY}:3128"}, proxy=tls_proxy, rules=(NO_WAY_OUT,)),
    Fault("proxy_variable_names_a_socks_server", "proxy", "proxy_unreachable", NO,
          environ={"https_proxy": f"socks5://{PROXY}:3128"}, proxy=always(socks),
          rules=(NO_WAY_OUT,)),
    Fault("proxy_hangs_up_on_connect", "proxy", "proxy_forbidden", NO, environ=USES_PROXY,
          also_causes=("proxy_upstream_failed",), proxy=always(hang_up_on_connect),
          rules=(NO_WAY_OUT,)),
    Fault("proxy_opens_a_tunnel_and_stays_silent", "proxy", "proxy_upstream_failed", NO,
          environ=USES_PROXY, rules=(NO_WAY_OUT,),
          proxy=says(b"HTTP/1.1 200 Connection established\r\n\r\n", then=wait_for_hangup)),
    Fault("proxy_says_504", "proxy", "proxy_upstream_failed", NO, environ=USES_PROXY,
          proxy=says(b"HTTP/1.1 504 Gateway Time-out\r\nContent-Length: 2\r\n\r\nno"),
          rules=(NO_WAY_OUT,)),
    Fault("proxy_sends_to_a_login_page", "proxy", "proxy_forbidden", NO, environ=USES_PROXY,
          also_causes=("proxy_auth_required",), rules=(NO_WAY_OUT,),
          proxy=says(b"HTTP/1.1 302 Found\r\nLocation: http://login.acme.example/\r\n\r\n")),
    Fault("lower_case_variable_wins_and_is_dead", "proxy", "proxy_unreachable", NO,
          environ={"https_proxy": f"http://{PROXY}:9", "HTTPS_PROXY": f"http://{PROXY}:3128"},
          proxy=always(tunnel), rules=(NO_WAY_OUT,)),
    Fault("empty_lower_case_variable_hides_the_proxy", "tcp", "tcp_timeout", NO,
          also_layers=("ip",), also_causes=("ip_blackhole",),
          environ={"https_proxy": "", "HTTPS_PROXY": f"http://{PROXY}:3128"},
          proxy=always(tunnel), rules=(NO_WAY_OUT,)),
    Fault("proxy_address_lacks_its_scheme", "proxy", "proxy_unreachable", NO,
          also_causes=("proxy_unresolvable",), environ={"https_proxy": f"{PROXY}:3128"},
          proxy=always(tunnel), rules=(NO_WAY_OUT,)),
    Fault("first_of_two_proxy_addresses_is_silent", "proxy", "proxy_unreachable", WORSE,
          environ=BY_NAME, proxy=always(tunnel), rules=(NO_WAY_OUT,),
          resolver_rules=("ip daddr 192.168.77.99 tcp dport 3128 drop",),
          zones=(Zone(names={HOST: GOOD, "proxy.acme.internal": Zone(
              {"A": ("192.168.77.99", PROXY)})}),)),
    Fault("proxy_is_fine_and_the_portal_is_expired", "tls", "tls_expired", NO, environ=USES_PROXY,
          proxy=always(tunnel), everywhere=portal("expired"), rules=(NO_WAY_OUT,)),
    Fault("proxy_swallows_connect_but_the_direct_way_works", "proxy", "proxy_upstream_failed", NO,
          environ=USES_PROXY, proxy=always(swallow_connect)),
)  # fmt: skip

HEALTHY = tuple(Fault(name, "ok", cause, FINE, healthy=True, **more) for name, cause, more in (
    ("resolver_takes_a_second", "ok", {"zones": (Zone(GOOD.records, delay=1.0),)}),
    ("ipv4_has_no_route_and_nat64_works", "ok", {
        "zones": (Zone({"A": (V4,), "AAAA": (INSIDE_NAT64,)}),), "addresses": (INSIDE_NAT64,),
        "host_lines": ("route del default via 192.168.77.1",), "also_layers": ("ip",),
        "also_causes": ("ipv4_unreachable",)}),
    ("ipv6_is_absent_and_pings_are_dropped", "icmp_no_reply", {
        "zones": (ONLY_V4,), "host_lines": ("addr flush dev eth0 scope global",
        "addr add 192.168.77.10/24 dev eth0", "route add default via 192.168.77.1"),
        "rules": ("icmp type echo-request drop",)}),
    ("name_has_twelve_addresses", "ok", {
        "zones": (Zone({"A": MANY4, "AAAA": MANY6}),), "addresses": (*MANY4, *MANY6)}),
    ("chain_is_very_long", "ok", {"everywhere": portal("long")}),
    ("only_tls_1_2", "ok", {"everywhere": with_tls(WELL, prepare=only(ssl.TLSVersion.TLSv1_2))}),
    ("only_tls_1_3", "ok", {"everywhere": with_tls(WELL, prepare=only(ssl.TLSVersion.TLSv1_3))}),
    ("answers_in_http_1_0_and_closes", "ok", {"everywhere": raw([("HEAD", OLD)])}),
    ("must_staple_without_a_staple", "ok", {"everywhere": portal("must-staple")}),
    ("certificate_with_a_wildcard", "ok", {"everywhere": portal("wildcard")}),
    ("certificate_names_the_host_in_its_common_name", "ok", {
        "everywhere": portal("common-name")}),
    ("asks_for_a_certificate_and_needs_none", "ok", {
        "everywhere": with_tls(WELL, prepare=asks_only)}),
    ("api_answers_in_gzip_unasked", "ok", {"everywhere": raw([("POST", packed(ANSWER))])}),
    ("early_hints_come_before_the_answer", "ok", {"everywhere": raw([("POST", HINTED)])}),
    ("small_mtu_with_working_discovery", "ok", {
        "router_lines": ("link set wan0 mtu 1280",)}),
    ("three_packets_in_a_hundred_are_lost", "ok", {
        "rules": ("numgen inc mod 33 { 7 } drop",), "also_layers": ("ip",),
        "also_causes": ("packet_loss",)}),
    ("answer_is_cut_and_tcp_53_works", "ok", {"zones": (Zone(GOOD.records, truncated=True),)}),
    ("aaaa_is_nxdomain_while_a_exists", "ok", {
        "zones": (Zone(ONLY_V4.records, rcodes={"AAAA": "NXDOMAIN"}),), "also_layers": ("dns",),
        "also_causes": ("dns_nxdomain",)}),
    ("first_resolver_only_refers_to_others", "ok", {
        "zones": (Zone(recursive=False), GOOD), "also_layers": ("dns",),
        "also_causes": ("dns_first_resolver_dead", "dns_no_address")}),
    ("search_list_knows_nothing", "ok", {
        "zones": (Zone(names={HOST: GOOD, "*.corp.lan": NO_SUCH_NAME}),),
        "resolv_conf": f"search corp.lan\noptions ndots:5\nnameserver {RESOLVERS[0]}\n"}),
    ("hosts_names_one_good_ipv6_address", "ok", {"hosts": f"{V6} {HOST}"}),
    ("front_door_redirects_for_good_and_relatively", "ok", {"everywhere": portal(
        head=Reply(301, "", {"Location": "/customers/sign_in"}))}),
    ("api_says_unprocessable_in_json", "ok", {
        "everywhere": portal(graphql=json(422, '{"message":"no query"}'))}),
    ("proxy_takes_its_password", "proxy_ok", {
        "environ": {"https_proxy": f"http://bot:s%40fe@{PROXY}:3128"}, "rules": (NO_WAY_OUT,),
        "proxy": always(wants("Ym90OnNAZmU=", tunnel))}),
    ("proxy_takes_two_seconds_for_each_tunnel", "proxy_ok", {
        "environ": USES_PROXY, "rules": (NO_WAY_OUT,), "also_layers": ("http",),
        "also_causes": ("http_slow",), "proxy": always(slow_after_connect(2.0, tunnel))}),
    ("proxy_is_excepted_by_address_range", "ok", {
        "zones": (ONLY_V4,), "environ": {"https_proxy": f"http://{PROXY}:9",
                                          "no_proxy": "10.0.0.0/8,20.40.60.0/24"}}),
    ("proxy_is_set_for_http_only", "ok", {
        "environ": {"http_proxy": f"http://{PROXY}:9", "HTTP_PROXY": f"http://{PROXY}:9"}}),
    ("all_proxy_is_dead_and_nobody_reads_it", "ok", {
        "environ": {"ALL_PROXY": f"http://{PROXY}:9", "all_proxy": f"http://{PROXY}:9"}}),
    ("firewall_lets_six_new_connections_a_second_through", "ok", {
        "zones": (ONLY_V4,), "also_layers": ("ip", "http"),
        "also_causes": ("packet_loss", "http_slow"),
        "rules": ("tcp dport 443 ct state new limit rate over 6/second burst 6 packets drop",)}),
))  # fmt: skip
LATER = (*ANSWERS, *PROXIES, *HEALTHY)
