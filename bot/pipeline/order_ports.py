"""What carrying out agents' orders needs beside desk and ledger, as protocols and values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from bot.probes.guard import Guard
from bot.runbook.ticket import Attachment
from bot.zendesk.people import Tagger


class People(Protocol):
    """Who orders, and who may."""

    def groups_of(self, user_id: int) -> Sequence[str]:
        """Return the names of the groups that this user is in."""

    def tagged_by(self, ticket_id: int, tag: str) -> Tagger | None:
        """Return who gave the ticket this tag last; None when that cannot be found out."""


class Vault(Protocol):
    """Files of tickets. Raises the errors of `bot.zendesk.errors`."""

    def fetch(self, attachment: Attachment, into: IO[bytes]) -> int:
        """Write the file's bytes and return how many."""

    def upload(self, name: str, content_type: str, content: bytes) -> str:
        """Upload a file; return the token that a note takes it along with."""

    def redact(self, ticket_id: int, comment_id: int, attachment: Attachment) -> None:
        """Redact one file for good. That it raises nothing proves nothing."""

    def redact_alone(self, ticket_id: int, comment_id: int, attachment: Attachment) -> None:
        """Redact one file in the older way."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a worker has for agents' orders."""

    people: People
    vault: Vault
    script: Callable[[int], str]
    """The check script, filled in for a ticket."""
    own_id: int | None = None
    """The bot's own user: it orders nothing."""
    guard: Guard = field(default_factory=Guard)
    """What may be probed of customers' instances."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an order in this look at the ticket."""

    outcome: str = ""
    wrote: bool = False
    """The ticket was written to: it must be read again before anything else."""
