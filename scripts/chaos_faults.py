"""What goes wrong between the bot and Zendesk in a chaos run, and how often."""

from collections.abc import Mapping, Sequence
from typing import Final

_READ: Final = r"GET /api/v2/tickets/\d+"
_WRITE: Final = r"PUT /api/v2/tickets/\d+"

Fault = Mapping[str, object]

#: Before the change is committed: as if it had never been sent.
BEFORE: Final[Sequence[Fault]] = tuple(
    {"match": match, "what": what, "when": "before", "probability": chance, **more}
    for match, what, chance, more in (
        ("/api/v2/tickets/", "401", 0.002, {}),
        (_WRITE, "409", 0.01, {}),
        ("/api/v2/tickets/", "429", 0.0005, {"retry_after": 1}),
        ("/api/v2/tickets/", "429", 0.0003, {"retry_after": -1}),
        ("/api/v2/tickets/", "500", 0.005, {}),
        ("/api/v2/tickets/", "502-html", 0.005, {}),
        ("/api/v2/tickets/", "503-html", 0.005, {}),
        ("/api/v2/tickets/", "drop", 0.005, {}),
        (_READ, "garbage", 0.005, {}),
        (_READ, "truncated", 0.005, {}),
        ("/api/v2/tickets/", "hang", 0.003, {"seconds": 1.5}),
        ("/api/v2/tickets/", "slow", 0.01, {"seconds": 0.3}),
    )
)  # fmt: skip
#: After it: the note stands, and we are not told. This is where a second one is born.
AFTER: Final[Sequence[Fault]] = tuple(
    {"match": _WRITE, "what": what, "when": "after", "probability": chance, **more}
    for what, chance, more in (
        ("hang", 0.01, {"seconds": 1.5}),
        ("drop", 0.01, {}),
        ("500", 0.005, {}),
        ("503-html", 0.005, {}),
        ("garbage", 0.005, {}),
        ("truncated", 0.005, {}),
        ("slow", 0.01, {"seconds": 0.3}),
        ("late-apply", 0.001, {"seconds": 1.0}),
    )
)
DELIVERY: Final[Sequence[Fault]] = (
    {"match": "WEBHOOK", "what": "duplicate", "probability": 0.05, "seconds": 0.5},
    {"match": "WEBHOOK", "what": "duplicate", "probability": 0.02, "seconds": 10.0},
    {"match": "WEBHOOK", "what": "delay", "probability": 0.03, "seconds": 2.0},
    {"match": "WEBHOOK", "what": "reorder", "probability": 0.03},
)
#: Deliveries that never come: only the search for missed changes finds their tickets.
LOSS: Final[Sequence[Fault]] = ({"match": "WEBHOOK", "what": "loss", "probability": 0.002},)
EVERYTHING: Final[Sequence[Fault]] = (*BEFORE, *AFTER, *DELIVERY)
