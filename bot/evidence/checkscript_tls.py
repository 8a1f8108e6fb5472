"""What the check script saw of the handshake with each address, in up to three ways."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.evidence.checkscript_block import Block, Record
from bot.evidence.checkscript_names import Saw
from bot.evidence.checkscript_network import by_address, connected
from bot.evidence.issuers import issuer_kind
from bot.evidence.observation import Fact, Observation, Verdict

#: Words of OpenSSL and curl → cause; the first that matches.
_SAID: Final = tuple(
    (re.compile(words, re.IGNORECASE), cause)
    for words, cause in (
        (r"certificate required|client certificate", "tls_client_cert_required"),
        (r"unrecognized name", "tls_unrecognized_name"),
        (r"protocol version|unsupported protocol|version too", "tls_protocol_version"),
        (r"legacy sigalg|no protocols|unsafe legacy", "tls_protocol_version"),
        (r"wrong version number|packet length|http request|unknown protocol", "tls_not_tls"),
        (r"bad record type|record layer failure", "tls_not_tls"),
        (r"key too small|md too weak|ee key", "tls_weak_key"),
        (r"has expired", "tls_expired"), (r"not yet (?:valid|been activ)", "tls_not_yet_valid"),
        (r"subject (?:alternative )?name|host ?name mismatch|(?:does not|doesn.t) match",
         "tls_hostname_mismatch"),
        (r"self.signed certificate in", "tls_inspection"),
        (r"self.signed", "tls_self_signed"),
        (r"local issuer|verify the first|unknown ca\b", "tls_untrusted_ca"),
        (r"verify the issuer|known issuer|not trusted", "tls_untrusted_ca"),
        (r"error setting certificate|problem with the ssl ca", "tls_ca_bundle_missing"),
        (r"unexpected eof", "tls_unexpected_eof"),
        (r"errno=104|reset by peer|connection reset", "tls_reset"),
        (r"syscall|errno=0\b|errno=32", "tls_unexpected_eof"),
        (r"alert|handshake failure|no shared cipher|no ciphers", "tls_handshake_failure"),
        (r"timed? ?out", "tls_handshake_timeout"),
    )
)  # fmt: skip
_OF_CODE: Final[Mapping[int, str]] = {
    9: "tls_not_yet_valid", 10: "tls_expired", 18: "tls_self_signed", 62: "tls_hostname_mismatch",
    64: "tls_hostname_mismatch", 66: "tls_weak_key", 67: "tls_weak_key", 68: "tls_weak_key",
}  # fmt: skip
_NO_ISSUER: Final = frozenset({2, 20, 21})
_FOREIGN_ROOT: Final = 19
_KILLED: Final = frozenset({124, 137, 143})
_CURL_TLS: Final = frozenset({35, 51, 53, 58, 59, 60, 77, 80, 83, 90, 91})
_CURL_TIMEOUT: Final = 28
#: What curl says of a certificate that it does not accept.
_CURL_CERTIFICATE: Final = frozenset({51, 60})
#: A filter may cut, stall or refuse a hello for its name; the same hello without it gets through.
_CUT: Final = frozenset({"tls_handshake_timeout", "tls_reset", "tls_unexpected_eof"})
_POLITE: Final = frozenset({"tls_unrecognized_name", "tls_handshake_failure"})


@dataclass(frozen=True, slots=True)
class Handshake:
    """How the handshake with one address went, all ways of looking put together."""

    cause: str
    detail: str
    record: Record
    inspector: bool = False
    asked: bool = False
    """The peer asked for a client certificate."""
    narrow: bool = False
    """Small packets pass on the way there, full ones do not."""
    at_times: str = ""
    """How some handshakes fail where others pass."""

    @property
    def works(self) -> bool:
        """Was it completed and verified?"""
        return self.cause == "tls_ok"


def handshakes(block: Block, host: str) -> dict[str, Handshake]:
    """The handshakes by address; an address without a connection has none."""
    seen = _by_way(block)
    large = {record.get("ip"): record for record in block.named("icmp")}
    found = {}
    for ip, requests in by_address(block).items():
        asked = [record for record in requests if record.name == "http"]
        ways = seen.get(ip, {})
        if any(connected(record) for record in asked) or _any_hello(ways):
            found[ip] = _judge(ways, asked, large.get(ip), host)
    return found


def see_handshakes(found: Mapping[str, Handshake], port: int, saw: Saw) -> Iterator[Observation]:
    """Yield one look per address."""
    for ip, shake in found.items():
        where = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
        cause: str = shake.cause
        verdict: Verdict = "ok" if shake.works else "fail"
        if shake.works and (shake.at_times or shake.inspector):
            cause, verdict = shake.at_times or "tls_inspection", "warn"
        facts: dict[str, Fact | None] = {"ip": ip, "port": port, "family": 6 if ":" in ip else 4}
        yield saw("tls", where, cause, verdict, shake.detail, facts | _facts_of(shake))


def _by_way(block: Block) -> dict[str, dict[str, Record]]:
    """Address → way → record; `like` points to an address that answered in the same way."""
    found: dict[str, dict[str, Record]] = {}
    for record in block.named("tls"):
        way, ip = record.get("how"), record.get("ip")
        same = found.get(record.get("like"), {}).get(way)
        known = Record("tls", {**same.values, "ip": ip}) if same else record
        found.setdefault(ip, {})[way] = known
    return found


def _any_hello(ways: Mapping[str, Record]) -> bool:
    return any(record.get("chain") or record.get("open") for record in ways.values())


def _judge(
    ways: Mapping[str, Record], asked: Sequence[Record], ping: Record | None, host: str
) -> Handshake:
    own, system = ways.get("embedded"), ways.get("system")
    decisive = own if own and own.get("chain") else system or own or Record("tls", {})
    # A request that went through openssl verified nothing.
    asked = [record for record in asked if record.get("by") != "openssl"]
    curl_works = any(record.number("ta") or record.get("code") for record in asked)
    failed = [record for record in asked if record.whole("rc") in _CURL_TLS]
    wants = any(record.get("asked") for record in (*ways.values(), *asked))
    cause, detail = told_by_openssl(decisive, wants=wants)
    changing = _changes(ways, asked)
    if changing[0]:
        cause, detail = "tls_ok", f"some handshakes pass, others do not: {changing[1]}"
    elif not cause:
        cause, detail = told_by_curl(asked, works=curl_works)
    elif cause == "tls_ok" and failed and not curl_works:
        cause, detail = told_by_curl(failed, works=False)
    elif cause == "tls_handshake_timeout" and failed:
        # openssl was ended by our clock; curl heard what the peer says.
        cause, detail = told_by_curl(failed, works=False)
    elif cause != "tls_ok" and curl_works and _curl_knows_better(decisive, own, asked):
        cause, detail = "tls_ok", "curl verified the certificate"
    if cause == "tls_handshake_failure" and wants:
        cause = "tls_client_cert_required"
    narrow = bool(ping and (ping.whole("got") or 0) > 0 and ping.get("big") == "0")
    if cause in _CUT | _POLITE:
        cause = _why_cut(cause, ways.get("nameless"), host, narrow=narrow)
    inspects = _inspects(decisive, asked)
    return Handshake(cause, detail, decisive, inspects, wants, narrow, changing[0])


def _changes(ways: Mapping[str, Record], asked: Sequence[Record]) -> tuple[str, str]:
    """Does the same tool sometimes pass and sometimes not, as with one bad server of several?

    Cause and words of those that do not; tools may differ for good reasons, as in what they trust.
    """
    told = [told_by_openssl(ways[way]) for way in ("system", "again") if way in ways]
    passed = [one for one in told if one[0] == "tls_ok"]
    failed = [one for one in told if one[0] not in ("", "tls_ok")]
    certificates = [record for record in asked if record.whole("rc") in _CURL_CERTIFICATE]
    if passed and failed:
        return failed[0]
    if certificates and any(record.number("ta") or record.get("code") for record in asked):
        return told_by_curl(certificates, works=False)
    return "", ""


def _curl_knows_better(decisive: Record, own: Record | None, asked: Sequence[Record]) -> bool:
    """It has a list of authorities where openssl has none, or patience where ours ended."""
    if decisive is own:
        return False
    stalled = decisive.whole("rc") in _KILLED and not decisive.get("chain")
    all_passed = bool(asked) and all(record.number("ta") or record.get("code") for record in asked)
    return bool(decisive.get("chain")) or (stalled and all_passed)


def told_by_openssl(record: Record, *, wants: bool = False) -> tuple[str, str]:
    """What openssl says; an empty cause when it says nothing."""
    said, code = record.get("said"), record.whole("verify")
    if record.get("chain") and code is not None and (record.get("proto") or code):
        issuer = record.get("iss")
        detail = f"Verify return code: {code}; issuer {issuer}"
        cause = "tls_ok" if code == 0 else cause_of(record, code)
        return ("tls_client_cert_required", said) if _refuses(cause, said) else (cause, detail)
    cause = next((cause for pattern, cause in _SAID if pattern.search(said)), "")
    if wants and cause == "tls_handshake_failure":
        cause = "tls_client_cert_required"
    if not cause and record.whole("rc") in _KILLED:
        return "tls_handshake_timeout", "no answer to the hello"
    return cause, said


def _refuses(cause: str, said: str) -> bool:
    return cause == "tls_ok" and "certificate required" in said


def cause_of(record: Record, code: int) -> str:
    """Turn a verify code into a cause, by what else the chain shows."""
    numbers = {int(number) for number in record.listed("nums") if number.isdigit()} | {code}
    for number in (18, 10, 9, 66, 67, 68):
        if number in numbers and not (number == 18 and numbers & _NO_ISSUER):  # noqa: PLR2004 - OpenSSL's number
            return _OF_CODE[number]
    kinds = {issuer_kind(record.get(key)) for key in ("iss", "top")}
    if numbers & (_NO_ISSUER | {_FOREIGN_ROOT}):
        return _untrusted(record, kinds, foreign_root=_FOREIGN_ROOT in numbers)
    return _OF_CODE.get(code, "tls_untrusted_ca")


def _untrusted(record: Record, kinds: Collection[str], *, foreign_root: bool) -> str:
    if record.get("roots") == "none":
        return "tls_ca_bundle_missing"
    if "inspection" in kinds:
        return "tls_inspection"
    known = record.get("kin") or record.get("pub") or "public" in kinds
    if foreign_root:
        return "tls_ca_bundle_missing" if "public" in kinds else "tls_inspection"
    if not known:
        return "tls_inspection"
    alone = (record.whole("chain") or 0) <= 1
    return "tls_incomplete_chain" if alone else "tls_untrusted_ca"


def told_by_curl(asked: Sequence[Record], *, works: bool) -> tuple[str, str]:
    """Cause and words of a handshake that only curl saw."""
    if works:
        return "tls_ok", "curl verified the certificate"
    for record in asked:
        said, code = record.get("said"), record.whole("rc")
        if code in _CURL_TLS or code == _CURL_TIMEOUT:
            cause = next((cause for pattern, cause in _SAID if pattern.search(said)), "")
            return cause or "tls_handshake_failure", said or f"curl exit {code}"
    return "tls_handshake_timeout", "no answer to the hello"


def _why_cut(cause: str, nameless: Record | None, host: str, *, narrow: bool) -> str:
    """Tell a filter that reads the name from a path that swallows large packets."""
    answered = bool(nameless and nameless.get("chain"))
    if cause in _POLITE:
        names = nameless is not None and host.lower() in nameless.get("sub").lower()
        return "tls_sni_blocked" if answered and names else cause
    if answered:
        return "tls_sni_blocked"
    return "mtu_blackhole" if cause == "tls_handshake_timeout" and narrow else cause


def _inspects(record: Record, asked: Sequence[Record]) -> bool:
    issuers = [record.get("iss"), record.get("top"), *(one.get("iss") for one in asked)]
    return any(issuer_kind(issuer) == "inspection" for issuer in issuers)


def _facts_of(shake: Handshake) -> dict[str, Fact | None]:
    record = shake.record
    return {
        "issuer": record.get("iss") or None,
        "subject": record.get("sub") or None,
        "not_before": record.get("nb") or None,
        "not_after": record.get("na") or None,
        "chain_size": record.whole("chain"),
        "inspector": shake.inspector or None,
        "verify_code": record.whole("verify") or None,
        "protocol": record.get("proto") or None,
        "client_certificate_wanted": shake.asked or None,
    }
