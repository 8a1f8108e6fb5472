"""Is it the portal? One failing vantage says nothing; from two on the portal has trouble (4.3)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.evidence.look import Look

#: Older looks are history: they are shown with their age, but prove nothing of anybody.
TELLING: Final = timedelta(minutes=15)
_ENOUGH: Final = 2


def trouble(looks: Sequence[Look]) -> tuple[Look, ...]:
    """Return the looks that fail, when so many do that it is the portal's trouble."""
    failing = {look.vantage: look for look in looks if look.fails}
    return tuple(failing.values()) if len(failing) >= _ENOUGH else ()
