"""What the check script saw of the name: name servers, the system, the hosts file."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bot.evidence.addresses import FILTER_NAMES, address_cause, worst_cause
from bot.evidence.checkscript_block import Block, Record
from bot.evidence.observation import Fact, Observation, Verdict

Saw = Callable[..., Observation]
"""Makes an observation: (probe, target, cause, verdict, detail, facts)."""

_CAUSE_OF: Final[Mapping[str, str]] = {
    "NXDOMAIN": "dns_nxdomain", "REFUSED": "dns_refused", "TIMEOUT": "dns_timeout",
    "UNREACHABLE": "dns_resolver_unreachable", "NOROUTE": "no_route",
}  # fmt: skip
_NOT_FOUND: Final = 2
"""getent(1): one or more keys could not be found."""


def see_names(block: Block, host: str, saw: Saw) -> Iterator[Observation]:
    """Yield one look per question that was asked."""
    for record in block.named("hosts"):
        answers = record.listed("ans")
        if answers:
            detail = f"the hosts file says {', '.join(answers)}"
            yield saw("hosts", host, "dns_hosts_override", "warn", detail, {"answers": answers})
    explained = False
    for record in block.named("dns"):
        look = _see_server(record, host, saw)
        explained = explained or look.cause == "dns_timeout"
        yield look
    for record in block.named("system"):
        yield _see_system(record, host, saw, explained=explained)


def _see_server(record: Record, host: str, saw: Saw) -> Observation:
    server, kind, rcode = record.get("server"), record.get("type"), record.get("rcode")
    facts: dict[str, Fact | None] = {
        "server": server, "dns_server": server, "qtype": kind, "rank": record.whole("rank") or 0,
        "rcode": rcode if rcode in ("NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED") else None,
        "ms": record.number("ms"),
    }  # fmt: skip
    answers = record.listed("ans")
    if rcode != "NOERROR" and not answers:
        cause = _CAUSE_OF.get(rcode, "dns_servfail")
        words = {"TIMEOUT": "no answer", "UNREACHABLE": "port closed", "NOROUTE": "no route"}
        detail = f"{server}: {words.get(rcode, rcode)} for {kind}"
        return saw("dns", host, cause, "fail", detail, facts)
    cname = record.get("cname")
    facts |= {"answers": answers, "cname": cname or None}
    if not answers:
        cause = "dns_no_aaaa" if kind == "AAAA" else "dns_no_address"
        return saw("dns", host, cause, "warn", f"{server}: no {kind} record", facts)
    facts["refused"] = tuple(one for one in answers if address_cause(one) != "dns_ok")
    cause, verdict = _judged(answers)
    if cause == "dns_ok" and FILTER_NAMES.search(cname):
        cause, verdict = "dns_sinkhole", "warn"
    return saw("dns", host, cause, verdict, f"{server}: {', '.join(answers)}", facts)


def _see_system(record: Record, host: str, saw: Saw, *, explained: bool) -> Observation:
    answers, took = record.listed("ans"), record.number("ms")
    if answers:
        refused = tuple(one for one in answers if address_cause(one) != "dns_ok")
        cause, verdict = _judged(answers)
        facts = {"answers": answers, "refused": refused, "ms": took}
        return saw("getaddrinfo", host, cause, verdict, f"getent: first {answers[0]}", facts)
    code = record.whole("rc")
    if code is None or code > _NOT_FOUND:
        cause = "truncated" if explained else "dns_timeout"
        return saw("getaddrinfo", host, cause, "unknown", "getent did not come back", {"ms": took})
    detail = "getent: the system finds no address"
    return saw("getaddrinfo", host, "dns_resolution_failed", "fail", detail, {"ms": took})


def _judged(answers: tuple[str, ...]) -> tuple[str, Verdict]:
    cause = worst_cause(answers)
    if cause == "dns_ok":
        return cause, "ok"
    wrong = all(address_cause(one) != "dns_ok" for one in answers)
    return cause, "fail" if wrong else "warn"


def invented(block: Block) -> frozenset[str]:
    """Addresses of the portal that a name server also has for a name that cannot exist."""
    answers = {ip for record in block.named("dns") for ip in record.listed("ans")}
    made_up = {ip for record in block.named("nonsense") for ip in record.listed("ans")}
    return frozenset(answers & made_up)
