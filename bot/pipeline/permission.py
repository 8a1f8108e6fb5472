"""May this order be carried out? Only for a macro's signed event of somebody who may (DESIGN 5.7).

The tag alone orders nothing: anybody who can write to the ticket can set it, and a trigger's event
is sent for every update while it stands. So the event must name a user, that user must have given
the tag, and must be in a group that guarded.toml names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.pipeline.order_ports import People
from bot.pipeline.ports import EventJob
from bot.runbook.guarded import GuardedRules
from bot.runbook.ticket import Ticket
from bot.zendesk.errors import NotFound, Rejected, ScopeMissing

Verdict = Literal["allowed", "refused", "leave"]
Reason = Literal["", "group", "nobody", "path", "unreadable"]

#: The event of whoever just gave the tag may still be on its way, behind another one.
YOUNG: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer, and why."""

    verdict: Verdict
    reason: Reason = ""


ALLOWED: Final = Standing("allowed")
LEAVE: Final = Standing("leave")


@dataclass(frozen=True, slots=True)
class Permission:
    """Decides from what Zendesk says now."""

    people: People
    rules: GuardedRules
    own_id: int | None
    clock: Callable[[], datetime]

    def ask(self, job: EventJob, ticket: Ticket, tag: str) -> Standing:
        """Decide for one tag on the ticket and the event that led here."""
        if job.kind != "command":
            return self._unless_young(ticket)
        if job.actor_id is None or job.actor_id == self.own_id:
            return Standing("refused", "path")
        if not self.rules.groups:
            return Standing("refused", "nobody")
        giver = self.people.tagged_by(job.ticket_id, tag)
        if giver is not None and giver.user_id != job.actor_id:
            return self._unless_young(ticket)
        if giver is not None and giver.by_rule:
            return Standing("refused", "path")
        return self._by_group(job.actor_id)

    def _by_group(self, user_id: int) -> Standing:
        try:
            groups = self.people.groups_of(user_id)
        except NotFound:
            groups = ()
        except (ScopeMissing, Rejected):
            return Standing("refused", "unreadable")
        return ALLOWED if self.rules.allow(tuple(groups)) else Standing("refused", "group")

    def _unless_young(self, ticket: Ticket) -> Standing:
        """Nobody ordered it by this event. Perhaps somebody does by the next one."""
        try:
            touched = datetime.fromisoformat(ticket.updated_stamp)
        except ValueError:
            return Standing("refused", "path")
        return LEAVE if self.clock() - touched < YOUNG else Standing("refused", "path")
