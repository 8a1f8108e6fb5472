"""What the tests of the merged verdict share: outputs, our own look, and short ways to a note."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.evidence.observation import Fact, Observation, Verdict
from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.merge import merge
from bot.runbook.note import write_note
from bot.runbook.observe import observe_ticket
from tests.factories import NOW, make_context, make_look, make_ticket

BOOK = load_manifests().runbook
PORTAL = "customers.example_company.com"
CURL_WORKS = (
    f"$ curl -I https://{PORTAL}\nHTTP/2 302\nlocation: https://{PORTAL}/customers/sign_in\n"
)
NC_FAILS = (
    f"$ nc -zv {PORTAL} 443\n"
    f"nc: connect to {PORTAL} port 443 (tcp) timed out: Operation now in progress"
)
TIMED_OUT = f"curl: (28) Failed to connect to {PORTAL} port 443 after 9001 ms: Timeout was reached"
INSPECTED = f"""$ openssl s_client -connect {PORTAL}:443
CONNECTED(00000003)
verify error:num=19:self-signed certificate in certificate chain
---
Certificate chain
 0 s:CN = {PORTAL}
   i:C = US, O = Contoso, CN = Contoso Root
 1 s:C = US, O = Contoso, CN = Contoso Root
   i:C = US, O = Contoso, CN = Contoso Root
---
subject=CN = {PORTAL}
issuer=C = US, O = Contoso, CN = Contoso Root
---
Verify return code: 19 (self-signed certificate in certificate chain)"""
FORBIDDEN = (
    f"$ curl -I https://{PORTAL}\nHTTP/1.1 403 Forbidden\nServer: squid/4.1\n"
    "Content-Type: text/html"
)
OURS: Mapping[str, Fact] = {
    "activates": "yes",
    "families": ("IPv4", "IPv6"),
    "addresses": ("172.64.146.11", "2606:4700:4400::6812:292b"),
    "issuer": "CN=WE1,O=Google Trust Services,C=US",
    "http_status": 302,
}
WE_REACH = "We reach the portal over IPv4 and IPv6 (41 s ago)"
BOTH_REACH = f"{WE_REACH}, and so does the customer's own test"


def our_look(
    cause: str = "ok", verdict: Verdict = "ok", *, age: float = 41, **facts: Fact
) -> Observation:
    look = make_look(cause, verdict, vantage="bot:local", facts={**OURS, **facts})
    return replace(look, probe="suite", seen_at=NOW - timedelta(seconds=age))


def one_look(probe: str, cause: str, **facts: Fact) -> Observation:
    return replace(make_look(cause, "ok", vantage="bot:local", facts=facts), probe=probe)


def diagnose(text: str) -> Diagnosis:
    ticket = make_ticket(text)
    return classify(BOOK, ticket, observe_ticket(ticket, BOOK))


def merged_lines(text: str, ours: Observation | None = None) -> tuple[str, ...]:
    return merge(BOOK, diagnose(text), ours or our_look(), NOW).lines


def merged_note(
    text: str, ours: Observation | None = None, *, trouble: tuple[str, ...] = ()
) -> str:
    context = replace(make_context(), control=ours or our_look(), trouble=trouble)
    return write_note(BOOK, diagnose(text), context)
