"""Runs the servers of one side of a fault, until standard input ends."""

import contextlib
import os
import sys
from pathlib import Path

from tests.lab.lab_fault import CAPTIVE, PROXY, RESOLVERS, V4, V4B, V6, V6B, Fault
from tests.lab.lab_faults import BY_ID
from tests.lab.lab_handles import portal
from tests.probes.loopback_servers import answering, listening


def serve(fault: Fault, side: str, folder: Path, running: contextlib.ExitStack) -> None:
    """Start everything of the ``router`` or of the ``portal``."""
    if side == "portal":
        for address in (V4, V4B, V6, V6B, *fault.addresses):
            chosen = fault.portals.get(address) or fault.everywhere or portal()
            running.enter_context(listening(chosen(folder), address, 443))
        return
    for resolver, zone in zip(RESOLVERS, fault.zones, strict=False):
        running.enter_context(answering(zone, resolver, 53))
    if fault.proxy:
        running.enter_context(listening(fault.proxy(folder), PROXY, 3128))
    if fault.captive:
        running.enter_context(listening(fault.captive(folder), CAPTIVE, 80))


def main() -> None:
    """Start, say so, wait for the end of standard input, and leave without asking threads."""
    fault, side, folder = BY_ID[sys.argv[1]], sys.argv[2], Path(sys.argv[3])
    running = contextlib.ExitStack()  # kept: the servers end with it
    serve(fault, side, folder, running)
    print("ready", flush=True)  # noqa: T201  the parent waits for this line
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
