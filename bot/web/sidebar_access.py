"""May this browser see this ticket? It proves so by what only a reader of the ticket knows."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.runbook.speak import TAG
from bot.store.visits import Proved, Visits
from bot.web.jwt import Claims
from bot.web.sidebar_answers import SidebarRefused
from bot.web.sidebar_rates import TicketRates
from bot.web.sidebar_tickets import TicketFacts, Tickets, ZendeskAway, moment

#: What Zendesk said is good for so long; a proof that held then is not looked at again.
KEPT_SECONDS: Final = 60.0
#: A poll, or a time when Zendesk is away, is content with an older proof.
LATELY_SECONDS: Final = 600.0
_MOST_KEPT: Final = 1_000
_LONGEST_PROOF: Final = 100
_NOTHING_READ: Final = (
    "The app could read neither the newest comment nor the time of the last update of this ticket,"
    " so nothing shows that you see it: open the ticket itself, or reload it, and try again."
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the browser read on the ticket."""

    comment_id: int | None
    updated_at: datetime | None
    digest: str

    @property
    def says_something(self) -> bool:
        """Could the browser read any of the two?"""
        return self.comment_id is not None or self.updated_at is not None

    def holds(self, facts: TicketFacts) -> bool:
        """Is one of the two what the ticket says?"""
        if self.updated_at is not None and self.updated_at == _whole(facts.updated_at):
            return True
        return self.comment_id is not None and self.comment_id in facts.comments


def read_proof(header: str) -> Proof:
    """Read `<newest comment>;<updated_at>`; either may be empty, and nonsense proves nothing."""
    comment, _, updated = header[:_LONGEST_PROOF].partition(";")
    digits = comment.strip()
    known = digits.isascii() and digits.isdigit()
    return Proof(
        int(digits) if known else None,
        _whole(moment(updated.strip())),
        hashlib.sha256(header.encode()).hexdigest()[:32],
    )


def _whole(when: datetime | None) -> datetime | None:
    """Zendesk's page writes milliseconds where its API writes seconds."""
    return when and when.replace(microsecond=0)


def stored_facts(seen: Mapping[str, Any]) -> TicketFacts:
    """Return what the worker saw when it decided."""
    comment, tags = seen.get("newest_comment"), seen.get("tags")
    return TicketFacts(
        tags=frozenset(tags if isinstance(tags, list) else ()),
        updated_at=moment(seen.get("updated_at")),
        comments=frozenset({comment} if isinstance(comment, int) else ()),
        group_id=seen.get("group"),
        form_id=seen.get("form"),
        brand_id=seen.get("brand"),
    )


class Doorkeeper:
    """Lets browsers in that can read the ticket; asks Zendesk as seldom as it can."""

    def __init__(
        self, tickets: Tickets, visits: Visits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tickets = tickets
        self._visits = visits
        self._clock = clock
        self._rates = TicketRates(clock)
        self._lock = threading.Lock()
        self._kept: dict[int, tuple[float, TicketFacts]] = {}

    def admit(
        self, ticket_id: int, claims: Claims, header: str, fresh: TicketFacts | None
    ) -> TicketFacts:
        """Return the ticket's facts, or raise `SidebarRefused`.

        `fresh` is what the worker saw within the last minute, None when it was longer ago.
        """
        proof, visitor = read_proof(header), _visitor(claims)
        proved = self._visits.proved(ticket_id, visitor, proof.digest)
        kept = self._remembered(ticket_id)
        if proved.same is not None and proved.same < KEPT_SECONDS:
            return kept or fresh or TicketFacts(tags=frozenset({TAG}))
        for known in (fresh, kept):
            if known is not None and TAG in known.tags and proof.holds(known):
                self._visits.accept(ticket_id, visitor, proof.digest)
                return known
        try:
            facts = self._asked(ticket_id, proof)
        except ZendeskAway as away:
            return self._without_zendesk(proved, kept or fresh, away)
        self._visits.accept(ticket_id, visitor, proof.digest)
        return facts

    def admit_poll(self, ticket_id: int, claims: Claims, header: str) -> None:
        """Let a poll in whose browser, or whose agent, lately proved it: never asks Zendesk.

        What a poll is told is how the portal is; nothing of it comes from the ticket.
        """
        proved = self._visits.proved(ticket_id, _visitor(claims), read_proof(header).digest)
        ages = [age for age in (proved.same, proved.visitor) if age is not None]
        if min(ages, default=LATELY_SECONDS) >= LATELY_SECONDS:
            raise SidebarRefused("proof", why="a poll without a proof in the last ten minutes")

    def _asked(self, ticket_id: int, proof: Proof) -> TicketFacts:
        if wait := self._rates.wait(ticket_id, "ask"):
            raise SidebarRefused("busy", why=f"ticket {ticket_id}: proofs", retry_after=wait)
        facts = self._tickets.read(ticket_id)
        if facts is None:
            raise SidebarRefused("ticket")
        if TAG not in facts.tags:
            raise SidebarRefused("tag")
        if not proof.holds(facts) and proof.comment_id is not None:
            facts = replace(facts, comments=self._tickets.newest_comments(ticket_id))
        self._keep(ticket_id, facts)
        if not proof.holds(facts):
            raise SidebarRefused(
                "proof",
                "" if proof.says_something else _NOTHING_READ,
                why="neither comment nor time is the ticket's newest",
            )
        return facts

    def _without_zendesk(
        self, proved: Proved, known: TicketFacts | None, away: ZendeskAway
    ) -> TicketFacts:
        if proved.same is not None and proved.same < LATELY_SECONDS:
            return known or TicketFacts(tags=frozenset({TAG}))
        raise SidebarRefused(
            "zendesk", why=str(away), retry_after=min(max(away.retry_after, 1.0), 60.0)
        ) from away

    def _remembered(self, ticket_id: int) -> TicketFacts | None:
        with self._lock:
            at, facts = self._kept.get(ticket_id, (float("-inf"), None))
        return facts if self._clock() - at < KEPT_SECONDS else None

    def _keep(self, ticket_id: int, facts: TicketFacts) -> None:
        with self._lock:
            self._kept.pop(ticket_id, None)
            self._kept[ticket_id] = (self._clock(), facts)
            while len(self._kept) > _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))


def _visitor(claims: Claims) -> str:
    return hashlib.sha256(f"{claims.issuer}|{claims.subject}".encode()).hexdigest()[:32]
