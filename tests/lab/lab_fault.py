"""What a fault of the lab is: a network that is broken in one way, and what is true about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lab.lab_handles import Serve
from tests.probes.loopback_servers import Zone

V4, V4B, DEAD = "20.40.60.80", "20.40.60.81", "20.40.60.99"
V6, V6B = "2a00:1450:4001::80", "2a00:1450:4001::81"
RESOLVERS = ("192.168.77.53", "192.168.77.54")
PROXY = "192.168.77.80"
CAPTIVE = "192.168.77.99"

GOOD = Zone({"A": (V4, V4B), "AAAA": (V6, V6B)})
ONLY_V4 = Zone({"A": (V4, V4B)})
NO_SUCH_NAME = Zone(rcode="NXDOMAIN")
NO_WAY_OUT = "iifname lan0 oifname wan0 drop"
"""Only the proxy has a way out of the company's network."""


@dataclass(frozen=True)
class Fault:
    """A network that is broken, or odd and healthy, in one particular way."""

    id: str
    layer: str
    cause: str
    activates: tuple[str, ...]
    """What may rightly be said; the first is best."""
    also_layers: tuple[str, ...] = ()
    also_causes: tuple[str, ...] = ()
    healthy: bool = False
    zones: tuple[Zone, ...] = (GOOD,)
    hosts: str = ""
    rules: tuple[str, ...] = ()
    """nft rules of the router's forward chain."""
    resolver_rules: tuple[str, ...] = ()
    """nft rules of the router's input chain."""
    nat: tuple[str, ...] = ()
    portals: Mapping[str, Serve] = field(default_factory=dict)
    """Servers of single addresses on port 443; the others run the good portal."""
    everywhere: Serve | None = None
    """The server of all addresses."""
    proxy: Serve | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    captive: Serve | None = None
    """A server on port 80 of the router."""
    trust: str = "public"
    resolv_conf: str = ""
    """The probing host's file, where it is not just a line for each zone."""
    host_lines: tuple[str, ...] = ()
    """Commands of `ip` for the probing host, after all is set up."""
    host_rules: tuple[str, ...] = ()
    """nft rules of the probing host's own output chain."""
    router_lines: tuple[str, ...] = ()
    """Commands of `ip` for the router, after all is set up."""
    router_out: tuple[str, ...] = ()
    """nft rules of the router's output chain."""
    addresses: tuple[str, ...] = ()
    """Further addresses on which the portal listens."""


USES_PROXY = {"https_proxy": f"http://{PROXY}:3128"}
NO = ("no",)
WORSE = ("degraded", "no")
FINE = ("yes",)
