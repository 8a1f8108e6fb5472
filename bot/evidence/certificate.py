"""Certificates as tools print them: who is it for, who signed it, did verification fail?"""

import re
from dataclasses import dataclass
from typing import Final

from bot.evidence.issuers import is_foreign, issuer_kind

_ISSUER = re.compile(
    (
        r"(?:^|[\s*|])(?:issuer|aussteller|issued by|emitt?(?:e"
        r"|o)r)\b ?(?:name)?\s?[:=`]\s?[`'\"]?(?P<name>[^\n`]{1,300})"
    ),
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    (
        r"(?:^|[\s*|])(?:subject"
        r"|peer certificate)\b ?(?:name)?\s?[:=`]\s?[`'\"]?(?P<name>[^\n`]{1,300})"
    ),
    re.IGNORECASE,
)
_CHAIN = re.compile(
    r"^\s*(?P<depth>\d)\s+s:\s?(?P<subject>[^\n]{1,300})\n\s*i:\s?(?P<issuer>[^\n]{1,300})",
    re.MULTILINE,
)
_DEPTH = re.compile(r"^\s*depth=(?P<depth>\d)\s+(?P<subject>[^\n]{1,300})$", re.MULTILINE)
_SIGNED = re.compile(r"issued by\s+['\"`](?P<name>[^'\"`\n]{1,200})", re.IGNORECASE)
_VERIFY_FAILED = re.compile(
    (
        r"ssl certificate verify result: (?P<words>[^\n]{1,120}?)(?: \((?P<code>\d+)\))?,"
        r" continuing anyway"
        r"|certificate verify (?:failed|result)[^\n]{0,80}continuing"
    ),
    re.IGNORECASE,
)

#: OpenSSL's verification codes (openssl-verification-options(1)).
VERIFY_CODES: Final = {
    9: "tls_not_yet_valid", 10: "tls_expired", 18: "tls_self_signed", 19: "tls_untrusted_ca",
    20: "tls_untrusted_ca", 21: "tls_untrusted_ca", 2: "tls_untrusted_ca", 27: "tls_untrusted_ca",
    62: (
            "tls_hostname_mismatch"
), 64: (
            "tls_hostname_mismatch"
), 66: (
            "tls_weak_key"
), 67: (
            "tls_weak_key"
),
    68: "tls_weak_key", 23: "tls_untrusted_ca", 24: "tls_untrusted_ca", 26: "tls_untrusted_ca",
    3: "tls_revocation_check", 12: "tls_expired", 7: "tls_untrusted_ca", 79: "tls_untrusted_ca",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What a paste shows of the peer's certificate."""

    issuer: str = ""
    subject: str = ""
    chain_length: int = 0
    cause: str = ""
    match: re.Match[str] | None = None

    @property
    def verify_failed(self) -> bool:
        """Verification failed and the tool went on all the same."""
        return bool(self.cause)

    @property
    def is_foreign(self) -> bool:
        """The issuer is shown and is not a public CA."""
        return is_foreign(self.issuer)


def shown_certificate(text: str) -> Shown:
    """The leaf's names, wherever the tool prints them."""
    chain = list(_CHAIN.finditer(text))
    issuer = _ISSUER.search(text) or _SIGNED.search(text)
    subject = _SUBJECT.search(text)
    failed = _VERIFY_FAILED.search(" ".join(text.split()))
    leaf = chain[0] if chain else None
    names = (leaf["issuer"], leaf["subject"]) if leaf else (_name(issuer), _name(subject))
    return Shown(
        issuer=_tidy(names[0]),
        subject=_tidy(names[1]),
        chain_length=len(chain),
        cause=_failed_cause(failed) if failed else "",
        match=failed or issuer or (chain[0] if chain else None),
    )


def _failed_cause(failed: re.Match[str]) -> str:
    if failed["code"]:
        return VERIFY_CODES.get(int(failed["code"]), "tls_untrusted_ca")
    words = (failed["words"] or "").lower()
    return "tls_self_signed" if "self" in words else "tls_untrusted_ca"


def _name(match: re.Match[str] | None) -> str:
    return match["name"] if match else ""


def _tidy(name: str) -> str:
    return re.sub(r"\s+", " ", name.partition("', ")[0]).strip(" '\"`;,")


def certificate_cause(cause: str, issuer: str, chain_length: int = 0, *, subject: str = "") -> str:
    """Refine an untrusted issuer: an inspector, or a public CA with its link missing."""
    kind = issuer_kind(issuer)
    if cause == "tls_untrusted_ca" and subject and subject == issuer and kind == "private":
        return "tls_self_signed"
    if cause == "tls_untrusted_ca" and kind == "public":
        return "tls_incomplete_chain" if chain_length == 1 else cause
    if cause == "tls_untrusted_ca" and kind:
        return "tls_inspection"
    if cause == "tls_self_signed" and kind == "inspection":
        return "tls_inspection"
    return cause
