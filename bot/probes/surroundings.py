"""What this machine would use: its name servers, hosts file, proxy settings and trust store."""

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

Resolve = Callable[[str, int], Sequence[str]]
"""The system resolver: addresses in the order in which a client tries them; raises gaierror."""

_RESOLV_CONF: Final = Path("/etc/resolv.conf")
_HOSTS: Final = Path("/etc/hosts")
_MOST_RESOLVERS: Final = 3
"""glibc reads no more (MAXNS)."""


def trusting_context() -> ssl.SSLContext:
    """Return a context that verifies as curl and Ruby do, so one verdict on 3.11 to 3.13.

    Python 3.13 turned on VERIFY_X509_STRICT (cpython#107361), which refuses inspection
    certificates that the product accepts.
    """
    context = ssl.create_default_context()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def resolve_with_system(host: str, port: int) -> Sequence[str]:
    """Ask getaddrinfo as Ruby does; blocks for as long as the resolver likes."""
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The parts of the environment that decide how a client connects."""

    resolvers: tuple[str, ...] = ()
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Hosts file: name in lower case → addresses."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Proxy variables only; a proxy's password may stand in one."""
    resolve: Resolve = resolve_with_system
    context: Callable[[], ssl.SSLContext] = trusting_context
    dns_port: int = 53


def read_surroundings(environ: Mapping[str, str]) -> Surroundings:
    """Read this machine's files; of the environment only the proxy variables are kept."""
    return Surroundings(
        resolvers=read_resolvers(_text_of(_RESOLV_CONF)),
        hosts=read_hosts(_text_of(_HOSTS)),
        environ={key: value for key, value in environ.items() if key.lower().endswith("_proxy")},
    )


def read_resolvers(resolv_conf: str) -> tuple[str, ...]:
    """Return the name servers in their order; without any, glibc asks this machine."""
    lines = (line.split() for line in resolv_conf.splitlines())
    servers = [
        line[1] for line in lines if len(line) > 1 and line[0] == "nameserver" and _is_ip(line[1])
    ]
    return tuple(servers[:_MOST_RESOLVERS]) or ("127.0.0.1",)


def read_hosts(hosts_file: str) -> dict[str, tuple[str, ...]]:
    """Return name → addresses of a hosts file."""
    found: dict[str, tuple[str, ...]] = {}
    for line in hosts_file.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if not _is_ip(address):
            continue
        for name in names:
            found[name.lower()] = (*found.get(name.lower(), ()), address)
    return found


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
