"""Which proxy would the product use, and does it open a tunnel to the portal?"""

import base64
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

from bot.evidence.noproxy import is_excepted, names_networks
from bot.evidence.observation import Fact, Observation, Verdict
from bot.probes.crew import Crew
from bot.probes.guard import Target
from bot.probes.patience import Deadline, milliseconds_since
from bot.probes.recorder import Recorder, endpoint
from bot.probes.route import Route
from bot.probes.surroundings import Resolve
from bot.probes.tcp import PATIENCE as CONNECT_PATIENCE
from bot.probes.tcp import NotConnectedError, connect

#: How long a proxy may think about CONNECT: longer than about a name, it has its own way to go.
PATIENCE: Final = 6.0
_NAME_PATIENCE: Final = 5.0
_MOST_ADDRESSES: Final = 3
_LARGEST_HEAD: Final = 16_384
#: Digits and a colon, which no URL begins with.
_NO_URL: Final = re.compile(r"[^A-Za-z/][^/]*:")
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy as the environment names it."""

    host: str
    port: int
    credentials: str = ""
    """Value of `Proxy-Authorization`; never in `name`."""

    @property
    def name(self) -> str:
        """Host and port, without credentials."""
        return endpoint(self.host, self.port)


class TunnelError(NotConnectedError):
    """The proxy was reached and gave no tunnel."""

    def __init__(self, cause: str, detail: str, status: int = 0) -> None:
        super().__init__(OSError(0, detail), None)
        self._cause = cause
        self.status = status

    @property
    def cause(self) -> str:
        """The cause id."""
        return self._cause


def choose(environ: Mapping[str, str], target: Target, address: str = "") -> Proxy | None:
    """Choose as Ruby's `URI#find_proxy` does, for that is what the product asks.

    A variable in lower case wins, even an empty one. `address`: what the target's name resolves
    to first, for exceptions that speak of networks.
    """
    text = _value(environ, f"{target.scheme}_proxy")
    if not text or is_excepted(target.host, target.port, _exceptions(environ), address):
        return None
    if "://" not in text:
        # Ruby finds no host in `proxy:3128` and goes straight; `10.0.0.1:3128` it cannot read.
        return Proxy("", 0) if _NO_URL.match(text) else None
    parts = urlsplit(text)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        port = 0
    credentials = ""
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        credentials = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    return Proxy(parts.hostname or "", port, credentials)


def _value(environ: Mapping[str, str], name: str) -> str:
    found = environ.get(name)
    return environ.get(name.upper(), "") if found is None else found


def _exceptions(environ: Mapping[str, str]) -> str:
    return _value(environ, "no_proxy")


def is_excepted_by_address(
    environ: Mapping[str, str], target: Target, resolve: Resolve, deadline: Deadline
) -> bool:
    """Is the proxy passed over because of what the target's name resolves to?"""
    if not names_networks(_exceptions(environ)):
        return False
    found = _resolve(target.host, target.port, resolve, deadline)
    return choose(environ, target, found[0]) is None if found else False


def report_choice(recorder: Recorder, environ: Mapping[str, str], target: Target) -> Observation:
    """Say that no proxy is used, and whether an exception is the reason."""
    text = _value(environ, f"{target.scheme}_proxy")
    cause = "no_proxy_bypass" if text else "no_proxy_configured"
    detail = "" if not text or "://" in text else "the variable lacks http://, so it is not used"
    return recorder.saw("proxy", target.host, cause, "ok", detail)


def look(
    recorder: Recorder, proxy: Proxy, target: Target, resolve: Resolve, deadline: Deadline
) -> tuple[Observation, Route | None]:
    """Reach the proxy and ask it for a tunnel; the route is given when it opened one."""
    start = time.monotonic()
    facts: dict[str, Fact | None] = {"proxy": proxy.name, "path": "proxy"}
    address = passed_over = ""
    try:
        address, passed_over = _reachable_address(proxy, resolve, deadline)
        open_tunnel(proxy, address, target, deadline.within(PATIENCE)).close()
    except TunnelError as error:
        cause, detail = error.cause, error.strerror or ""
        facts["http_status"] = error.status or None
    except NotConnectedError as error:
        cause, detail = "proxy_unreachable", error.strerror or "no answer"
    else:
        cause, detail = "proxy_ok", f"{proxy.name} opened a tunnel"
    verdict: Verdict = "ok" if cause == "proxy_ok" else "fail"
    if verdict == "ok" and passed_over:
        # The product tries one after the other and gives up at the silent one (10 s).
        cause, verdict, detail = "proxy_unreachable", "warn", f"{passed_over} is silent"
    facts |= {"ip": address or None, "ms": milliseconds_since(start)}
    seen = recorder.saw("proxy", proxy.name, cause, verdict, detail, facts)
    return seen, _route(proxy, address, target) if verdict != "fail" else None


def open_tunnel(proxy: Proxy, address: str, target: Target, deadline: Deadline) -> socket.socket:
    """CONNECT to the target; raise `TunnelError` or `NotConnectedError` when there is no tunnel."""
    sock = connect(address, proxy.port, deadline.within(CONNECT_PATIENCE))
    where = endpoint(target.host, target.port)
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}", "User-Agent: licensing-bot"]
    lines += [f"Proxy-Authorization: {proxy.credentials}"] if proxy.credentials else []
    try:
        head = _say(sock, "\r\n".join([*lines, "", ""]).encode("latin-1", "replace"), deadline)
    except TimeoutError:
        sock.close()
        raise _silent(proxy, address, deadline) from None
    except OSError:
        head = b""
    if not head:
        sock.close()
        raise _cut(proxy, address, deadline)
    refusal = _read_refusal(head)
    if refusal:
        sock.close()
        raise refusal
    return sock


def _route(proxy: Proxy, address: str, target: Target) -> Route:
    def opened(deadline: Deadline, _segment: int | None) -> socket.socket:
        return open_tunnel(proxy, address, target, deadline)

    return Route(address=address, port=proxy.port, path="proxy", open=opened)


def _reachable_address(proxy: Proxy, resolve: Resolve, deadline: Deadline) -> tuple[str, str]:
    """Return the first of the proxy's addresses that takes a connection, tried in turn.

    The second value is an address before it that stayed silent.
    """
    last: NotConnectedError | None = None
    silent = ""
    for address in _addresses(proxy, resolve, deadline)[:_MOST_ADDRESSES]:
        try:
            connect(address, proxy.port, deadline.within(CONNECT_PATIENCE)).close()
        except NotConnectedError as error:
            last = error
            silent = silent or (address if error.timed_out else "")
        else:
            return address, silent
    raise last or TunnelError("proxy_unresolvable", f"{proxy.host} has no address")


def _addresses(proxy: Proxy, resolve: Resolve, deadline: Deadline) -> tuple[str, ...]:
    if not proxy.host:
        raise TunnelError("proxy_unreachable", "the proxy variable is no URL: it lacks http://")
    try:
        return (str(ip_address(proxy.host)),)
    except ValueError:
        pass
    found = _resolve(proxy.host, proxy.port, resolve, deadline)
    if found is None:
        raise TunnelError("proxy_unresolvable", f"no answer to the question for {proxy.host}")
    if not found:
        raise TunnelError("proxy_unresolvable", f"{proxy.host} does not resolve")
    return found


def _resolve(host: str, port: int, resolve: Resolve, deadline: Deadline) -> tuple[str, ...] | None:
    """What the name resolves to, nothing when it does not, None when no answer comes."""
    crew: Crew[tuple[str, ...]] = Crew()

    def ask() -> tuple[str, ...]:
        try:
            return tuple(resolve(host, port))
        except (OSError, UnicodeError):
            return ()

    crew.start("name", ask)
    found = crew.next(deadline.within(_NAME_PATIENCE))
    return found[1] if found else None


def _say(sock: socket.socket, request: bytes, deadline: Deadline) -> bytes:
    sock.settimeout(deadline.left())
    sock.sendall(request)
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _LARGEST_HEAD:
        if deadline.passed:
            raise TimeoutError
        sock.settimeout(deadline.left())
        piece = sock.recv(4096)
        if not piece:
            break
        head += piece
    return head


def _read_refusal(head: bytes) -> TunnelError | None:
    match = _STATUS_LINE.match(head)
    if match is None:
        return TunnelError("proxy_unreachable", "what answers there is no HTTP proxy")
    status = int(match[1])
    if status in range(200, 300):
        return None
    line = head.partition(b"\r\n")[0].decode("latin-1")
    if status == 407:  # noqa: PLR2004  RFC 9110
        return TunnelError("proxy_auth_required", line, status)
    if status >= 500:  # noqa: PLR2004  RFC 9110
        return TunnelError("proxy_upstream_failed", line, status)
    return TunnelError("proxy_forbidden", line, status)


def _silent(proxy: Proxy, address: str, deadline: Deadline) -> TunnelError:
    """Tell a proxy that is dead inside from one that waits in vain for the portal."""
    if _is_alive(proxy, address, deadline):
        return TunnelError("proxy_upstream_failed", "answers, but not to CONNECT")
    return TunnelError("proxy_unreachable", "takes the connection and stays silent")


def _cut(proxy: Proxy, address: str, deadline: Deadline) -> TunnelError:
    """Tell a proxy that hangs up on CONNECT from a port that hangs up on everything."""
    if _is_alive(proxy, address, deadline):
        return TunnelError("proxy_forbidden", "closed after CONNECT, without an answer")
    return TunnelError("proxy_unreachable", "takes the connection and closes it")


def _is_alive(proxy: Proxy, address: str, deadline: Deadline) -> bool:
    """Does it answer a request that it need not forward?"""
    end = Deadline(max(deadline.until, time.monotonic() + 1.0)).within(2.0)
    try:
        with connect(address, proxy.port, end) as sock:
            return bool(_say(sock, b"OPTIONS * HTTP/1.0\r\n\r\n", end))
    except OSError:
        return False
