"""May this target be probed? Decides on the URL, then on each address it resolves to."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urljoin, urlsplit

from bot.probes.special_addresses import Network, why_special

Address = IPv4Address | IPv6Address

#: `customers.example_company.com` carries an underscore: DNS allows it, and so do we.
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
#: The last label as browsers and inet_aton read it: `127.1`, `0x7f000001`, `2130706433`.
_NUMERIC: Final = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f\\]")
#: Web servers live here, or above 1023 but not on the port of a well-known service.
_WEB_PORTS: Final = frozenset({80, 443})
_SERVICE_PORTS: Final = frozenset({
    1080, 1433, 1521, 1723, 2049, 2181, 2375, 2376, 2379, 2380, 3128, 3306, 3389, 4369, 4444, 5000,
    5060, 5061, 5432, 5672, 5900, 5984, 6000, 6379, 6443, 6514, 6566, 6665, 6666, 6667, 6668, 6669,
    6697, 7001, 8086, 8125, 8500, 8600, 9000, 9042, 9090, 9092, 9100, 9200, 9300, 10250, 10255,
    11211, 15672, 27017, 50000, 61616,
})  # fmt: skip
_LOCAL_NAMES: Final = (
    "localhost", ".localhost", ".localdomain", ".local", ".consul", ".internal", ".intranet",
    ".lan", ".home.arpa", ".home", ".corp", ".private", ".onion",
    ".arpa", ".test", ".invalid", ".example",
    "metadata", "instance-data", "kubernetes.default.svc",
)  # fmt: skip


class Refused(Exception):  # noqa: N818  an answer, not an error
    """Raised for a target that is not probed; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that the guard let through, taken apart."""

    url: str
    scheme: str
    host: str
    port: int
    path: str = "/"

    @property
    def authority(self) -> str:
        """Host with its port where that is not the scheme's own, as a `Host` header says it."""
        plain = {"https": 443, "http": 80}[self.scheme]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == plain else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be probed, as a value that tests and the demo set openly."""

    allow: tuple[Network, ...] = ()
    """Networks that are let through although they are special, such as loopback in a test."""
    hosts: frozenset[str] = field(default_factory=frozenset)
    """Only these hosts; empty: any public host."""

    @classmethod
    def allowing(cls, *networks: str) -> "Guard":
        """A guard that also lets these networks through."""
        return cls(allow=tuple(ip_network(network) for network in networks))

    def check_url(self, url: str) -> Target:
        """Take the URL apart, or raise `Refused` with the reason."""
        target = _take_apart(url)
        literal = _literal(target.host)
        if literal is None:
            _check_name(target.host, local_names=not self.allow)
        else:
            self.check_address(literal)
        _check_port(target.port, any_port=bool(self.allow))
        if self.hosts and target.host not in self.hosts:
            raise Refused(f"{target.host} is not a host this bot may probe")
        return target

    def check_address(self, address: Address | str) -> str:
        """Return the address as it may be connected to, or raise `Refused` with the reason.

        Call it right before connecting, with the very address that is connected to: a name that
        resolves differently a moment later (rebinding) then changes nothing.
        """
        try:
            ip = ip_address(address) if isinstance(address, str) else address
        except ValueError:
            raise Refused(f"{address} is not an address") from None
        if isinstance(ip, IPv6Address) and ip.scope_id:
            raise Refused(f"{ip} carries a zone id, so it is an address of this machine's links")
        if any(ip in network for network in self.allow if network.version == ip.version):
            return str(ip)
        reason = why_special(ip)
        if reason:
            raise Refused(f"{ip} is {reason}")
        return str(ip)

    def check_redirect(self, origin: Target, location: str) -> Target:
        """Return where a redirect may be followed to: never away from the origin's host."""
        if _UNPRINTABLE.search(location):
            raise Refused("the redirect holds a space, a control character or a backslash")
        target = self.check_url(urljoin(origin.url, location))
        if target.host != origin.host:
            raise Refused(f"the redirect leaves {origin.host} for {target.host}")
        if target.port not in _WEB_PORTS | {origin.port}:
            raise Refused(f"the redirect goes to port {target.port}")
        return target


def _take_apart(url: str) -> Target:
    if _UNPRINTABLE.search(url):
        raise Refused("the URL holds a space, a control character or a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(f"the URL cannot be read: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise Refused(f"only http and https are probed, not {parts.scheme or 'a bare name'}")
    if "@" in parts.netloc:
        raise Refused("the URL carries a user name or password")
    host = parts.hostname or ""
    if "[" in parts.netloc and ":" not in host:
        raise Refused("the URL cannot be read: brackets around something that is no address")
    # Before `hostname` made it lower case: the Kelvin sign becomes a plain `k` there.
    if not parts.netloc.isascii():
        raise Refused(f"{host} is not written in ASCII, so it may only look like a known name")
    if not host or port == 0:
        raise Refused("the URL names no host or port")
    return Target(
        url=url,
        scheme=parts.scheme,
        host=host,
        port=port or (443 if parts.scheme == "https" else 80),
        path=parts.path or "/",
    )


def _literal(host: str) -> Address | None:
    if "%" in host:
        raise Refused("the host carries a zone id or a percent escape")
    if ":" in host:
        return IPv6Address(host)
    if not _NUMERIC.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return None
    try:
        return IPv4Address(host)
    except ValueError:
        raise Refused(
            f"{host} is an address in decimal, octal, hexadecimal or short form"
        ) from None


def _check_name(host: str, *, local_names: bool) -> None:
    if host.endswith("."):
        raise Refused(f"{host} ends with a dot, which names the same host in other words")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004  RFC 1035
        raise Refused(f"{host} is not a host name")
    if any(label.startswith("xn--") for label in labels):
        raise Refused(f"{host} is punycode, so it may only look like a known name")
    if not local_names:
        return
    if len(labels) == 1 or any(f".{host}".endswith(name) for name in _LOCAL_NAMES):
        raise Refused(f"{host} is a name of a private network")


def _check_port(port: int, *, any_port: bool) -> None:
    if any_port or port in _WEB_PORTS:
        return
    if port < 1024 or port in _SERVICE_PORTS:  # noqa: PLR2004  RFC 6335
        raise Refused(f"port {port} is not a web server's")
