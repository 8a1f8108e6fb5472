"""When may the bot speak? DESIGN 4.6 as one pure function over values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.runbook.ticket import Ticket

Mode = Literal["off", "shadow", "on_request", "on"]
Silence = Literal[
    "tag_missing", "shared_ticket", "mode_off", "mode_shadow", "mode_on_request", "ticket_closed",
    "left_alone", "ticket_solved", "not_cloud_licensing", "agent_is_on_it", "nothing_new",
    "before_watermark", "event_too_old", "agent_replied_first", "ceiling_reached",
]  # fmt: skip

TAG: Final = "cloud-licensing"
LEFT_ALONE_TAG: Final = "cl_bot_off"


@dataclass(frozen=True, slots=True)
class SpeakRules:
    """The numbers of DESIGN 4.6, from `[speak]` of runbook.toml."""

    max_automatic_notes: int = 3
    min_gap_minutes: int = 10
    max_event_age_hours: int = 2


@dataclass(frozen=True, slots=True)
class Posted:
    """A note of ours that stands on the ticket."""

    digest: str
    at: datetime
    automatic: bool


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the decision rests on besides the ticket itself."""

    now: datetime
    event_at: datetime
    mode: Mode
    watermark: datetime
    scenario: str
    digest: str
    """Of the verdict; a command that wants more than the verdict stands after a colon."""
    posted: Sequence[Posted] = ()
    """Notes of ours on this ticket, oldest first."""
    command: str | None = None
    """An agent's command; it is exempt from the limits of automatic notes."""
    replayed: bool = False
    """An operator asked for this event again: its age does not count."""
    asked: bool = False
    """An agent saw exactly this note in the sidebar and asks for it, in shadow mode, too."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: ask again in `seconds`."""

    seconds: float


def decide(ticket: Ticket, occasion: Occasion, rules: SpeakRules) -> Silence | Wait | None:
    """Return why the bot stays silent, how long it waits, or None when it may speak.

    The order matters: what can never be written comes first, then what an operator or an agent
    decided, then what the bot itself has to say.
    """
    never = _never(ticket, "on_request" if _asked_in_shadow(occasion) else occasion.mode)
    if never is not None:
        return never
    if _stands_already(occasion):
        return "nothing_new"
    if occasion.command is not None or occasion.asked:
        return None
    return _automatic(ticket, occasion, rules)


def _never(ticket: Ticket, mode: Mode) -> Silence | None:
    """Return what forbids every note, an agent's command included."""
    if TAG not in ticket.tags:
        return "tag_missing"
    if ticket.shared:
        return "shared_ticket"
    if ticket.status == "closed":
        return "ticket_closed"
    if mode == "off":
        return "mode_off"
    return "mode_shadow" if mode == "shadow" else None


def _asked_in_shadow(occasion: Occasion) -> bool:
    return occasion.asked and occasion.mode == "shadow"


def _stands_already(occasion: Occasion) -> bool:
    """Does the last note say this? One that a command asked for says the verdict as well."""
    if not occasion.posted:
        return False
    said, _, _ = occasion.posted[-1].digest.partition(":")
    return occasion.digest in (said, occasion.posted[-1].digest)


def _automatic(ticket: Ticket, occasion: Occasion, rules: SpeakRules) -> Silence | Wait | None:
    if LEFT_ALONE_TAG in ticket.tags:
        return "left_alone"
    if occasion.mode == "on_request":
        return "mode_on_request"
    if ticket.status == "solved":
        return "ticket_solved"
    if occasion.scenario == "not_cloud_licensing":
        return "not_cloud_licensing"
    if occasion.scenario == "needs_info" and agent_replied(ticket):
        return "agent_is_on_it"
    mine = [note for note in occasion.posted if note.automatic]
    if not mine:
        return _first(ticket, occasion, rules)
    if len(mine) >= rules.max_automatic_notes:
        return "ceiling_reached"
    gap = timedelta(minutes=rules.min_gap_minutes) - (occasion.now - mine[-1].at)
    return Wait(gap.total_seconds()) if gap > timedelta(0) else None


def _first(ticket: Ticket, occasion: Occasion, rules: SpeakRules) -> Silence | None:
    """Return what speaks against the first automatic note: only fresh tickets get one."""
    # Zendesk's stamps have whole seconds.
    since = occasion.watermark.replace(microsecond=0)
    if ticket.created_at is None or ticket.created_at < since:
        return "before_watermark"
    age = occasion.now - occasion.event_at
    if age > timedelta(hours=rules.max_event_age_hours) and not occasion.replayed:
        return "event_too_old"
    return "agent_replied_first" if agent_replied(ticket) else None


def agent_replied(ticket: Ticket) -> bool:
    """Has a person of ours written to the customer? The description does not count."""
    return any(comment.author == "agent" and comment.public for comment in ticket.comments)
