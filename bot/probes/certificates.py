"""What is wrong with this chain, and who issued it? Reads certificates, never verifies them.

OpenSSL has verified already; its `verify_code` is the verdict. Here the code becomes a cause, by
telling an inspecting proxy from a forgotten intermediate and from a trust store without roots.
"""

import functools
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import certifi
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from bot.probes.names_of_certificate import names_in, speaks_for

_CAUSE_OF_CODE: Final = {
    9: "tls_not_yet_valid",
    10: "tls_expired",
    18: "tls_self_signed",
    62: "tls_hostname_mismatch",
    64: "tls_hostname_mismatch",
    66: "tls_weak_key",
    67: "tls_weak_key",
    68: "tls_weak_key",
}
_NO_ISSUER_CODES: Final = frozenset({2, 20, 21})
_FOREIGN_ROOT: Final = 19
#: What makers of inspecting proxies, and those who run them, call their certificate authorities.
_INSPECTOR: Final = re.compile(
    r"inspect|intercept|decrypt|proxy|firewall|filter|gateway|mitm|forward.?trust|untrust|"
    r"zscaler|netskope|fortinet|fortigate|palo.?alto|blue.?coat|websense|forcepoint|mcafee|"
    r"sophos|untangle|check.?point|barracuda|umbrella|watchguard|sonicwall|kaspersky|\beset\b|"
    r"avast|bitdefender|squid|charles|fiddler|portswigger|iboss|cato networks|menlo|skyhigh|"
    r"contentkeeper|lightspeed|smoothwall|\bcorp\b|corporate|intranet|internal|it.security|"
    r"enterprise|\.local\b|\bprivate\b|security appliance",
    re.IGNORECASE,
)

_MOST_NAMES: Final = 10


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates that the peer sent, leaf first, in the words a note needs."""

    size: int = 0
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    """The first of the leaf's names."""
    speaks_for_host: bool = True
    """One of the leaf's names is the host's; taken for granted where no leaf could be read."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    inspector: bool = False
    """An issuer in the chain calls itself an inspecting device or a company's own authority."""
    public_looking: bool = False
    """The leaf carries what public authorities put into each: CT stamps or an issuer's address."""
    issuers: tuple[tuple[str, str], ...] = ()
    """Organisation and common name of each issuer, the leaf's first."""

    @property
    def outside_its_dates(self) -> str:
        """The cause that the leaf's own dates would give today, else an empty string."""
        now = datetime.now(UTC)
        if self.not_after and self.not_after < now:
            return "tls_expired"
        if self.not_before and self.not_before > now:
            return "tls_not_yet_valid"
        return ""


def read_chain(encoded: Sequence[bytes], host: str) -> Chain:
    """Read the DER chain that was shown for a host; what cannot be parsed is left out."""
    chain = [certificate for certificate in map(_parse, encoded) if certificate]
    if not chain:
        return Chain(size=len(encoded))
    leaf = chain[0]
    issuers = [certificate.issuer for certificate in chain]
    return Chain(
        size=len(encoded),
        subject=leaf.subject.rfc4514_string(),
        issuer=leaf.issuer.rfc4514_string(),
        names=names_in(leaf)[:_MOST_NAMES],
        speaks_for_host=speaks_for(leaf, host),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        inspector=any(_INSPECTOR.search(issuer.rfc4514_string()) for issuer in issuers),
        public_looking=_is_public_looking(leaf),
        issuers=tuple(_organisation_and_name(issuer) for issuer in issuers),
    )


def cause_of(chain: Chain, verify_code: int, context: ssl.SSLContext, expected: str = "") -> str:
    """Turn OpenSSL's verify code into a cause; `expected` is a pattern of the portal's issuers."""
    if verify_code in _CAUSE_OF_CODE:
        return _CAUSE_OF_CODE[verify_code]
    if verify_code not in _NO_ISSUER_CODES | {_FOREIGN_ROOT}:
        return "tls_untrusted_ca"
    if _has_no_roots(context):
        return "tls_ca_bundle_missing"
    if chain.inspector:
        return "tls_inspection"
    root_is_public = any(issuer in _public_roots() for issuer in chain.issuers)
    if verify_code == _FOREIGN_ROOT:
        return "tls_ca_bundle_missing" if root_is_public else "tls_inspection"
    known = (
        chain.public_looking
        or bool(expected and re.search(expected, chain.issuer))
        or _trusts_organisation(context, chain.issuers)
    )
    if not known:
        return "tls_inspection"
    # The peer sent the issuer's certificate too, and even so no root was found: ours is missing.
    return "tls_ca_bundle_missing" if root_is_public else "tls_incomplete_chain"


def _parse(encoded: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(encoded)
    except ValueError:
        return None


def _is_public_looking(leaf: x509.Certificate) -> bool:
    marks = {
        ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
    }
    try:
        return any(extension.oid in marks for extension in leaf.extensions)
    except ValueError:
        return False


def _organisation_and_name(name: x509.Name) -> tuple[str, str]:
    organisation, common = (
        [str(part.value) for part in name.get_attributes_for_oid(oid)] or [""]
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    )
    return organisation[0], common[0]


@functools.cache
def _public_roots() -> frozenset[tuple[str, str]]:
    """Mozilla's roots, read by OpenSSL: some bear serial numbers that `cryptography` laments."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(certifi.where())
    except OSError:
        return frozenset()
    return frozenset(map(_subject_of, context.get_ca_certs()))


def _subject_of(root: Mapping[str, Any]) -> tuple[str, str]:
    """Organisation and common name as Python's ssl module spells them."""
    parts = dict(pair for part in root.get("subject", ()) for pair in part)
    return parts.get("organizationName", ""), parts.get("commonName", "")


def _has_no_roots(context: ssl.SSLContext) -> bool:
    if context.cert_store_stats()["x509_ca"]:
        return False
    folder = ssl.get_default_verify_paths().capath
    return not (folder and any(Path(folder).glob("*.[0-9]")))


def _trusts_organisation(context: ssl.SSLContext, issuers: Sequence[tuple[str, str]]) -> bool:
    """Does a root in this machine's store bear the organisation that issued the leaf?"""
    organisation = issuers[0][0] if issuers else ""
    roots = map(_subject_of, context.get_ca_certs()) if organisation else ()
    return any(organisation == root[0] for root in roots)
