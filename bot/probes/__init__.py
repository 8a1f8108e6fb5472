"""Probes: one file, one question. `suite` runs them all, `guard` says what may be probed."""

from typing import Final

#: Every probe, in the order of the layers; a test keeps this complete.
PROBES: Final = ("dns", "icmp", "tcp", "port80", "tls", "https", "proxy")
