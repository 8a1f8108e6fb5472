"""Can a TCP connection be opened to this address, and if not, who says no?"""

import contextlib
import errno
import socket
import struct
import sys
import time
from dataclasses import dataclass
from typing import Final

from bot.evidence.observation import Fact, Observation
from bot.probes.patience import Deadline, milliseconds_since
from bot.probes.recorder import Recorder, endpoint, family

#: SYN is sent at 0, 1 and 3 s: two repeats, and a while for the last one's answer.
PATIENCE: Final = 3.7
SMALL_SEGMENT: Final = 536
"""Bytes that every path lets through (RFC 1122)."""
# linux/in.h, linux/in6.h: not in Python's socket module before 3.14.
_IP_RECVERR: Final = (socket.IPPROTO_IP, 11)
_IPV6_RECVERR: Final = (socket.IPPROTO_IPV6, 25)
#: struct sock_extended_err: errno, origin, type, code, pad, info, data; then the offender.
_EXTENDED_ERROR: Final = struct.Struct("=IBBBBII")
#: SO_EE_ORIGIN_ICMP and _ICMP6 → where the offender's address lies behind the structure.
_OFFENDER: Final = {2: (socket.AF_INET, slice(20, 24)), 3: (socket.AF_INET6, slice(24, 40))}
#: RFC 1812: net, host and communication administratively prohibited.
_PROHIBITED_CODES: Final = frozenset({9, 10, 13})
#: struct tcp_info of linux/tcp.h: total_retrans, min_rtt in µs, dsack_dups; Linux 4.19 and later.
_TCP_INFO_SIZE: Final = 232
_RETRANSMITS_AT, _MIN_RTT_AT, _DUPLICATES_AT = 100, 148, 216
_UNMEASURED: Final = 0xFFFFFFFF

_CAUSE_OF_ERRNO: Final = {
    errno.ECONNREFUSED: "tcp_refused",
    errno.ECONNRESET: "tcp_reset",
    errno.ETIMEDOUT: "tcp_timeout",
    errno.ENETUNREACH: "no_route",
    # A route of type `blackhole`.
    errno.EINVAL: "no_route",
    errno.EADDRNOTAVAIL: "no_route",
    errno.EAFNOSUPPORT: "no_route",
    errno.EHOSTUNREACH: "host_unreachable",
    errno.EHOSTDOWN: "host_unreachable",
    errno.ENOPROTOOPT: "admin_prohibited",
    errno.EACCES: "admin_prohibited",
    errno.EPERM: "admin_prohibited",
}


@dataclass(frozen=True, slots=True)
class Icmp:
    """The ICMP message that ended a connection attempt."""

    code: int
    sender: str


class NotConnectedError(OSError):
    """A connection could not be opened; `icmp` tells who refused it, where that is known."""

    def __init__(self, error: OSError, icmp: Icmp | None) -> None:
        super().__init__(error.errno, error.strerror or str(error))
        self.icmp = icmp
        self.timed_out = isinstance(error, TimeoutError)

    @property
    def cause(self) -> str:
        """The cause id."""
        if self.timed_out:
            return "tcp_timeout"
        if self.errno == errno.EHOSTUNREACH and self.icmp and self.icmp.code in _PROHIBITED_CODES:
            return "admin_prohibited"
        return _CAUSE_OF_ERRNO.get(self.errno or 0, "tcp_timeout")


def connect(
    address: str, port: int, deadline: Deadline, *, segment: int | None = None
) -> socket.socket:
    """Open a connection to exactly this address, or raise `NotConnectedError`.

    `segment` limits the TCP segment size in both directions: what then works and did not before
    was stopped by a path that swallows large packets.
    """
    sock = socket.socket(_version(address), socket.SOCK_STREAM)
    try:
        if segment:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        _tell_icmp_errors(sock, wanted=True)
        sock.settimeout(deadline.left())
        sock.connect((address, port))
        # An established connection survives a stray ICMP error in the product, so in ours too.
        _tell_icmp_errors(sock, wanted=False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        icmp = _read_icmp_error(sock)
        sock.close()
        raise NotConnectedError(error, icmp) from None
    return sock


def look(
    recorder: Recorder, address: str, port: int, deadline: Deadline, **more: Fact
) -> Observation:
    """Open one connection to this address and close it."""
    start = time.monotonic()
    facts: dict[str, Fact | None] = {
        "ip": address, "port": port, "family": family(address), **more,
    }  # fmt: skip
    try:
        sock = connect(address, port, deadline)
    except NotConnectedError as error:
        facts["ms"] = milliseconds_since(start)
        if error.icmp:
            facts |= {"icmp_code": error.icmp.code, "icmp_sender": error.icmp.sender}
        detail = "no answer" if error.timed_out else (error.strerror or "")
        return recorder.saw("tcp", endpoint(address, port), error.cause, "fail", detail, facts)
    with sock:
        facts |= {"ms": milliseconds_since(start), **transport_facts(sock)}
    return recorder.saw("tcp", endpoint(address, port), "tcp_ok", "ok", "connected", facts)


def transport_facts(sock: socket.socket) -> dict[str, Fact]:
    """Round trip and repeats as the kernel counted them; empty where it does not tell.

    A repeat that the peer reported as a duplicate was sent too early (a tail loss probe on a busy
    machine) and speaks for no loss.
    """
    if not sys.platform.startswith("linux"):
        return {}
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
        repeats, rtt, duplicates = (
            struct.unpack_from("=I", info, place)[0]
            for place in (_RETRANSMITS_AT, _MIN_RTT_AT, _DUPLICATES_AT)
        )
    except (OSError, struct.error):
        return {}
    facts: dict[str, Fact] = {"retransmits": max(0, repeats - duplicates)}
    return facts if rtt == _UNMEASURED else facts | {"rtt_ms": round(rtt / 1000, 1)}


def _version(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if family(address) == 6 else socket.AF_INET  # noqa: PLR2004  IPv6


def _tell_icmp_errors(sock: socket.socket, *, wanted: bool) -> None:
    level, option = _IPV6_RECVERR if sock.family == socket.AF_INET6 else _IP_RECVERR
    if sys.platform.startswith("linux"):
        sock.setsockopt(level, option, int(wanted))


def _read_icmp_error(sock: socket.socket) -> Icmp | None:
    """Read the kernel's error queue (Linux 5.7 and later keep it for connecting sockets)."""
    if not sys.platform.startswith("linux"):
        return None
    with contextlib.suppress(OSError, struct.error, ValueError):
        sock.setblocking(False)  # noqa: FBT003  the standard library's own signature
        for _level, _kind, data in sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)[1]:
            fields = _EXTENDED_ERROR.unpack_from(data)
            if fields[1] in _OFFENDER:
                version, place = _OFFENDER[fields[1]]
                return Icmp(code=fields[3], sender=socket.inet_ntop(version, data[place]))
    return None
