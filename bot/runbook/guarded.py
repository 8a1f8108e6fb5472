"""Commands that agents give by macro: what each is, and which of them not everybody may give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.runbook.ticket import Ticket

PROBE_CUSTOMER: Final = "probe_customer"
SAFE_HAR: Final = "safe_har"
SEND_CHECK_SCRIPT: Final = "send_check_script"

#: Carried out apart from the verdict, each with notes of its own.
ORDERS: Final = frozenset({PROBE_CUSTOMER, SAFE_HAR, SEND_CHECK_SCRIPT})
#: Outward or irreversible: only for the groups that guarded.toml names.
GUARDED: Final = frozenset({PROBE_CUSTOMER, SAFE_HAR})


@dataclass(frozen=True, slots=True)
class GuardedRules:
    """Who may give a guarded command, from guarded.toml."""

    groups: tuple[str, ...] = ()
    """Names of Zendesk groups. Empty: nobody may, and the bot answers how to change that."""
    confirm_after_seconds: float = 5.0
    """A second use sooner than this is a double click, no answer to the question."""
    confirm_within_minutes: float = 15.0
    """Later the question is asked anew."""

    def allow(self, groups: tuple[str, ...]) -> bool:
        """Is somebody who is in these groups allowed? Case and blanks around do not count."""
        return bool({_plain(name) for name in self.groups} & {_plain(name) for name in groups})


def orders_on(ticket: Ticket, commands: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tags on the ticket that order something apart from the verdict."""
    return tuple(tag for tag in ticket.tags if commands.get(tag) in ORDERS)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
