"""What other tools say about the same fault, read as generously as an expert would."""

import re
import shutil
from collections.abc import Callable, Mapping

from bot.evidence.assess import assess
from bot.evidence.pasted import read_pasted
from tests.lab.lab_network import Answer, Host
from tests.lab.lab_pki import HOST

URL = f"https://{HOST}/"
Said = tuple[str, str, str]
"""Layer, cause, activates."""
Peer = Callable[[Host, str], tuple[Said, float]]

_MODULES = """
modules:
  follow: {prober: http, timeout: 10s, http: {}}
  ipv4:
    prober: http
    timeout: 10s
    http: {preferred_ip_protocol: ip4, ip_protocol_fallback: false}
"""
_ASK_EXPORTER = f"""
prometheus-blackbox-exporter --config.file="$1" --web.listen-address=127.0.0.1:9115 2>/dev/null &
exporter=$!
ask() {{ curl -s --noproxy '*' "127.0.0.1:9115/probe?module=$1&target={URL}&debug=true"; }}
until curl -s -o /dev/null --noproxy '*' 127.0.0.1:9115/; do sleep 0.05; done
ask follow & ask ipv4 & wait %2 %3
kill $exporter
"""
#: The exporter's error text → layer and cause; the first that matches.
_ERRORS = (
    (r"no such host", "dns", "dns_nxdomain"),
    (r"server misbehaving", "dns", "dns_servfail"),
    (r"lookup .*i/o timeout|:53: i/o timeout", "dns", "dns_timeout"),
    (r"has expired or is not yet valid", "tls", "tls_expired"),
    (r"signed by unknown authority", "tls", "tls_inspection"),
    (r"certificate is valid for", "tls", "tls_hostname_mismatch"),
    (r"handshake failure|unrecognized name", "tls", "tls_handshake_failure"),
    (r"certificate required|bad certificate", "tls", "tls_client_cert_required"),
    (r"TLS handshake timeout", "tls", "tls_handshake_timeout"),
    (r"x509|tls: ", "tls", "tls_untrusted_ca"),
    (r"connection refused", "tcp", "tcp_refused"),
    (r"network is unreachable", "ip", "no_route"),
    (r"no route to host|permission denied", "ip", "admin_prohibited"),
    (r"dial tcp.*i/o timeout", "tcp", "tcp_timeout"),
    (r"stopped after 10 redirects", "http", "http_redirect_loop"),
    (r"status_code=429|status code\D*429", "http", "http_rate_limited"),
    (r"status_code=403|status code\D*403", "http", "http_forbidden"),
    (r"Invalid HTTP response status code", "http", "http_unexpected_status"),
    (r"deadline exceeded", "http", "http_timeout"),
    (r"EOF|connection reset|malformed", "http", "http_connection_closed"),
)


def ask_curl(host: Host, user: str) -> tuple[Said, float]:
    """`curl -I -w`, read by our own reader of pasted output."""
    command = ["curl", "-sS", "-I", "-m", "30", "-w", "\n%{json}\n", URL]
    answer = host.run(command, user=user)
    judged = assess(read_pasted(f"$ {' '.join(command[:-3])} {URL}\n{answer.both}"))
    return (judged.layer, judged.cause, judged.activates), answer.seconds


def ask_exporter(host: Host, user: str) -> tuple[Said, float]:
    """Two http modules of blackbox_exporter, side by side."""
    config = host.folder / "blackbox.yml"
    config.write_text(_MODULES)
    answer = host.run(["sh", "-c", _ASK_EXPORTER, "ask", str(config)], user=user)
    return read_exporter(answer), answer.seconds


def read_exporter(answer: Answer) -> Said:
    """Works when both modules do; one of two means a family; else the error text speaks."""
    succeeded = answer.output.count("probe_success 1")
    if succeeded == 2:
        return "ok", "ok", "yes"
    if succeeded:
        return "ip", "ipv6_unreachable", "degraded"
    for pattern, layer, cause in _ERRORS:
        if re.search(pattern, answer.output):
            return layer, cause, "no"
    return "unknown", "unclear", "no"


def peers() -> Mapping[str, Peer]:
    """The tools that this machine has."""
    known: dict[str, tuple[str, Peer]] = {
        "curl -I -w '%{json}'": ("curl", ask_curl),
        "blackbox_exporter, two http modules": ("prometheus-blackbox-exporter", ask_exporter),
    }
    return {name: ask for name, (program, ask) in known.items() if shutil.which(program)}
