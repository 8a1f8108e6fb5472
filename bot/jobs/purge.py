"""Erases once a day what Zendesk lists as deleted: what is gone there shall be gone here."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.pipeline.ports import Later
from bot.store.database import Database
from bot.store.errands import Errands
from bot.store.forget import TicketData
from bot.zendesk.deleted import deleted_page
from bot.zendesk.errors import RateLimited, ScopeMissing, ZendeskError
from bot.zendesk.session import ZendeskSession

log = logging.getLogger(__name__)

NAME: Final = "purge"
#: It is asked every hour: a failed day is made up for within the hour.
DAILY: Final = 23 * 3600.0
#: Zendesk allows ten of these calls a minute, and a 429 would stop every other call as well.
PAGES_A_MINUTE: Final = 8


@dataclass(frozen=True, slots=True)
class Purger:
    """Reads the list page by page, and erases what the store knows of it."""

    database: Database
    session: ZendeskSession

    def __call__(self) -> None:
        """Purge unless it was done within the day. Raises `Later` while there is more to list."""
        errands = Errands(self.database)
        errand = errands.begin(NAME, DAILY)
        if errand is None:
            return
        cursor = str(errand.state.get("cursor") or "")
        try:
            self._pages(cursor, errands)
        except RateLimited as limited:
            errands.release(NAME)
            raise Later(limited.retry_after, "the list of deleted tickets is limited") from limited
        except ScopeMissing as error:
            errands.end(NAME, {"refused": error.reason})
            log.warning(
                "deleted tickets cannot be listed: give the bot's role the right to view them",
                extra={"why": error.reason},
            )
        except ZendeskError as error:
            errands.release(NAME)
            log.warning("deleted tickets could not be listed", extra={"why": error.reason})
        else:
            errands.end(NAME, {})

    def _pages(self, cursor: str, errands: Errands) -> None:
        for _ in range(PAGES_A_MINUTE):
            page = deleted_page(self.session, cursor)
            self._erase(page.ticket_ids)
            cursor = page.cursor
            if not cursor:
                return
        errands.release(NAME, {"cursor": cursor})
        raise Later(60, "there are more deleted tickets than one minute allows to list")

    def _erase(self, ticket_ids: Sequence[int]) -> None:
        data = TicketData(self.database)
        known = data.known(ticket_ids) if ticket_ids else ()
        for ticket_id in known:
            erased = data.forget(ticket_id)
            log.info(
                "deleted ticket erased",
                extra={"ticket": ticket_id, "rows": sum(erased.rows.values())},
            )
