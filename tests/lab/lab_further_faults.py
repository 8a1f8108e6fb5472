"""More faults, of names, addresses and handshakes; the truth was written before they were run."""

from dataclasses import replace

from tests.lab.lab_fault import (
    DEAD,
    GOOD,
    NO,
    NO_SUCH_NAME,
    ONLY_V4,
    RESOLVERS,
    V4,
    V4B,
    V6,
    V6B,
    WORSE,
    Fault,
)
from tests.lab.lab_handles import always, portal, with_tls
from tests.lab.lab_oddities import (
    after,
    banner,
    denies_name,
    fails_inside,
    half_a_flight,
    in_turn,
    reset_at_once,
    reset_on_hello,
)
from tests.lab.lab_pki import HOST
from tests.probes.loopback_servers import Zone, http, portal_answers, wait_for_hangup

UMBRELLA = "146.112.61.104"
WELL = http(portal_answers(HOST))
CLUSTER = Zone(rcode="NXDOMAIN", names={
    HOST: GOOD, f"*.{HOST}.corp.lan": NO_SUCH_NAME, f"{HOST}.corp.lan": Zone({"A": ("10.9.9.9",)}),
})  # fmt: skip
SEARCHES = "search corp.lan\noptions ndots:5\n"
FIRST = f"nameserver {RESOLVERS[0]}\n"

NAMES = (
    Fault("alias_points_to_itself", "dns", "dns_no_address", NO, also_causes=("dns_servfail",),
          zones=(Zone(aliases=("edge.example.net.", f"{HOST}.")),)),
    Fault("alias_points_to_nothing", "dns", "dns_nxdomain", NO,
          zones=(Zone(rcode="NXDOMAIN", aliases=("gone.example.net.",)),)),
    Fault("answer_is_cut_and_tcp_53_is_dropped", "dns", "dns_timeout", NO,
          also_causes=("dns_resolver_unreachable", "dns_servfail"),
          zones=(replace(GOOD, truncated=True),), resolver_rules=("tcp dport 53 drop",)),
    Fault("both_resolvers_do_not_implement_the_question", "dns", "dns_servfail", NO,
          also_causes=("dns_refused",), zones=(Zone(rcode="NOTIMP"), Zone(rcode="NOTIMP"))),
    Fault("first_resolver_refuses_and_second_knows_no_such_name", "dns", "dns_nxdomain", NO,
          also_causes=("dns_refused",), zones=(Zone(rcode="REFUSED"), NO_SUCH_NAME)),
    Fault("resolver_answers_with_another_id", "dns", "dns_timeout", NO,
          zones=(replace(GOOD, wrong_id=True),)),
    Fault("resolver_answers_from_another_address", "dns", "dns_timeout", NO,
          also_causes=("dns_resolver_unreachable",),
          router_out=("udp sport 53 ip saddr set 192.168.77.1",)),
    Fault("first_resolver_has_the_name_without_addresses", "dns", "dns_no_address", NO,
          zones=(Zone(), GOOD)),
    Fault("search_list_comes_before_the_name", "dns", "dns_private_answer", NO,
          also_causes=("dns_sinkhole",), zones=(CLUSTER,), resolv_conf=SEARCHES + FIRST),
    Fault("dns_filter_leads_to_its_block_page", "dns", "dns_sinkhole", NO, also_layers=("tls",),
          zones=(Zone({"A": (UMBRELLA,)}),), addresses=(UMBRELLA,),
          everywhere=portal("unknown")),
    Fault("first_resolver_is_an_ipv6_address_where_nobody_is", "dns", "dns_first_resolver_dead",
          ("degraded", "yes"), resolv_conf=f"nameserver 2a02:8071:77::dead\n{FIRST}"),
    Fault("resolver_takes_four_seconds", "dns", "dns_timeout", ("degraded", "yes"),
          also_layers=("ok",), also_causes=("ok",), zones=(replace(GOOD, delay=4.2),)),
    Fault("own_firewall_forbids_questions", "dns", "dns_resolver_unreachable", NO,
          also_causes=("dns_timeout", "dns_refused"),
          host_rules=("udp dport 53 drop", "tcp dport 53 drop")),
    Fault("hosts_pins_another_live_server", "dns", "dns_hosts_override", NO, also_layers=("tls",),
          hosts=f"{DEAD[:-2]}82 {HOST}", addresses=("20.40.60.82",),
          portals={"20.40.60.82": portal("other-host")}),
)  # fmt: skip

ADDRESSES = (
    Fault("router_says_host_unreachable_for_443", "ip", "host_unreachable", NO,
          also_layers=("tcp",), also_causes=("admin_prohibited", "ip_blackhole"), zones=(ONLY_V4,),
          rules=("tcp dport 443 reject with icmp type host-unreachable",)),
    Fault("router_says_net_unreachable", "ip", "no_route", NO, zones=(ONLY_V4,),
          also_causes=("host_unreachable",),
          rules=("oifname wan0 reject with icmp type net-unreachable",)),
    Fault("answers_to_the_syn_are_lost_on_the_way_back", "tcp", "tcp_timeout", NO,
          rules=("tcp sport 443 drop",)),
    Fault("everything_but_the_tcp_handshake_is_lost", "tls", "tls_handshake_timeout", NO,
          also_layers=("ip",), also_causes=("mtu_blackhole",),
          rules=("tcp dport 443 tcp flags & psh == psh drop",)),
    Fault("gateway_is_not_there", "ip", "host_unreachable", NO,
          also_causes=("ip_blackhole", "no_route"), zones=(ONLY_V4,),
          host_lines=("route replace default via 192.168.77.200",)),
    Fault("own_firewall_drops_443", "tcp", "tcp_timeout", NO, also_layers=("ip",),
          host_rules=("tcp dport 443 drop",)),
    Fault("own_route_prohibits_the_portal", "ip", "admin_prohibited", NO, also_layers=("tcp",),
          also_causes=("no_route",), zones=(ONLY_V4,),
          host_lines=(f"route add prohibit {V4}", f"route add prohibit {V4B}")),
    Fault("large_packets_vanish_on_the_way_out", "ip", "mtu_blackhole", NO,
          also_layers=("http",), also_causes=("http_timeout",), zones=(ONLY_V4,),
          rules=("oifname wan0 meta length > 1000 drop",)),
    Fault("ipv4_is_lost_and_ipv6_has_an_expired_certificate", "tls", "tls_expired", NO,
          rules=("ip protocol tcp ip daddr 20.40.60.0/24 drop",), everywhere=portal("expired")),
    Fault("one_address_of_four_is_silent_in_tls", "tls", "tls_handshake_timeout", WORSE,
          portals={V4B: always(wait_for_hangup)}),
)  # fmt: skip

HANDSHAKES = (
    Fault("connection_is_reset_before_the_hello", "tls", "tls_reset", NO, also_layers=("tcp",),
          also_causes=("tcp_reset",), everywhere=always(reset_at_once)),
    Fault("every_hello_is_reset", "tls", "tls_reset", NO, everywhere=always(reset_on_hello)),
    Fault("handshake_is_cut_within_the_certificate", "tls", "tls_unexpected_eof", NO,
          also_causes=("tls_reset", "tls_handshake_failure"),
          everywhere=half_a_flight("leaf", lambda _connection: None)),
    Fault("handshake_stalls_within_the_certificate", "tls", "tls_handshake_timeout", NO,
          everywhere=half_a_flight("leaf", wait_for_hangup)),
    Fault("every_other_connection_meets_an_expired_certificate", "tls", "tls_expired", WORSE,
          everywhere=in_turn(portal(), portal("expired"))),
    Fault("ssh_answers_on_443", "tls", "tls_not_tls", NO,
          everywhere=always(banner(b"SSH-2.0-OpenSSH_9.2p1\r\n"))),
    Fault("name_is_denied_access", "tls", "tls_sni_blocked", NO,
          also_causes=("tls_handshake_failure",),
          everywhere=with_tls(WELL, prepare=denies_name)),
    Fault("every_hello_meets_an_internal_error", "tls", "tls_handshake_failure", NO,
          everywhere=with_tls(WELL, prepare=fails_inside)),
    Fault("authority_may_not_speak_for_the_name", "tls", "tls_untrusted_ca", NO,
          also_causes=("tls_inspection",), everywhere=portal("constrained")),
    Fault("certificate_is_for_clients", "tls", "tls_untrusted_ca", NO,
          also_causes=("tls_handshake_failure",), everywhere=portal("for-clients")),
    Fault("key_is_too_short", "tls", "tls_weak_key", NO, everywhere=portal("weak")),
    Fault("unknown_authority_sends_only_its_leaf", "tls", "tls_inspection", NO,
          also_causes=("tls_untrusted_ca",), everywhere=portal("unknown-alone")),
    Fault("unknown_authority_calls_itself_a_company", "tls", "tls_inspection", NO,
          also_causes=("tls_untrusted_ca",), everywhere=portal("unknown")),
    Fault("certificate_is_not_valid_yet_on_ipv6", "tls", "tls_not_yet_valid", NO,
          portals={V6: portal("early"), V6B: portal("early")}),
    Fault("handshake_takes_three_seconds", "ok", "ok", ("yes", "degraded"), healthy=True,
          also_layers=("tls", "http"), also_causes=("http_slow", "tls_handshake_timeout"),
          zones=(ONLY_V4,), everywhere=after(3.0, portal())),
)  # fmt: skip
FURTHER = (*NAMES, *ADDRESSES, *HANDSHAKES)
