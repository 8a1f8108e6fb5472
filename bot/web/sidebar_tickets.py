"""What Zendesk says of a ticket right now, as far as an agent's access depends on it."""

import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from bot.config import Settings
from bot.store.budgets import SharedBudget
from bot.store.database import Database

if TYPE_CHECKING:
    from bot.zendesk.session import ZendeskSession

#: An agent waits for the answer, and the app gives up after 8 s.
_DEADLINE: Final = 3.0
_PATIENCE: Final = 0.2
#: Comments of one second may come in any order.
_NEWEST: Final = 5
_RETRY_SECONDS: Final = 10.0


class ZendeskAway(Exception):  # noqa: N818  a state of the world
    """Zendesk does not answer, or we may not ask it now."""

    def __init__(self, why: str, retry_after: float = _RETRY_SECONDS) -> None:
        super().__init__(why)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A ticket without any text of it."""

    tags: frozenset[str] = frozenset()
    updated_at: datetime | None = None
    comments: frozenset[int] = field(default_factory=frozenset)
    """Ids of the newest comment, or of several of the same second."""
    group_id: int | None = None
    form_id: int | None = None
    brand_id: int | None = None


class Tickets(Protocol):
    """Zendesk, as far as the sidebar needs it. Raises `ZendeskAway`."""

    def read(self, ticket_id: int) -> TicketFacts | None:
        """Return the ticket without its comments; None when there is none for us."""

    def newest_comments(self, ticket_id: int) -> frozenset[int]:
        """Return the id of the newest comment, or of those that share its second."""


class ZendeskTickets:
    """Implements `Tickets`; the client is loaded and connected at its first use."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._lock = threading.Lock()
        self._session: ZendeskSession | None = None

    def read(self, ticket_id: int) -> TicketFacts | None:
        """Ask for the ticket."""
        answer = self._ask(f"/api/v2/tickets/{ticket_id}", "tickets.read", {})
        ticket = answer.get("ticket") if answer is not None else None
        if not isinstance(ticket, dict) or ticket.get("status") == "deleted":
            return None
        tags = ticket.get("tags")
        return TicketFacts(
            tags=frozenset(str(tag) for tag in tags) if isinstance(tags, list) else frozenset(),
            updated_at=moment(ticket.get("updated_at")),
            group_id=_number(ticket.get("group_id")),
            form_id=_number(ticket.get("ticket_form_id")),
            brand_id=_number(ticket.get("brand_id")),
        )

    def newest_comments(self, ticket_id: int) -> frozenset[int]:
        """Ask for the newest comments."""
        wanted = {"sort": "-created_at", "page[size]": str(_NEWEST)}
        answer = self._ask(f"/api/v2/tickets/{ticket_id}/comments", "comments.list", wanted)
        listed = answer.get("comments") if answer is not None else None
        found = [item for item in listed if isinstance(item, dict)] if listed else []
        newest = max((str(item.get("created_at")) for item in found), default="")
        return frozenset(
            number
            for item in found
            if str(item.get("created_at")) == newest and (number := _number(item.get("id")))
        )

    def brand_hosts(self) -> frozenset[str]:
        """Ask under which hosts the account speaks; none when it does not say."""
        from bot.zendesk.brands import hosts_of  # noqa: PLC0415  the web starts without it

        with closing(self._session_made()) as session:  # asked once in a while
            return hosts_of(self._asked(session, "/api/v2/brands", "brands.list", {}) or {})

    def _ask(self, path: str, route: str, params: Mapping[str, str]) -> dict[str, Any] | None:
        return self._asked(self._connected(), path, route, params)

    def _asked(
        self, session: "ZendeskSession", path: str, route: str, params: Mapping[str, str]
    ) -> dict[str, Any] | None:
        from bot.zendesk.calls import Call  # noqa: PLC0415  the web starts without an HTTP client
        from bot.zendesk.errors import (  # noqa: PLC0415  as above
            NotFound,
            RateLimited,
            Rejected,
            ScopeMissing,
            ZendeskError,
        )

        try:
            return session.ask(Call("GET", path, route, params, priority=1))
        except (NotFound, ScopeMissing, Rejected):
            return None
        except RateLimited as limited:
            raise ZendeskAway(limited.reason, limited.retry_after) from limited
        except ZendeskError as error:
            raise ZendeskAway(error.reason) from error

    def _connected(self) -> "ZendeskSession":
        with self._lock:
            if self._session is None:
                self._session = self._session_made()
            return self._session

    def _session_made(self) -> "ZendeskSession":
        from bot.zendesk.calls import Account  # noqa: PLC0415  as above
        from bot.zendesk.session import ZendeskSession  # noqa: PLC0415  as above

        found = self._settings
        account = Account(
            found.zendesk_url,
            found.zendesk_client_id,
            found.zendesk_client_secret,
            found.zendesk_email,
            found.zendesk_api_token,
        )
        budget = SharedBudget(self._database)
        return ZendeskSession(account, budget, deadline=_DEADLINE, patience=_PATIENCE)


def moment(value: object) -> datetime | None:
    """Read a point in time as Zendesk or a browser writes it; None for anything else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
