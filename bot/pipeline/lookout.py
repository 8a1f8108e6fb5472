"""From where this process looks at the portal, and at which: read from settings and runbook."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from bot.config import LOOPBACK, Settings
from bot.pipeline.control import LOCAL
from bot.pipeline.probing import GLOBALPING, Vantage
from bot.probes.guard import Guard
from bot.probes.https import Portal
from bot.queue import probes_queue
from bot.runbook.book import Runbook
from bot.vantages.globalping import Globalping
from bot.vantages.here import INSTANCE, Here
from bot.vantages.instance import Instance


@dataclass(frozen=True, slots=True)
class Lookout:
    """The portal as a target, and the vantages that this process can look from."""

    target: str
    vantages: Mapping[str, Vantage]
    elsewhere: tuple[str, ...] = ()
    """Vantages that any of our hosts can use."""
    guard: Guard = field(default_factory=Guard)
    """What may be probed."""

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that a process with this lookout can serve."""
        return tuple(probes_queue(name) for name in self.vantages)


def lookout_of(
    settings: Settings,
    runbook: Runbook,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    name: str = LOCAL,
) -> Lookout:
    """Return the lookout of a process whose own vantage has this name.

    A portal on loopback is a pocket portal: the guard is opened for it, and nothing else. It is
    named to nobody outside.
    """
    target = f"{settings.portal_url or f'https://{runbook.head.portal}'}/"
    sign_in = runbook.head.paths.get("sign_in", "")
    host = urlsplit(target).hostname or ""
    pocket = host in LOOPBACK
    guard = Guard.allowing("127.0.0.0/8", "::1/128") if pocket else Guard()
    here = Here(
        name,
        target,
        clock,
        guard=guard,
        portal=Portal(sign_in=sign_in),
        environ={} if pocket else environ,
    )
    vantages: dict[str, Vantage] = {name: here}
    if name == LOCAL:
        vantages[INSTANCE] = Instance(clock, guard)
    if settings.globalping_from and not pocket and name == LOCAL:
        vantages[GLOBALPING] = Globalping(
            target, settings.globalping_from, clock, settings.globalping_token, sign_in
        )
    elsewhere = tuple(other for other in vantages if other == GLOBALPING)
    return Lookout(target, vantages, elsewhere, guard)
