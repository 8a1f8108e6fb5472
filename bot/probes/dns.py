"""What does each name server say about this name, and what does the system make of it?"""

import errno
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from bot.evidence.observation import Fact, Observation, Verdict
from bot.probes.patience import Deadline, milliseconds_since
from bot.probes.recorder import Recorder, endpoint
from bot.probes.special_addresses import kind_of
from bot.probes.surroundings import Resolve

Special = Callable[[str], str]
"""Why an address is not probed; an empty string when it is."""

#: When a question is sent again, in seconds; then a while for the last one's answer.
_SENDS: Final = (0.0, 1.0, 2.5)
_PATIENCE: Final = 3.7
_CAUSE_OF_RCODE: Final = {"NXDOMAIN": "dns_nxdomain", "REFUSED": "dns_refused"}
#: A filter that answers with its own name usually says so in it.
_FILTER_WORDS: Final = ("block", "filter", "sinkhole", "rpz", "walled", "captive", "denied")


class _Silence(Exception):  # noqa: N818  a result
    pass


@dataclass(frozen=True, slots=True)
class Question:
    """One record type, asked of one name server."""

    host: str
    server: str
    kind: str
    """``A`` or ``AAAA``."""
    rank: int = 0
    """Place of the server in resolv.conf."""
    port: int = 53


def ask(
    recorder: Recorder, question: Question, special: Special, deadline: Deadline
) -> Observation:
    """Ask one name server for one record type, as the stub resolver would."""
    start, host, server = time.monotonic(), question.host, question.server
    facts: dict[str, Fact | None] = {
        "server": server, "qtype": question.kind, "rank": question.rank,
    }  # fmt: skip
    try:
        answer = _exchange(question, deadline.within(_PATIENCE))
        if _rcode(answer) == "SERVFAIL" and deadline.left() > 1:
            answer = _exchange(question, deadline.within(_PATIENCE))
    except _Silence:
        detail = f"{server} did not answer the question for {question.kind}"
        facts["ms"] = milliseconds_since(start)
        return recorder.saw("dns", host, "dns_timeout", "fail", detail, facts)
    except OSError as error:
        facts["ms"] = milliseconds_since(start)
        cause = "no_route" if error.errno == errno.ENETUNREACH else "dns_resolver_unreachable"
        return recorder.saw("dns", host, cause, "fail", f"{server}: {error.strerror}", facts)
    facts["ms"] = milliseconds_since(start)
    return _read(recorder, host, answer, facts, special)


def ask_system(
    recorder: Recorder, host: str, port: int, resolve: Resolve, special: Special
) -> Observation:
    """Ask the system resolver (hosts file, NSS); run it where it can be left behind."""
    start = time.monotonic()
    try:
        answers = tuple(resolve(host, port))
    except socket.gaierror as error:
        facts: dict[str, Fact | None] = {"eai": error.errno, "ms": milliseconds_since(start)}
        detail = f"getaddrinfo: {error.strerror}"
        return recorder.saw("getaddrinfo", host, "dns_resolution_failed", "fail", detail, facts)
    except (OSError, UnicodeError) as error:
        return recorder.saw("getaddrinfo", host, "dns_resolution_failed", "fail", str(error))
    facts = {"answers": answers, "ms": milliseconds_since(start)}
    cause, verdict = _judge_addresses(answers, special)
    facts["refused"] = tuple(answer for answer in answers if special(answer))
    return recorder.saw("getaddrinfo", host, cause, verdict, "first " + answers[0], facts)


def read_override(recorder: Recorder, host: str, addresses: tuple[str, ...]) -> Observation:
    """Report that the hosts file names this host: DNS is not asked then."""
    detail = f"the hosts file says {', '.join(addresses)}"
    facts: dict[str, Fact | None] = {"answers": addresses}
    return recorder.saw("hosts", host, "dns_hosts_override", "warn", detail, facts)


def _exchange(question: Question, deadline: Deadline) -> dns.message.Message:
    query = dns.message.make_query(question.host, question.kind)
    answer = _by_udp(query, question, deadline)
    if not answer.flags & dns.flags.TC:
        return answer
    try:
        return dns.query.tcp(query, question.server, timeout=deadline.left(), port=question.port)
    except (dns.exception.DNSException, OSError, EOFError):
        # Truncated, and the whole answer cannot be had: for the client the server is silent.
        raise _Silence from None


def _by_udp(
    query: dns.message.Message, question: Question, deadline: Deadline
) -> dns.message.Message:
    version = socket.AF_INET6 if ":" in question.server else socket.AF_INET
    start = time.monotonic()
    with socket.socket(version, socket.SOCK_DGRAM) as sock:
        # Connected, so that a closed port comes back as ECONNREFUSED instead of silence.
        sock.connect((question.server, question.port))
        for again in (*_SENDS[1:], _PATIENCE):
            sock.send(query.to_wire())
            answer = _receive(sock, query, Deadline(min(start + again, deadline.until)))
            if answer is not None:
                return answer
            if deadline.passed:
                break
    raise _Silence


def _receive(
    sock: socket.socket, query: dns.message.Message, deadline: Deadline
) -> dns.message.Message | None:
    while not deadline.passed:
        sock.settimeout(deadline.left())
        try:
            answer = dns.message.from_wire(sock.recv(65535), ignore_trailing=True)
        except TimeoutError:
            return None
        except dns.exception.DNSException:
            continue
        if query.is_response(answer):
            return answer
    return None


def _rcode(answer: dns.message.Message) -> str:
    return dns.rcode.to_text(answer.rcode())


def _read(
    recorder: Recorder,
    host: str,
    answer: dns.message.Message,
    facts: dict[str, Fact | None],
    special: Special,
) -> Observation:
    rcode, kind, server = _rcode(answer), str(facts["qtype"]), facts["server"]
    facts["rcode"] = rcode
    if rcode != "NOERROR":
        cause = _CAUSE_OF_RCODE.get(rcode, "dns_servfail")
        return recorder.saw("dns", host, cause, "fail", f"{server}: {rcode} for {kind}", facts)
    addresses, names = _contents(answer, kind)
    facts["answers"], facts["cname"] = addresses, names or None
    if not addresses:
        cause = "dns_no_aaaa" if kind == "AAAA" else "dns_no_address"
        return recorder.saw("dns", host, cause, "warn", f"{server}: no {kind} record", facts)
    facts["refused"] = tuple(address for address in addresses if special(address))
    cause, verdict = _judge_addresses(addresses, special)
    if names and cause == "dns_ok" and any(word in names[-1] for word in _FILTER_WORDS):
        cause, verdict = "dns_sinkhole", "warn"
    where = endpoint(str(server), 53) if ":" in str(server) else server
    return recorder.saw("dns", host, cause, verdict, f"{where}: {', '.join(addresses)}", facts)


def _contents(answer: dns.message.Message, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    wanted = dns.rdatatype.from_text(kind)
    addresses = tuple(
        str(record.to_text()) for rrset in answer.answer if rrset.rdtype == wanted
        for record in rrset
    )  # fmt: skip
    names = tuple(
        str(record.target.to_text(omit_final_dot=True)).lower()
        for rrset in answer.answer
        if rrset.rdtype == dns.rdatatype.CNAME
        for record in rrset
    )
    return addresses, names


def _judge_addresses(addresses: tuple[str, ...], special: Special) -> tuple[str, Verdict]:
    reasons = [reason for reason in map(special, addresses) if reason]
    if not reasons:
        return "dns_ok", "ok"
    cause = "dns_sinkhole" if kind_of(reasons[0]) == "sinkhole" else "dns_private_answer"
    return cause, "fail" if len(reasons) == len(addresses) else "warn"
