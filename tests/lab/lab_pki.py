"""Keys and chains of the lab: a public authority, a company's own one, and their mistakes."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "customers.example_company.com"
DAY = timedelta(days=1)


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
    chains: dict[str, tuple[bytes, tuple[Issuer, ...]]] = {
        "leaf": (_leaf(inner), (inner,)),
        "expired": (_leaf(inner, days=(-90, -3)), (inner,)),
        "aged-intermediate": (_leaf(aged), (aged,)),
        "other-host": (_leaf(inner, host="www.other.example.net"), (inner,)),
        "inspected": (_leaf(corporate), (corporate,)),
        "inspected-alone": (_leaf(corporate), ()),
        "alone": (_leaf(inner), ()),
        "aged-and-right": (_leaf(inner), (aged, inner)),
    }
    for name, (leaf, above) in chains.items():
        (folder / f"{name}.pem").write_bytes(leaf + b"".join(issuer.pem for issuer in above))
    (folder / "trust-public.pem").write_bytes(root.pem)
    (folder / "trust-company.pem").write_bytes(root.pem + corporate.pem)
    (folder / "trust-nothing.pem").write_bytes(b"")


def server_context(folder: Path, chain: str) -> ssl.SSLContext:
    """A server's context with one of the chains."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{chain}.pem")
    return context


def _authority(
    organisation: str, name: str, above: Issuer | None = None, days: tuple[int, int] = (-30, 3000)
) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name, organisation)
    signed = (
        _builder(subject, above.name if above else subject, key, days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(above.key if above else key, hashes.SHA256())
    )
    return Issuer(subject, key, signed.public_bytes(serialization.Encoding.PEM))


def _leaf(issuer: Issuer, host: str = HOST, days: tuple[int, int] = (-10, 80)) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    signed = (
        _builder(_name(host), issuer.name, key, days)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return secret + signed.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: tuple[int, int]
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
