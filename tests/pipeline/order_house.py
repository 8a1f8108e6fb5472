"""A handler between a pocket Zendesk and a real store, for agents' orders; kills on demand."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Final

import httpx

from bot.manifests import load_manifests
from bot.pipeline.attached import AttachmentReader
from bot.pipeline.check_script import script_for
from bot.pipeline.handle import Handler
from bot.pipeline.order_ports import Means
from bot.pipeline.ports import EventJob, Later, Probing
from bot.runbook.guarded import GuardedRules
from bot.runbook.ticket import Attachment, Ticket
from bot.sandbox.account import AGENT_USER_ID, BOT_USER_ID, TEAM_USER_ID
from bot.sandbox.serve import SandboxServer
from bot.store.database import Database
from bot.store.diagnoses import DiagnosisLog
from bot.store.ledger import LedgerNote, NoteLedger
from bot.zendesk.attachments import AttachmentFetcher
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.credentials import PROVISIONING_SCOPE
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import GatewayTrouble, OutcomeUnknown
from bot.zendesk.people import GroupBook
from bot.zendesk.reading import FieldIds
from bot.zendesk.session import ZendeskSession
from bot.zendesk.vault import FileVault
from tests.fakes import Clock, FakeEvents, FakeSwitches, Killed

AGENT: Final = AGENT_USER_ID
OTHER: Final = TEAM_USER_ID
BOT: Final = BOT_USER_ID
MAILS: Final = {AGENT: "avery@desk.example", OTHER: "toni@desk.example"}
LEADS: Final = "Licensing leads"
BOOK: Final = load_manifests().runbook


@dataclass
class KillingVault:
    """The real vault; dies before or after the step that a test names, once."""

    vault: FileVault
    dies: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def fetch(self, attachment: Attachment, into: IO[bytes]) -> int:
        return self.vault.fetch(attachment, into)

    def upload(self, name: str, content_type: str, content: bytes) -> str:
        return str(self._step("upload", lambda: self.vault.upload(name, content_type, content)))

    def redact(self, ticket_id: int, comment_id: int, attachment: Attachment) -> None:
        self._step("redact", lambda: self.vault.redact(ticket_id, comment_id, attachment))

    def redact_alone(self, ticket_id: int, comment_id: int, attachment: Attachment) -> None:
        self._step("alone", lambda: self.vault.redact_alone(ticket_id, comment_id, attachment))

    def _step(self, name: str, act: Callable[[], Any]) -> Any:
        self._die(f"before {name}")
        done = act()
        self.steps.append(name)
        self._die(f"after {name}")
        return done

    def _die(self, where: str) -> None:
        if self.dies and self.dies[0] == where:
            self.dies.pop(0)
            raise Killed


class OrderHouse:
    """One account, one bot; every edge is real but the queue."""

    def __init__(
        self, pocket: SandboxServer, database: Database, *, groups: tuple[str, ...] = (LEADS,)
    ) -> None:
        self.pocket = pocket
        self.clock = Clock(datetime.now(UTC))
        account = Account(pocket.url, pocket.bot_client_id, pocket.bot_client_secret)
        self.session = ZendeskSession(account, InMemoryBudget(), deadline=30.0)
        self.wide = ZendeskSession(
            replace(account, scope=PROVISIONING_SCOPE), InMemoryBudget(), deadline=30.0
        )
        self.fetcher = AttachmentFetcher(self.session)
        self.vault = KillingVault(FileVault(self.fetcher, self.session, self.wide))
        self.switches = FakeSwitches(mark=self.clock() + timedelta(days=1))
        self.events = FakeEvents()
        self.database = database
        self.ledger = NoteLedger(database)
        self.desk = ZendeskDesk(self.session, FieldIds(), own_id=BOT)
        self.book = replace(BOOK, guarded=replace(GuardedRules(), groups=groups))
        self.probing: Probing | None = None
        self.agent = httpx.Client(base_url=pocket.url, timeout=30)
        self.number = 0

    def close(self) -> None:
        for opened in (self.agent, self.fetcher, self.session, self.wide):
            opened.close()

    def handler(self) -> Handler:
        """A new process: nothing is remembered but what the store holds."""
        return Handler(
            desk=self.desk,
            writable=frozenset(),
            ledger=self.ledger,
            switches=self.switches,
            events=self.events,
            diagnoses=DiagnosisLog(self.database),
            runbook=self.book,
            rules=self.book.speak,
            version="0.0.0",
            revision="test",
            clock=self.clock,
            pause=self.clock.tick,
            probing=self.probing,
            files=AttachmentReader(self.vault.fetch),
            means=Means(
                GroupBook(self.session), self.vault, script_for(None, BOOK.head.portal), BOT
            ),
        )

    # What people do.

    def join(self, user: int, group: str = LEADS) -> None:
        """An admin puts somebody into a group, which is made when there is none."""
        found = self.ask("GET", "/api/v2/groups")["groups"]
        known = {one["name"]: one["id"] for one in found}
        if group not in known:
            made = self.ask("POST", "/api/v2/groups", {"group": {"name": group}})
            known[group] = made["group"]["id"]
        membership = {"group_membership": {"user_id": user, "group_id": known[group]}}
        self.ask("POST", "/api/v2/group_memberships", membership)

    def file_ticket(self, *files: tuple[str, bytes], **more: Any) -> int:
        """File a ticket whose first message brings these files."""
        tokens = [self.upload(name, content) for name, content in files]
        comment = {"body": "We cannot activate.", "uploads": tokens}
        ticket = {"subject": "Activation", "tags": ["cloud-licensing"], "comment": comment, **more}
        answer = self.ask("POST", "/api/v2/tickets", {"ticket": ticket})
        return int(answer["ticket"]["id"])

    def pick(self, ticket: int, tag: str, user: int = AGENT) -> None:
        """Somebody picks the macro that adds this tag, and submits the ticket."""
        tags = [*self.ticket(ticket).tags, tag]
        self.ask("PUT", f"/api/v2/tickets/{ticket}", {"ticket": {"tags": tags}}, user=user)

    def ask(self, method: str, path: str, body: Any = None, *, user: int = AGENT) -> Any:
        """One call of a person's."""
        signed = (f"{MAILS[user]}/token", SandboxServer.token)
        answer = self.agent.request(method, path, json=body, auth=signed)
        answer.raise_for_status()
        return answer.json()

    def upload(self, name: str, content: bytes) -> str:
        """Upload a file as a person; return its token."""
        answer = self.agent.post(
            "/api/v2/uploads",
            params={"filename": name},
            content=content,
            auth=(f"{MAILS[AGENT]}/token", SandboxServer.token),
        )
        answer.raise_for_status()
        return str(answer.json()["upload"]["token"])

    # What the bot does.

    def event(
        self, ticket: int, kind: str = "command", actor: int | None = AGENT, key: str = ""
    ) -> EventJob:
        """An event as the intake hands it over."""
        self.number += 1
        key = key or f"event-{self.number}"
        received = self.clock()
        return EventJob(key, ticket, kind, "yes", received, actor)  # type: ignore[arg-type]  # a word of the test

    def handle(self, job: EventJob) -> str:
        """Handle one event as the queue does, until it is settled; return its outcome."""
        for _ in range(12):
            try:
                self.handler()(job)
            except (Killed, OutcomeUnknown, GatewayTrouble):
                self.clock.tick(3)
            except Later as later:
                self.clock.tick(later.seconds)
            else:
                return self.events.outcomes[job.key]
        raise AssertionError("the job never settles")

    def order(self, ticket: int, tag: str, user: int = AGENT, *, after: float = 10.0) -> str:
        """Pick a macro and let the bot handle its event; `after` seconds pass before."""
        self.clock.tick(after)
        self.pick(ticket, tag, user)
        return self.handle(self.event(ticket, actor=user))

    # What stands there.

    def ticket(self, number: int) -> Ticket:
        return self.desk.read_ticket(number, "yes")

    def notes(self, number: int) -> list[str]:
        """The bot's notes on the ticket, oldest first."""
        return [one.body for one in self.ticket(number).comments if one.author == "bot"]

    def files(self, number: int) -> dict[str, bytes]:
        """Every file on the ticket by name, redacted ones too."""
        ticket = self.ticket(number)
        found = [*ticket.description_attachments]
        found += [file for comment in ticket.comments for file in comment.attachments]
        return {file.file_name: self._content(file) for file in found}

    def kept(self, number: int) -> list[LedgerNote]:
        return list(self.ledger.notes(number))

    def _content(self, file: Attachment) -> bytes:
        answer = self.agent.get(
            file.content_url,
            auth=(f"{MAILS[AGENT]}/token", SandboxServer.token),
        )
        moved = self.agent.get(answer.headers["location"])
        moved.raise_for_status()
        return moved.content


@contextmanager
def order_house(database: Database, *, groups: tuple[str, ...] = (LEADS,)) -> Iterator[OrderHouse]:
    """A house whose agent is one of the leads; the other agent is not."""
    with SandboxServer() as pocket, closing(OrderHouse(pocket, database, groups=groups)) as house:
        house.join(AGENT)
        yield house
