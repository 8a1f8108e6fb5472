"""Chains that are right, almost right and wrong, for servers on loopback."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.probes.surroundings import trusting_context


@dataclass(frozen=True)
class Authority:
    """A root with everything that a test may want signed."""

    root: trustme.CA
    folder: Path

    def server(
        self, host: str, not_before: datetime | None = None, not_after: datetime | None = None
    ) -> ssl.SSLContext:
        """A server's context with a leaf of this root."""
        leaf = self.root.issue_cert(host, not_before=not_before, not_after=not_after)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        return context

    def server_with_intermediate(self, host: str, *, sent: bool) -> ssl.SSLContext:
        """A leaf below an intermediate, which the server sends or forgets."""
        leaf = self.root.create_child_ca().issue_cert(host)
        chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems[: None if sent else 1])
        return self._load(leaf.private_key_pem.bytes() + chain)

    def client(self) -> Callable[[], ssl.SSLContext]:
        """What makes a client's context that trusts this root and nothing else."""

        def context() -> ssl.SSLContext:
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            made.verify_flags = trusting_context().verify_flags
            self.root.configure_trust(made)
            return made

        return context

    def self_signed(self, host: str) -> ssl.SSLContext:
        """A certificate that is its own issuer."""
        return self._load(make_pem(host, issuer=host))

    def _load(self, pem: bytes) -> ssl.SSLContext:
        path = self.folder / "server.pem"
        path.write_bytes(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def make_pem(host: str, issuer: str) -> bytes:
    """Key and certificate of a leaf that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + leaf.public_bytes(serialization.Encoding.PEM)
