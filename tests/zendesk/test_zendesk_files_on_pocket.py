"""Files on a real (pocket) Zendesk: uploaded, attached to a note, fetched, redacted."""

import io
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from bot.runbook.ticket import Attachment, Ticket
from bot.runbook.writing import NoteWrite
from bot.sandbox.serve import SandboxServer
from bot.zendesk.attachments import AttachmentFetcher
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.credentials import PROVISIONING_SCOPE
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.reading import FieldIds
from bot.zendesk.redaction import is_redacted
from bot.zendesk.session import ZendeskSession
from bot.zendesk.vault import FileVault


@pytest.fixture
def pocket(loopback: None) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def session(pocket: SandboxServer) -> Iterator[ZendeskSession]:
    account = Account(pocket.url, pocket.bot_client_id, pocket.bot_client_secret)
    opened = ZendeskSession(account, InMemoryBudget(), deadline=30.0)
    yield opened
    opened.close()


@pytest.fixture
def vault(session: ZendeskSession) -> Iterator[FileVault]:
    """With the bot's own narrow scope first, as at run time."""
    wide = ZendeskSession(
        replace(session.account, scope=PROVISIONING_SCOPE), InMemoryBudget(), deadline=30.0
    )
    fetcher = AttachmentFetcher(session)
    yield FileVault(fetcher, session, wide)
    fetcher.close()
    wide.close()


@pytest.fixture
def desk(session: ZendeskSession) -> ZendeskDesk:
    return ZendeskDesk(session, FieldIds())


def file_ticket(pocket: SandboxServer, vault: FileVault, content: bytes) -> int:
    """File a ticket with one file, as an agent would."""
    token = vault.upload("session.har", "application/json", content)
    answer = httpx.post(
        f"{pocket.url}/api/v2/tickets",
        json={"ticket": {"subject": "x", "comment": {"body": "see file", "uploads": [token]}}},
        headers={"authorization": f"Bearer {pocket.token}"},
        timeout=30,
    )
    answer.raise_for_status()
    return int(answer.json()["ticket"]["id"])


def first_file(ticket: Ticket) -> Attachment:
    return ticket.description_attachments[0]


def test_an_uploaded_file_comes_with_the_internal_note(
    pocket: SandboxServer, vault: FileVault, desk: ZendeskDesk
) -> None:
    number = file_ticket(pocket, vault, b"original")
    token = vault.upload("copy of a.har", "application/json", b"safe")

    desk.write(desk.read_ticket(number, "yes"), NoteWrite("m1", "<p>x</p>", None, {}, {}, (token,)))

    note = desk.read_ticket(number, "yes").comments[-1]
    into = io.BytesIO()
    vault.fetch(note.attachments[0], into)
    assert (note.public, note.attachments[0].file_name) == (False, "copy of a.har")
    assert into.getvalue() == b"safe"


def test_a_token_that_ends_while_files_are_fetched_is_renewed(
    pocket: SandboxServer, vault: FileVault, desk: ZendeskDesk
) -> None:
    file = first_file(desk.read_ticket(file_ticket(pocket, vault, b"original"), "yes"))
    pocket.expire_tokens()
    into = io.BytesIO()

    vault.fetch(file, into)

    assert into.getvalue() == b"original"


@pytest.mark.parametrize("way", ["redact", "redact_alone"])
def test_a_redacted_file_is_gone_when_the_ticket_is_read_again(
    pocket: SandboxServer, vault: FileVault, desk: ZendeskDesk, way: str
) -> None:
    number = file_ticket(pocket, vault, b"original")
    ticket = desk.read_ticket(number, "yes")
    assert ticket.description_id is not None

    getattr(vault, way)(number, ticket.description_id, first_file(ticket))

    assert all(map(is_redacted, desk.read_ticket(number, "yes").description_attachments))


def test_where_the_newer_redaction_is_refused_the_older_one_is_used(
    pocket: SandboxServer, vault: FileVault, desk: ZendeskDesk
) -> None:
    number = file_ticket(pocket, vault, b"original")
    ticket = desk.read_ticket(number, "yes")
    pocket.set_faults({"match": r"PUT /api/v2/comment_redactions/\d+", "what": "403", "times": 2})

    vault.redact(number, ticket.description_id or 0, first_file(ticket))

    assert all(map(is_redacted, desk.read_ticket(number, "yes").description_attachments))
