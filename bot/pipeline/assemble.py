"""Puts a running handler together from the settings, the store and the manifests."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from bot.config import Settings
from bot.manifests import Manifests
from bot.pipeline.attached import AttachmentReader
from bot.pipeline.control import SharedControl
from bot.pipeline.handle import Handler
from bot.pipeline.lookout import Lookout
from bot.pipeline.ports import EventJob
from bot.pipeline.probing import ProbeRunner
from bot.store.budgets import SharedBudget
from bot.store.database import Database
from bot.store.diagnoses import DiagnosisLog
from bot.store.events import EventLog
from bot.store.ledger import NoteLedger
from bot.store.objects import ObjectBook
from bot.store.switches import SwitchBoard
from bot.zendesk.attachments import AttachmentFetcher
from bot.zendesk.brands import brand_hosts
from bot.zendesk.calls import Account
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import ZendeskError
from bot.zendesk.reading import FieldIds
from bot.zendesk.session import ZendeskSession

log = logging.getLogger(__name__)

#: `provision apply` may make fields while workers run; they notice within this many seconds.
REMEMBERED: Final = 30.0


class Assembly:
    """Everything that handling an event needs; one per worker process, shared by its threads."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        manifests: Manifests,
        prober: ProbeRunner,
    ) -> None:
        self._prober = prober
        self._control = SharedControl(database, prober.target, now)
        self._manifests = manifests
        self._objects = ObjectBook(database)
        self._switches = SwitchBoard(database)
        self._version = version("licensing-bot")
        self._ledger = NoteLedger(database, self._version)
        self._events = EventLog(database)
        self._diagnoses = DiagnosisLog(database)
        self._session = ZendeskSession(account_of(settings), SharedBudget(database))
        self._files = AttachmentReader(
            AttachmentFetcher(self._session).fetch, manifests.runbook.product_strings
        )
        self._fields = _remembered(self._read_fields)
        self._own_id: int | None = None
        self._learnt_at = 0.0

    def get_ready(self) -> None:
        """Mark the moment before which tickets are old, and learn who we are.

        A Zendesk that does not answer yet is no reason not to start.
        """
        self._switches.set_watermark(datetime.now(UTC), "first start")
        self._learn()

    def _learn(self) -> None:
        """Ask who we are and which hosts the account has; the web reads both in the store."""
        self._learnt_at = time.monotonic()
        try:
            me = ZendeskDesk(self._session, FieldIds()).me()
            hosts = brand_hosts(self._session)
        except ZendeskError as error:
            log.warning("Zendesk does not say who we are: %s", error)
            return
        self._own_id = me.id
        self._objects.remember("user", "bot", str(me.id))
        for host in hosts:
            self._objects.remember("brand_host", host, host)

    def handle(self, job: EventJob) -> None:
        """Handle one event with what is known now."""
        if self._own_id is None and time.monotonic() - self._learnt_at > REMEMBERED:
            self._learn()
        fields = self._fields()
        waiting = job.kind in ("command", "probed")
        desk = ZendeskDesk(self._session, fields, own_id=self._own_id, priority=int(waiting))
        Handler(
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
            clock=now,
            control=self._control,
            probing=self._prober,
            files=self._files,
        )(job)

    def _read_fields(self) -> FieldIds:
        return FieldIds({key: int(value) for key, value in self._objects.ids("field").items()})


def account_of(settings: Settings) -> Account:
    """Return where the account is and how we sign in."""
    return Account(
        settings.zendesk_url,
        settings.zendesk_client_id,
        settings.zendesk_client_secret,
        settings.zendesk_email,
        settings.zendesk_api_token,
    )


def prober_of(lookout: Lookout, database: Database) -> ProbeRunner:
    """Return what runs the probe queues; it needs the store and nothing of Zendesk."""
    return ProbeRunner(
        database,
        lookout.vantages,
        lookout.target,
        now,
        lookout.elsewhere,
        SwitchBoard(database).paused,
    )


def now() -> datetime:
    """The time of day that everything here goes by."""
    return datetime.now(UTC)


def _remembered(read: Callable[[], FieldIds]) -> Callable[[], FieldIds]:
    known: tuple[float, FieldIds] | None = None

    def fields() -> FieldIds:
        nonlocal known
        if known is None or time.monotonic() - known[0] > REMEMBERED:
            known = (time.monotonic(), read())
        return known[1]

    return fields
