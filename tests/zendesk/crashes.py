"""Die at the n-th write to a stub Zendesk, or lose its reply; and what the account holds then."""

import re
from typing import Any

from bot.zendesk.provision import Deal
from tests.zendesk.stub_zendesk import StubZendesk, drops

_TIMES = {"created_at", "updated_at"}


class Dies(BaseException):
    """The process is gone."""


class DiesAfter:
    """A recorder whose process dies right before, or right after, the n-th write."""

    def __init__(self, number: int, *, written: bool) -> None:
        self._left = number
        self._written = written

    def intend(self, deal: Deal) -> int:
        self._left -= 1
        if self._left == 0 and not self._written:
            raise Dies
        return 0

    def done(self, number: int, object_id: str) -> None:
        if self._left == 0 and self._written:
            raise Dies

    def pending(self, kind: str, key: str) -> bool:
        return False


def lose_reply(zendesk: StubZendesk, number: int, *, applied: bool) -> None:
    """Drop the connection at the n-th write from now, before or after it took effect."""
    zendesk.faults.clear()
    zendesk.fail("WRITE", "/api/v2/", drops, after=number - 1, commit_first=applied)


def whole(zendesk: StubZendesk) -> dict[str, Any]:
    """Everything that the account holds, with names in place of ids, and without times."""
    names = {
        str(number): f"<{name} {item.get('title') or item.get('name')}>"
        for name, items in zendesk.state.collections.items()
        for number, item in items.items()
    }
    held = {
        name: [_named(item, names) for item in items.values()]
        for name, items in zendesk.state.collections.items()
        if items
    }
    for items in held.values():
        items.sort(key=lambda item: str(item.get("title") or item.get("name")))
    return held


def _named(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if key not in _TIMES | {"position"}}
        return {key: _named(one, names) for key, one in kept.items()}
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return names.get(str(value), value)
    if isinstance(value, str):
        return re.sub(r"(?:01H)?(?<!\d)\d{4,}", lambda found: names.get(found[0], found[0]), value)
    return value
