"""The parts of one pocket Zendesk, held together so that every view finds them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import current_app

from bot.sandbox.account import ACCOUNT_ID
from bot.sandbox.calls import CallLog
from bot.sandbox.delivery import Deliverer
from bot.sandbox.faults import Faults
from bot.sandbox.limits import Limits, Meter
from bot.sandbox.state import Store, stamp


def system_clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Pocket:
    """One pocket account with everything it needs to answer."""

    store: Store
    deliverer: Deliverer
    meter: Meter
    account_id: int = ACCOUNT_ID
    limits: Limits = field(default_factory=Limits)
    calls: CallLog = field(default_factory=CallLog)
    faults: Faults = field(default_factory=Faults)
    clock: Callable[[], datetime] = system_clock
    token_seconds: int | None = None
    """Life of every OAuth token, whatever the client asks for; None obeys the client."""
    app_host: str = ""
    """Where the desk is reachable, `http://127.0.0.1:4000`; empty until a request tells."""
    assets_port: int = 0
    """Where installed apps' assets are served; 0 shows no apps beside a ticket."""

    def now(self) -> str:
        """Return this second as Zendesk writes it."""
        return stamp(self.clock())


def pocket() -> Pocket:
    """The pocket Zendesk that this request is for."""
    found = current_app.extensions["pocket"]
    if not isinstance(found, Pocket):
        raise TypeError("this app was not made by create_sandbox")
    return found
