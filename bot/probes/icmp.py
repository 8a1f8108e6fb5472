"""How many pings come back from this address, which is never a failure by itself, and how fast?"""

import os
import select
import socket
import struct
import time
from typing import Final

from bot.evidence.observation import Fact, Observation
from bot.probes.patience import Deadline
from bot.probes.recorder import Recorder, family

_COUNT: Final = 12
_PAUSE: Final = 0.08
_LATEST: Final = 2.2
"""Seconds that the last request's answer may take."""
_HEADER: Final = struct.Struct("!BBHHH")
_REQUEST: Final = {4: 8, 6: 128}
_REPLY: Final = {4: 0, 6: 129}


def look(
    recorder: Recorder, address: str, deadline: Deadline, *, count: int = _COUNT
) -> Observation:
    """Send several echo requests from an unprivileged socket and count what comes back."""
    version = family(address)
    facts: dict[str, Fact | None] = {"ip": address, "family": version, "sent": count}
    try:
        sock = _open(version)
        with sock:
            sock.connect((address, 0))
            times = _exchange(sock, version, count, deadline)
    except PermissionError:
        return recorder.saw("icmp", address, "tool_missing", "unknown", "ping not permitted here")
    except OSError as error:
        facts |= {"received": 0}
        return recorder.saw("icmp", address, "icmp_no_reply", "warn", error.strerror or "", facts)
    facts |= {"received": len(times), "rtt_ms": round(min(times) * 1000, 1) if times else None}
    detail = f"{len(times)} of {count} answered"
    if not times:
        return recorder.saw("icmp", address, "icmp_no_reply", "warn", detail, facts)
    cause = "icmp_ok" if len(times) == count else "packet_loss"
    return recorder.saw(
        "icmp", address, cause, "ok" if cause == "icmp_ok" else "warn", detail, facts
    )


def _open(version: int) -> socket.socket:
    if version == 4:  # noqa: PLR2004  IPv4
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    return socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6)


def _exchange(sock: socket.socket, version: int, count: int, deadline: Deadline) -> list[float]:
    sock.setblocking(False)  # noqa: FBT003  the standard library's own signature
    token, start = os.urandom(8), time.monotonic()
    sent: list[float] = []
    times: dict[int, float] = {}
    end = deadline.within(count * _PAUSE + _LATEST)
    while len(times) < count and not end.passed:
        due = start + len(sent) * _PAUSE
        if len(sent) < count and time.monotonic() >= due:
            _send(sock, _HEADER.pack(_REQUEST[version], 0, 0, 0, len(sent)) + token)
            sent.append(time.monotonic())
            continue
        arrived = _receive(sock, version, token, end if len(sent) == count else Deadline(due))
        if arrived is not None and arrived < len(sent):
            times.setdefault(arrived, time.monotonic() - sent[arrived])
    return list(times.values())


def _send(sock: socket.socket, packet: bytes) -> None:
    # An ICMP error for an earlier request comes back on the next call: the request is just lost.
    try:
        sock.send(packet)
    except PermissionError:
        raise
    except OSError:
        return


def _receive(sock: socket.socket, version: int, token: bytes, wait: Deadline) -> int | None:
    readable, _, _ = select.select([sock], [], [], wait.left())
    if not readable:
        return None
    try:
        packet = sock.recv(512)
    except OSError:
        return None
    if len(packet) < _HEADER.size or packet[0] != _REPLY[version] or packet[8:16] != token:
        return None
    return int(_HEADER.unpack_from(packet)[4])
