"""What provisioning is about to do and has done, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.zendesk.catalog import Kind
from bot.zendesk.foreign import ForeignRule
from bot.zendesk.listing import Object

Verb = Literal["create", "change", "keep", "remove", "release"]
Deed = Literal["created", "changed", "deleted"]


class ProvisionError(Exception):
    """The account cannot be provisioned as it is; every line names an object and the way out."""


@dataclass(frozen=True, slots=True)
class Change:
    """One key that differs."""

    key: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Step:
    """What has to be done about one object."""

    verb: Verb
    kind: Kind
    key: str
    name: str
    object_id: str | None = None
    changes: tuple[Change, ...] = ()
    adopted: bool = False
    """It was there before us."""
    digest: str = ""
    """Of what the files want, so that a saved plan knows when they changed."""


@dataclass(frozen=True, slots=True)
class ProvisionPlan:
    """What `apply` would do to this account."""

    host: str
    steps: tuple[Step, ...]
    problems: tuple[str, ...] = ()
    """Why it would refuse; empty when it would not."""
    left_out: tuple[str, ...] = ()
    """What this account cannot have, and why."""
    notices: tuple[str, ...] = ()
    """What a person should know: copies from another account, what is switched off."""
    foreign: tuple[ForeignRule, ...] = ()
    """Triggers and automations of others that would fire on our updates."""

    @property
    def writes(self) -> int:
        """How many objects would be written."""
        return sum(step.verb != "keep" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, and what the bot must know from now on."""

    steps: tuple[Step, ...]
    ids: Mapping[Kind, Mapping[str, str]]
    """Zendesk's ids by kind and our key."""
    secrets: tuple[str, ...] = field(repr=False)
    """The webhook's signing secret, for ZENDESK_WEBHOOK_SECRETS; none that we may not see."""
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For adopted drop-downs: our key → their option tag → our value."""

    @property
    def writes(self) -> int:
        """How many objects were written."""
        return sum(step.verb != "keep" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Deal:
    """One write, as the journal keeps it."""

    deed: Deed
    kind: Kind
    key: str
    name: str
    object_id: str | None
    """None until Zendesk has said it."""
    before: Object | None = None
    """The whole object as Zendesk showed it; None for a creation."""
    after: Object | None = None
    """The keys that were sent; None for a deletion."""


class Recorder(Protocol):
    """Keeps what is written: the intent before each write, its end after it."""

    def intend(self, deal: Deal) -> int:
        """Write down what is about to be done; return its number."""

    def done(self, number: int, object_id: str) -> None:
        """It stands in Zendesk now."""

    def pending(self, kind: str, key: str) -> bool:
        """Was it to be made a little while ago, and never seen to stand?"""


class NoRecord:
    """For a demo and for tests: nothing is kept."""

    def intend(self, deal: Deal) -> int:  # noqa: ARG002
        """Keep nothing."""
        return 0

    def done(self, number: int, object_id: str) -> None:
        """Keep nothing."""

    def pending(self, kind: str, key: str) -> bool:  # noqa: ARG002
        """Nothing is known."""
        return False
