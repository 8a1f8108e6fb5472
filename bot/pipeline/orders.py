"""What agents order by macro apart from the verdict: who may, and who carries it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.pipeline.check_script import ScriptOrder
from bot.pipeline.decide import Decision
from bot.pipeline.instance import InstanceLook
from bot.pipeline.order_ports import Done, Means
from bot.pipeline.permission import Permission, Reason
from bot.pipeline.ports import Desk, EventJob, Probing
from bot.pipeline.safe_har import HarOrder
from bot.pipeline.scribe import Scribe
from bot.runbook import speak
from bot.runbook.guarded import GUARDED, PROBE_CUSTOMER, SAFE_HAR, SEND_CHECK_SCRIPT
from bot.runbook.order_notes import refusal_note
from bot.runbook.ticket import Ticket
from bot.store.ledger import LedgerNote

#: Every tag is removed as soon as it was answered, so more rounds than orders are never needed.
MOST: int = 4


@dataclass(frozen=True, slots=True)
class Orders:
    """Carries out the orders that stand on a ticket as tags, one per look at the ticket."""

    scribe: Scribe
    desk: Desk
    means: Means
    probing: Probing | None

    def carry_out(
        self,
        job: EventJob,
        ticket: Ticket,
        decision: Decision,
        notes: Sequence[LedgerNote],
        mode: speak.Mode,
    ) -> Done:
        """Carry out the first order that can be; the others' turn comes with the next look."""
        outcomes = []
        for command in dict.fromkeys(map(self._command, decision.order_tags)):
            done = self._carry_out(command, job, ticket, decision, notes, mode)
            outcomes.append(f"{command}: {done.outcome}" if done.outcome else "")
            if done.wrote:
                return Done("; ".join(filter(None, outcomes)), wrote=True)
        return Done("; ".join(filter(None, outcomes)))

    def _carry_out(
        self,
        command: str,
        job: EventJob,
        ticket: Ticket,
        decision: Decision,
        notes: Sequence[LedgerNote],
        mode: speak.Mode,
    ) -> Done:
        tags = tuple(tag for tag in decision.order_tags if self._command(tag) == command)
        if command == PROBE_CUSTOMER and self._is_under_way(job.ticket_id):
            return Done("under way")
        silence = self._silence(command, job, ticket, mode)
        if silence:
            return Done(f"silent: {silence}")
        refusal = self._refusal(command, job, ticket, tags)
        if refusal is not None:
            return refusal
        if command == SAFE_HAR and job.actor_id is not None:
            order = HarOrder(self.scribe, self.desk, self.means.vault, job, job.actor_id, tags)
            return order.carry_out(ticket, decision.files, notes)
        if command == PROBE_CUSTOMER and self.probing is not None:
            look = InstanceLook(self.scribe, self.probing, self.means.guard)
            return look.order(ticket, decision.diagnosis.extracted, tags)
        if command == SEND_CHECK_SCRIPT:
            standing = [note.key for note in notes if note.state == "done"]
            script = ScriptOrder(self.scribe, self.means.vault, self.means.script)
            return script.order(ticket, standing, tags)
        return Done("this worker cannot do that")

    def _silence(
        self, command: str, job: EventJob, ticket: Ticket, mode: speak.Mode
    ) -> speak.Silence | None:
        """What forbids every note forbids every order, too: closed, shared, shadow, off."""
        now = self.scribe.writer.clock()
        occasion = speak.Occasion(
            now=now,
            event_at=job.received_at,
            mode=mode,
            watermark=now,
            scenario="",
            digest="",
            command=command,
        )
        answer = speak.decide(ticket, occasion, self.scribe.book.speak)
        return None if isinstance(answer, speak.Wait) else answer

    def _refusal(
        self, command: str, job: EventJob, ticket: Ticket, tags: Sequence[str]
    ) -> Done | None:
        """Answer whoever may not; None when the order may be carried out."""
        if command not in GUARDED:
            return None
        clock, rules = self.scribe.writer.clock, self.scribe.book.guarded
        permission = Permission(self.means.people, rules, self.means.own_id, clock)
        standing = permission.ask(job, ticket, tags[0])
        if standing.verdict == "allowed":
            return None
        if standing.verdict == "leave":
            return Done("nobody ordered it by this event")
        return self._refuse(command, standing.reason, job, ticket, tags)

    def _refuse(
        self, command: str, reason: Reason, job: EventJob, ticket: Ticket, tags: Sequence[str]
    ) -> Done:
        build = partial(refusal_note, self.scribe.book, command=command, reason=reason, tag=tags[0])
        done = self.scribe.tell(ticket, build, remove=tags, once=(str(job.actor_id),))
        return Done(f"refused ({reason}), {done.outcome}", wrote=True)

    def _is_under_way(self, ticket_id: int) -> bool:
        return self.probing is not None and self.probing.is_instance_under_way(ticket_id)

    def _command(self, tag: str) -> str:
        return self.scribe.book.commands[tag]
