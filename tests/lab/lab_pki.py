"""Keys and chains of the lab: a public authority, a company's own one, and their mistakes."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "customers.example_company.com"
DAY = timedelta(days=1)


Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_STAPLE = x509.TLSFeature([x509.TLSFeatureType.status_request])
_CLIENTS_ONLY = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
_ELSEWHERE = x509.NameConstraints([x509.DNSName("example.net")], None)
_BULK = x509.UnrecognizedExtension(
    x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\4\x82\x0b\xb8" + bytes(3000)
)
"""Makes a certificate as long as those with many names."""


@dataclass(frozen=True)
class Issuer:
    """A certificate that signs others."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    pem: bytes


def make_pki(folder: Path) -> None:
    """Write every chain (`NAME.pem`, key first) and every trust store (`trust-NAME.pem`)."""
    root = _authority("Lab Trust Services", "Lab Public Root CA")
    inner = _authority("Lab Trust Services", "Lab Public Issuing CA 1", root)
    aged = _authority("Lab Trust Services", "Lab Public Issuing CA 0", root, days=(-400, -2))
    corporate = _authority("ACME Corp IT Security", "ACME SSL Inspection CA")
    narrow = _authority("Lab Trust Services", "Lab Narrow CA", root, more=(_ELSEWHERE,))
    unknown = _authority("Muster GmbH", "Muster CA 2")
    deep = [inner]
    for number in range(4):
        deep.append(
            _authority("Lab Trust Services", f"Lab Deep CA {number}", deep[-1], more=(_BULK,))
        )
    chains: dict[str, tuple[bytes, tuple[Issuer, ...]]] = {
        "leaf": (_leaf(inner), (inner,)),
        "expired": (_leaf(inner, days=(-90, -3)), (inner,)),
        "aged-intermediate": (_leaf(aged), (aged,)),
        "other-host": (_leaf(inner, host="www.other.example.net"), (inner,)),
        "inspected": (_leaf(corporate), (corporate,)),
        "inspected-alone": (_leaf(corporate), ()),
        "alone": (_leaf(inner), ()),
        "aged-and-right": (_leaf(inner), (aged, inner)),
        "wildcard": (_leaf(inner, host="*" + HOST[HOST.index(".") :]), (inner,)),
        "common-name": (_leaf(inner, alternative=False), (inner,)),
        "must-staple": (_leaf(inner, more=(_STAPLE,)), (inner,)),
        "for-clients": (_leaf(inner, more=(_CLIENTS_ONLY,)), (inner,)),
        "weak": (_leaf(inner, key=_weak_key()), (inner,)),
        "early": (_leaf(inner, days=(2, 80)), (inner,)),
        "constrained": (_leaf(narrow), (narrow,)),
        "unknown-alone": (_leaf(unknown), ()),
        "unknown": (_leaf(unknown), (unknown,)),
        "long": (_leaf(deep[-1], more=(_BULK,)), tuple(reversed(deep))),
    }
    for name, (leaf, above) in chains.items():
        (folder / f"{name}.pem").write_bytes(leaf + b"".join(issuer.pem for issuer in above))
    (folder / "trust-public.pem").write_bytes(root.pem)
    (folder / "trust-company.pem").write_bytes(root.pem + corporate.pem)
    (folder / "trust-nothing.pem").write_bytes(b"")


def server_context(folder: Path, chain: str) -> ssl.SSLContext:
    """A server's context with one of the chains."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if chain == "weak":
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(folder / f"{chain}.pem")
    return context


def _authority(
    organisation: str,
    name: str,
    above: Issuer | None = None,
    days: tuple[int, int] = (-30, 3000),
    more: Sequence[x509.ExtensionType] = (),
) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name, organisation)
    authority = x509.BasicConstraints(ca=True, path_length=None)
    builder = _builder(subject, above.name if above else subject, key, days)
    builder = builder.add_extension(authority, critical=True)
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    signed = builder.sign(above.key if above else key, hashes.SHA256())
    return Issuer(subject, key, signed.public_bytes(serialization.Encoding.PEM))


def _leaf(
    issuer: Issuer,
    host: str = HOST,
    days: tuple[int, int] = (-10, 80),
    *,
    alternative: bool = True,
    more: Sequence[x509.ExtensionType] = (),
    key: Key | None = None,
) -> bytes:
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(host), issuer.name, key, days)
    if alternative:
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = builder.add_extension(names, critical=False)
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    signed = builder.sign(issuer.key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return secret + signed.public_bytes(serialization.Encoding.PEM)


def _weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # weak on purpose


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, days: tuple[int, int]
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
    )


def _name(common: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])
