"""A certificate pasted as PEM: its names, its issuer and its dates, parsed and never verified."""

import re
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

_BLOCK: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----(?P<body>[A-Za-z0-9+/=\s]{100,12000})-----END CERTIFICATE-----"
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the first certificate of a paste says about itself."""

    names: tuple[str, ...]
    issuer: str
    subject: str
    not_before: datetime
    not_after: datetime


def leaf_in(text: str) -> Leaf | None:
    """The first certificate that parses; None when there is none, or it is cut or mangled."""
    block = _BLOCK.search(text)
    if block is None:
        return None
    body = "".join(block["body"].split())
    pem = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            return _leaf(x509.load_pem_x509_certificate(pem.encode()))
    except (ValueError, TypeError, x509.InvalidVersion):
        return None


def _leaf(certificate: x509.Certificate) -> Leaf:
    return Leaf(
        names=_names(certificate),
        issuer=certificate.issuer.rfc4514_string(),
        subject=certificate.subject.rfc4514_string(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def covers(names: tuple[str, ...], host: str) -> bool:
    """Does one of the names stand for this host? A wildcard replaces exactly one label."""
    wanted = host.lower().rstrip(".")
    parent = wanted.partition(".")[2]
    return any(name.lower() in {wanted, f"*.{parent}"} for name in names)
