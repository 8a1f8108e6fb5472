"""Fault schedules: which call or webhook goes wrong, when, and how."""

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.sandbox.delivery import Deliverer, Parcel

When = Literal["before", "after"]

#: What may happen to an API call.
CALL_FAULTS: Final = frozenset(
    {"401", "403", "404", "409", "422", "429", "500", "502-html", "503-html", "garbage"}
    | {"truncated", "drop", "hang", "slow", "late-apply"}
)
#: What may happen to a webhook on its way.
WEBHOOK_FAULTS: Final = frozenset({"duplicate", "delay", "loss", "reorder"})
_OVERTAKEN_AFTER: Final = 1.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a schedule. Without nth, every or probability it always strikes."""

    match: str
    """Regular expression, searched in `PUT /api/v2/tickets/35` or `WEBHOOK http://…`."""
    what: str
    when: When = "before"
    """`after`: the change is committed, only the answer goes wrong."""
    nth: int | None = None
    """Only the nth call that matches, counted from 1."""
    every: int | None = None
    probability: float | None = None
    times: int | None = None
    """At most this often."""
    seconds: float = 0.0
    retry_after: int = 1
    """Of a 429; below 0 its answer names no time."""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Rule":
        """Read one rule from JSON; unknown keys and words are errors."""
        rule = cls(**data)
        re.compile(rule.match)
        if rule.what not in CALL_FAULTS | WEBHOOK_FAULTS:
            raise ValueError(f"what: {rule.what} is not one of {sorted(CALL_FAULTS)}")
        if rule.when not in {"before", "after"}:
            raise ValueError("when: before or after")
        return rule


@dataclass(slots=True)
class _Count:
    rule: Rule
    seen: int = 0
    struck: int = 0


@dataclass(slots=True)
class Faults:
    """The schedule in force."""

    seed: int = 1
    _counts: list[_Count] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _random: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  a dice
    lifted: threading.Event = field(default_factory=threading.Event)
    """Set while no fault may hold anybody: hanging calls let go."""

    def set(self, rules: list[Rule], seed: int = 1) -> None:
        """Replace the schedule; an empty one lifts everything."""
        with self._lock:
            self._counts = [_Count(rule) for rule in rules]
            self._random.seed(seed)
        if rules:
            self.lifted.clear()
        else:
            self.lifted.set()

    def strike(self, subject: str, kinds: frozenset[str] = CALL_FAULTS) -> Rule | None:
        """The first rule that strikes this call now."""
        with self._lock:
            for count in self._counts:
                if count.rule.what in kinds and re.search(count.rule.match, subject):
                    count.seen += 1
                    if self._is_due(count):
                        count.struck += 1
                        return count.rule
        return None

    def report(self) -> list[dict[str, object]]:
        """How often each rule matched and struck."""
        with self._lock:
            return [
                {"match": c.rule.match, "what": c.rule.what, "seen": c.seen, "struck": c.struck}
                for c in self._counts
            ]

    def post(self, parcel: Parcel, deliverer: Deliverer) -> None:
        """Send a parcel, or what the schedule makes of it."""
        subject = f"WEBHOOK {parcel.endpoint} {parcel.body.decode(errors='replace')}"
        rule = self.strike(subject, WEBHOOK_FAULTS)
        if rule is None:
            deliverer.send(parcel)
        elif rule.what == "duplicate":
            deliverer.send(parcel)
            deliverer.send(parcel, rule.seconds)
        elif rule.what != "loss":
            # Whatever comes within the delay overtakes it: late and out of order are one thing.
            deliverer.send(parcel, rule.seconds or _OVERTAKEN_AFTER)

    def _is_due(self, count: _Count) -> bool:
        rule = count.rule
        if rule.times is not None and count.struck >= rule.times:
            return False
        if rule.nth is not None:
            return count.seen == rule.nth
        if rule.every is not None:
            return count.seen % rule.every == 0
        return rule.probability is None or self._random.random() < rule.probability
