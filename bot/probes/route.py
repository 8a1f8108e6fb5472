"""A way to the target: straight to one address, or through a proxy's tunnel."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.evidence.observation import Fact
from bot.probes.patience import Deadline
from bot.probes.recorder import endpoint, family
from bot.probes.tcp import connect

Path = Literal["direct", "proxy"]
Open = Callable[[Deadline, int | None], socket.socket]
"""Opens the transport, with a limited segment size when one is given; raises OSError."""


@dataclass(frozen=True, slots=True)
class Route:
    """One checked address and how a connection to it is opened."""

    address: str
    """The address that was checked; for a tunnel the proxy's, for nobody knows the far end's."""
    port: int
    path: Path
    open: Open

    @property
    def target(self) -> str:
        """How an observation names it."""
        where = endpoint(self.address, self.port)
        return where if self.path == "direct" else f"via proxy {where}"

    def facts(self) -> dict[str, Fact | None]:
        """What every observation of this route carries."""
        return {
            "ip": self.address,
            "port": self.port,
            "family": family(self.address),
            "path": self.path,
        }


def straight_to(address: str, port: int) -> Route:
    """The route without a proxy."""

    def opened(deadline: Deadline, segment: int | None) -> socket.socket:
        return connect(address, port, deadline, segment=segment)

    return Route(address=address, port=port, path="direct", open=opened)
