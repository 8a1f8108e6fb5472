"""Values that a reader understood in pasted output, beside those that the text shows by itself."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.evidence.observation import Observation
from bot.runbook.diagnosis import Extracted

#: A reader knows these better than a pattern: whose address it is, and who answered.
_KEYS: Final = ("proxy_host", "dns_server", "issuer", "http_status")
#: Taken only where the text alone gave nothing.
_ONLY_WHEN_MISSING: Final = frozenset({"issuer", "http_status"})


def with_seen(extracted: Extracted, seen: Sequence[Observation]) -> Extracted:
    """Add what the customer's evidence holds and the words did not say."""
    found = dict(extracted)
    for key in _KEYS:
        known = _values(found.get(key))
        if known and key in _ONLY_WHEN_MISSING:
            continue
        new = [value for value in _facts(seen, key) if value not in known]
        if values := list(dict.fromkeys(known + new)):
            found[key] = values[0] if len(values) == 1 else tuple(values)
    return found


def _facts(seen: Sequence[Observation], key: str) -> Iterable[str]:
    for look in seen:
        if look.vantage.startswith("customer"):
            # what holds a bracket is a stand-in of the redaction
            yield from (value for value in _values(look.facts.get(key)) if "[" not in value)


def _values(value: object) -> list[str]:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return [str(value)] if value else []
