"""Which of several observations decides?"""

from bot.evidence.headline import headline
from bot.evidence.normalise import normalise
from bot.evidence.observation import CAUSES, Fact, Observation, Verdict
from bot.evidence.pasted import read_pasted


def _seen(cause: str, verdict: Verdict, probe: str = "curl", **facts: Fact) -> Observation:
    return Observation(probe, "", "customer:paste", CAUSES[cause], cause, verdict, facts=facts)


def _decides(*observations: Observation) -> tuple[str, str, str]:
    seen = headline(observations)
    assert seen is not None
    return seen.layer, seen.verdict, seen.cause


def test_lost_pings_mean_nothing_when_a_port_opens() -> None:
    assert _decides(
        _seen("icmp_no_reply", "warn", "ping"), _seen("tcp_ok", "ok", "nc")
    ) == ("ok", "ok", "tcp_ok")  # fmt: skip


def test_the_latest_layer_that_fails_decides() -> None:
    assert _decides(
        _seen("dns_ok", "ok", "dig"), _seen("tcp_ok", "ok", "nc"), _seen("tls_expired", "fail")
    ) == ("tls", "fail", "tls_expired")


def test_rails_failing_beside_a_working_curl_is_a_failure() -> None:
    assert _decides(
        _seen("tls_untrusted_ca", "fail", "ruby"), _seen("http_ok_redirect_signin", "ok")
    ) == ("tls", "fail", "tls_untrusted_ca")


def test_a_later_success_of_the_same_tool_overtakes_the_old_error() -> None:
    old, new = _seen("http_server_error", "fail"), _seen("http_ok_redirect_signin", "ok")

    assert _decides(old, new) == ("ok", "ok", "http_ok_redirect_signin")
    assert _decides(new, old) == ("http", "fail", "http_server_error")


def test_a_success_on_another_machine_heals_nothing() -> None:
    assert _decides(
        _seen("tcp_timeout", "fail", "nc", machine="app2"),
        _seen("http_ok_redirect_signin", "ok", "curl", machine="app1"),
    ) == ("tcp", "fail", "tcp_timeout")


def test_a_public_resolver_does_not_heal_the_own_one() -> None:
    assert _decides(
        _seen("dns_servfail", "fail", "dig"), _seen("dns_ok", "ok", "dig", resolver_named=True)
    ) == ("dns", "fail", "dns_servfail")


def test_a_proven_layer_beats_the_symptom_of_the_page() -> None:
    assert _decides(
        _seen("app_connectivity_generic", "fail", "product"), _seen("tls_expired", "fail")
    ) == ("tls", "fail", "tls_expired")


def test_a_trusted_inspector_is_worth_more_than_a_plain_ok() -> None:
    assert _decides(
        _seen("tls_inspection", "warn"), _seen("http_ok_redirect_signin", "ok")
    ) == ("tls", "warn", "tls_inspection")  # fmt: skip


def test_quotes_come_from_the_original_text() -> None:
    text = "> $ nc -zv h 443\n> nc: connect to h port 443 (tcp) failed:\n> Connection\u00a0refused"

    (seen,) = read_pasted(text)
    assert seen.detail.endswith("> Connection\u00a0refused")


def test_wrapped_lines_are_whole_in_the_flat_view() -> None:
    assert normalise("> a b\n>  c\n\n> d").flat == "a b c d"
