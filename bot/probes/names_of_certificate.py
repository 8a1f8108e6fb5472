"""Does this certificate speak for this host? By the rules of Ruby, which are the product's.

OpenSSL, asked to compare, refuses every wildcard whose domain carries an underscore
(`*.example_company.com`: crypto/x509/v3_utl.c, `valid_star`), and so does Python; curl and Ruby
compare for themselves and accept it.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from cryptography import x509
from cryptography.x509.oid import NameOID


def names_in(leaf: x509.Certificate) -> tuple[str, ...]:
    """The alternative names, all of them."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(str(name.value) for name in names)


def speaks_for(leaf: x509.Certificate, host: str) -> bool:
    """Is one of its names the host's? The common name counts where there are no others."""
    names = names_in(leaf)
    if not names:
        common = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        names = tuple(str(part.value) for part in common)
    return any(is_named(name, host) for name in names)


def is_named(name: str, host: str) -> bool:
    """Does this name, perhaps with a wildcard in its first label, mean the host?"""
    if _address(host):
        return _address(name) == _address(host)
    first, _, rest = name.lower().partition(".")
    host_first, _, host_rest = host.lower().partition(".")
    if not rest or rest != host_rest:
        return name.lower() == host.lower()
    before, star, behind = first.partition("*")
    if not star or first.startswith("xn--"):
        return first == host_first
    fits = len(host_first) > len(before) + len(behind) - (not before and not behind)
    return fits and host_first.startswith(before) and host_first.endswith(behind)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
