"""Puts a running handler together from the settings, the store and the manifests."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from typing import Final

from bot.config import Settings
from bot.manifests import Manifests
from bot.pipeline.asides import STUCK, AsideTeller
from bot.pipeline.attached import AttachmentReader
from bot.pipeline.check_script import script_for
from bot.pipeline.control import SharedControl
from bot.pipeline.fields import known_fields
from bot.pipeline.handle import Handler
from bot.pipeline.lookout import Lookout
from bot.pipeline.order_ports import Means
from bot.pipeline.ports import EventJob, Later
from bot.pipeline.probing import ProbeRunner
from bot.store.budgets import SharedBudget, Wait
from bot.store.clock import StoreClock
from bot.store.database import Database
from bot.store.diagnoses import DiagnosisLog
from bot.store.events import ASIDES, EventLog
from bot.store.forget import TicketData
from bot.store.ledger import AsideLedger, NoteLedger
from bot.store.objects import ObjectBook
from bot.store.posted import PostedNotes
from bot.store.signals import CALLS, Signals
from bot.store.switches import KeptSwitchBoard, SwitchBoard
from bot.zendesk.attachments import AttachmentFetcher
from bot.zendesk.brands import brand_hosts
from bot.zendesk.calls import Account, say_call
from bot.zendesk.credentials import PROVISIONING_SCOPE
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import ZendeskError
from bot.zendesk.people import GroupBook
from bot.zendesk.reading import FieldIds
from bot.zendesk.session import ZendeskSession
from bot.zendesk.vault import FileVault

log = logging.getLogger(__name__)

#: `provision apply` may make fields while workers run; they notice within this many seconds.
REMEMBERED: Final = 30.0
#: What our probes saw is read anew after this long.
KEPT: Final = 1.0
#: So soon a job that Zendesk's limits held back asks again.
ASK_AGAIN: Final = 1.0


class Assembly:
    """Everything that handling an event needs; one per worker process, shared by its threads."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        manifests: Manifests,
        prober: ProbeRunner,
        signals: Signals | None = None,
    ) -> None:
        self._prober = prober
        self._clock = StoreClock(database)
        self._control = SharedControl(database, prober.target, self._clock, keep_seconds=KEPT)
        self._manifests = manifests
        self._objects = ObjectBook(database)
        self._switches = KeptSwitchBoard(database)
        self._version = version("licensing-bot")
        self._ledger = NoteLedger(database, self._version)
        self._events = EventLog(database)
        self._diagnoses = DiagnosisLog(database)
        self._budget = SharedBudget(database)
        self._signals = signals or Signals()
        self._asides = AsideLedger(database, self._version)
        self._data = TicketData(database)
        self._posted = PostedNotes(database)
        self.session = ZendeskSession(account_of(settings), self._budget, watch=self._counted)
        fetcher = AttachmentFetcher(self.session)
        self._files = AttachmentReader(fetcher.fetch, manifests.runbook.product_strings)
        self._means = Means(
            people=GroupBook(self.session),
            vault=FileVault(fetcher, self.session, self._wide_session()),
            script=script_for(settings.manifests_dir, manifests.runbook.head.portal),
            guard=prober.guard,
        )
        self._fields = _remembered(self._read_fields)
        self._own_id: int | None = None
        self._learnt_at = 0.0

    def _wide_session(self) -> ZendeskSession:
        """Return a session that asks for the scope `write` once it is used; a token has one."""
        account = self.session.account
        if not account.client_id:
            return self.session
        wide = replace(account, scope=PROVISIONING_SCOPE)
        return ZendeskSession(wide, self._budget, watch=self._counted)

    def get_ready(self) -> None:
        """Mark the moment before which tickets are old, and learn who we are.

        A Zendesk that does not answer yet is no reason not to start.
        """
        self._switches.set_watermark(self._clock(), "first start")
        self._learn()

    def _learn(self) -> None:
        """Ask who we are and which hosts the account has; the web reads both in the store."""
        self._learnt_at = time.monotonic()
        try:
            me = ZendeskDesk(self.session, FieldIds()).me()
            hosts = brand_hosts(self.session)
        except ZendeskError as error:
            log.warning("Zendesk does not say who we are: %s", error)
            return
        self._own_id = me.id
        self._objects.remember("user", "bot", str(me.id))
        for host in hosts:
            self._objects.remember("brand_host", host, host)

    def handle(self, job: EventJob) -> str:
        """Handle one event, once its read and its write are within Zendesk's limits."""
        waiting = job.kind in ("command", "probed", STUCK)
        with self._budget.booked(job.ticket_id, int(waiting)) as wait:
            if wait.seconds > 0:
                raise Later(_soon(wait), f"Zendesk's limits: {wait.bucket}")
            return self._handle(job, waiting=waiting)

    def _handle(self, job: EventJob, *, waiting: bool) -> str:
        if self._data.is_forgotten(job.ticket_id):
            # Without the ledger a first note would come a second time.
            self._data.forget_event(job.key)
            return "silent: forgotten"
        if self._own_id is None and time.monotonic() - self._learnt_at > REMEMBERED:
            self._learn()
        fields = self._fields()
        desk = ZendeskDesk(self.session, fields, own_id=self._own_id, priority=int(waiting))
        if job.kind in ASIDES:
            return self._tell_aside(job, desk)
        return Handler(
            desk=desk,
            writable=frozenset(fields.ids),
            ledger=self._ledger,
            switches=self._switches,
            events=self._events,
            diagnoses=self._diagnoses,
            runbook=self._manifests.runbook,
            rules=self._manifests.runbook.speak,
            version=self._version,
            revision=self._manifests.revision,
            clock=self._clock,
            control=self._control,
            probing=self._prober,
            files=self._files,
            means=replace(self._means, own_id=self._own_id),
        )(job)

    def _tell_aside(self, job: EventJob, desk: ZendeskDesk) -> str:
        outcome = AsideTeller(
            desk, self._asides, self._switches, self._posted, self._manifests.runbook,
            self._manifests.asides, self._manifests.revision, self._clock,
        )(job)  # fmt: skip
        self._events.close(job.key, outcome)
        return outcome

    def _counted(self, route: str, status: int, seconds: float) -> None:
        self._signals.count(CALLS, route, str(status) if status else "none")
        say_call(route, status, seconds)

    def _read_fields(self) -> FieldIds:
        return known_fields(self._objects)


def _soon(wait: Wait) -> float:
    """Return when to ask again: soon, where the fetch knows when there is room.

    It lets whatever is most important pass first, which a job set aside for a minute is not.
    """
    return wait.seconds if wait.is_only_this_ticket else min(wait.seconds, ASK_AGAIN)


def account_of(settings: Settings) -> Account:
    """Return where the account is and how we sign in."""
    return Account(
        settings.zendesk_url,
        settings.zendesk_client_id,
        settings.zendesk_client_secret,
        settings.zendesk_email,
        settings.zendesk_api_token,
        proxy=settings.zendesk_proxy,
    )


def prober_of(lookout: Lookout, database: Database, clock: Callable[[], datetime]) -> ProbeRunner:
    """Return what runs the probe queues; it needs the store and nothing of Zendesk."""
    return ProbeRunner(
        database,
        lookout.vantages,
        lookout.target,
        clock,
        lookout.elsewhere,
        SwitchBoard(database).paused,
        lookout.guard,
    )


def _remembered(read: Callable[[], FieldIds]) -> Callable[[], FieldIds]:
    known: tuple[float, FieldIds] | None = None

    def fields() -> FieldIds:
        nonlocal known
        if known is None or time.monotonic() - known[0] > REMEMBERED:
            known = (time.monotonic(), read())
        return known[1]

    return fields
