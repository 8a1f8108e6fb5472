"""Files of tickets, as far as agents' commands need them: fetch, upload, redact for good.

The bot's token covers tickets only. Zendesk does not say which scope uploads and redactions need,
so a refusal is answered with a token of the scope `write`, which is asked for then and not before.
"""

import logging
from collections.abc import Callable
from typing import IO, TypeVar

from bot.runbook.ticket import Attachment
from bot.zendesk.attachments import AttachmentFetcher
from bot.zendesk.errors import AuthFailed, NotFound, Rejected, ScopeMissing
from bot.zendesk.redaction import redact_attachment, redact_attachment_alone
from bot.zendesk.session import ZendeskSession
from bot.zendesk.uploads import upload

log = logging.getLogger(__name__)

T = TypeVar("T")


class FileVault:
    """Implements `bot.pipeline.ports.Vault`; safe to share between threads."""

    def __init__(
        self, fetcher: AttachmentFetcher, session: ZendeskSession, wide: ZendeskSession
    ) -> None:
        """`wide` signs in with a wider scope."""
        self._fetcher = fetcher
        self._session = session
        self._wide = wide

    def fetch(self, attachment: Attachment, into: IO[bytes]) -> int:
        """Write the file's bytes and return how many."""
        return self._fetcher.fetch(attachment, into)

    def upload(self, name: str, content_type: str, content: bytes) -> str:
        """Upload a file; return the token that a note takes it along with."""
        return self._allowed(lambda session: upload(session, name, content_type, content))

    def redact(self, ticket_id: int, comment_id: int, attachment: Attachment) -> None:
        """Redact one file for good, the newer way where the account has it."""
        try:
            self._allowed(
                lambda session: redact_attachment(session, ticket_id, comment_id, attachment)
            )
        except (NotFound, Rejected, ScopeMissing) as refused:
            log.info("the older way of redaction", extra={"ticket": ticket_id, "why": str(refused)})
            self.redact_alone(ticket_id, comment_id, attachment)

    def redact_alone(self, ticket_id: int, comment_id: int, attachment: Attachment) -> None:
        """Redact one file in the older way, for what the newer one did not take away."""
        self._allowed(
            lambda session: redact_attachment_alone(session, ticket_id, comment_id, attachment)
        )

    def _allowed(self, act: Callable[[ZendeskSession], T]) -> T:
        try:
            return act(self._session)
        except ScopeMissing as refused:
            log.info("a wider scope is tried", extra={"route": refused.route})
            try:
                return act(self._wide)
            except AuthFailed as error:
                raise refused from error
