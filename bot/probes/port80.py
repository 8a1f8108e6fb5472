"""When port 443 gives no connection: does the host answer on port 80, and who is it?"""

import threading
from dataclasses import dataclass, field
from typing import Final

from bot.evidence.observation import Fact, Observation
from bot.probes.exchange import Request, ask
from bot.probes.guard import Target
from bot.probes.pages import name_answer
from bot.probes.patience import Deadline
from bot.probes.recorder import Recorder, endpoint, family
from bot.probes.tcp import NotConnectedError, connect

PORT: Final = 80
WAIT: Final = 1.2
_PATIENCE: Final = 2.5
_TELLING: Final = frozenset({"http_block_page", "http_captive_portal"})


@dataclass(slots=True)
class Attempt:
    """How TCP to the target's own port went, for the thread that waits for it."""

    _over: threading.Event = field(default_factory=threading.Event)
    _connected: bool = False

    def end(self, *, connected: bool) -> None:
        """Tell how it went."""
        self._connected = connected
        self._over.set()

    def connects_within(self, seconds: float) -> bool:
        """Wait for the end, at most so long; True when there was a connection."""
        return self._over.wait(seconds) and self._connected


def look(recorder: Recorder, target: Target, address: str, deadline: Deadline) -> Observation:
    """Ask port 80 when the target's own port waits or refuses.

    A captive portal answers here, and any answer proves that packets reach the host: then a
    silent port is a filter, and not a hole in the route.
    """
    where = endpoint(address, PORT)
    facts: dict[str, Fact | None] = {"ip": address, "family": family(address)}
    end = deadline.within(_PATIENCE)
    try:
        sock = connect(address, PORT, end)
    except NotConnectedError as error:
        return recorder.saw("port80", where, error.cause, "unknown", error.strerror or "", facts)
    with sock:
        exchange = ask(sock, Request("GET", "/", target.host), end)
    answer = exchange.answer
    if answer is None:
        return recorder.saw("port80", where, "tcp_ok", "unknown", exchange.detail, facts)
    facts |= {"http_status": answer.status, "location": answer.headers.get("location")}
    cause = name_answer(answer, f"http://{target.host}/", inspected=False)
    if cause not in _TELLING:
        cause = "tcp_ok"
    detail = f"HTTP {answer.status}"
    return recorder.saw("port80", where, cause, "unknown", detail, facts)
