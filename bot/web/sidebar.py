"""`/sidebar/…`: what the app inside Zendesk reads and does. Contract: docs/sidebar-api.md."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import psycopg
from flask import Blueprint, Response, request

from bot.runbook.tongues import Tongue
from bot.store.database import Database, StoreDown
from bot.store.switches import Mode
from bot.web.jwt import Claims, TokenRefused, Verifier
from bot.web.refusals import Refusals
from bot.web.sidebar_access import Doorkeeper
from bot.web.sidebar_actions import AFTER_MS, correct, look_again, post_note, start_run, tick
from bot.web.sidebar_answers import SidebarRefused, shown
from bot.web.sidebar_input import (
    Agent,
    CorrectionBody,
    NoBody,
    NoteBody,
    RunBody,
    TickBody,
    agent_of,
    body_of,
)
from bot.web.sidebar_looks import probes_of
from bot.web.sidebar_rates import Kind, TicketRates
from bot.web.sidebar_state import (
    Decided,
    corrections_of,
    mode_of,
    newest_decision,
    state_of,
    steps_of,
)
from bot.web.sidebar_words import with_words

log = logging.getLogger(__name__)

_TICKET: Final = "/sidebar/tickets/<int:ticket_id>"
#: Larger numbers are no ticket's, and fit no column.
_LARGEST: Final = 2**62
_STORE_RETRY: Final = 10.0


@dataclass(frozen=True, slots=True)
class Visit:
    """A call that was let in."""

    agent: Agent
    decided: Decided | None
    mode: Mode


@dataclass(frozen=True, slots=True)
class Sidebar:
    """The routes, and what they need."""

    database: Database
    verifier: Verifier
    doorkeeper: Doorkeeper
    version: str
    tongues: Mapping[str, Tongue] = field(default_factory=dict)
    rates: TicketRates = field(default_factory=TicketRates)
    refusals: Refusals = field(default_factory=Refusals)

    def blueprint(self) -> Blueprint:
        """Return the routes. OPTIONS has no answer of ours: other sites' pages have no access."""
        routes = Blueprint("sidebar", __name__)
        for path, method, view in (
            ("", "GET", self.state),
            ("/probes", "GET", self.probes),
            ("/probes", "POST", self.probe),
            ("/look", "POST", self.look),
            ("/note", "POST", self.note),
            ("/steps/<step>", "PUT", self.step),
            ("/corrections", "POST", self.correction),
        ):
            routes.add_url_rule(
                _TICKET + path, view.__name__, self._answering(view), methods=[method],
                provide_automatic_options=False,
            )  # fmt: skip
        return routes

    def state(self, ticket_id: int) -> Response:
        """Everything that the sidebar shows."""
        visit = self._enter(ticket_id, "read")
        found = state_of(self.database, ticket_id, visit.decided, visit.mode, self.version)
        return self._worded(found)

    def probes(self, ticket_id: int) -> Response:
        """How the portal and the ticket's runs are; cheap, for polling."""
        claims = self._claims(ticket_id, "read")
        self.doorkeeper.admit_poll(ticket_id, claims, request.headers.get("X-Ticket-Proof", ""))
        return self._worded(probes_of(self.database, ticket_id))

    def probe(self, ticket_id: int) -> Response:
        """Start a probe run."""
        visit, body = self._enter(ticket_id, "act"), body_of(request, RunBody)
        return shown(request, start_run(self.database, ticket_id, visit.decided, body.vantage), 202)

    def look(self, ticket_id: int) -> Response:
        """Decide anew."""
        self._enter(ticket_id, "act")
        body_of(request, NoBody)
        look_again(self.database, ticket_id)
        return shown(request, {"after_ms": AFTER_MS}, 202)

    def note(self, ticket_id: int) -> Response:
        """Post the would-be note."""
        visit, body = self._enter(ticket_id, "act"), body_of(request, NoteBody)
        post_note(self.database, ticket_id, visit.decided, body.digest)
        return shown(request, {"after_ms": AFTER_MS}, 202)

    def step(self, ticket_id: int, step: str) -> Response:
        """Tick a step."""
        visit, body = self._enter(ticket_id, "act"), body_of(request, TickBody)
        tick(self.database, ticket_id, visit.decided, step, visit.agent, done=body.done)
        return shown(request, {"steps": steps_of(self.database, ticket_id, visit.decided)})

    def correction(self, ticket_id: int) -> Response:
        """Keep an agent's word on what the ticket is."""
        visit, body = self._enter(ticket_id, "act"), body_of(request, CorrectionBody)
        correct(self.database, ticket_id, visit.decided, body, visit.agent)
        return shown(request, {"corrections": corrections_of(self.database, ticket_id)}, 201)

    def _worded(self, found: Mapping[str, object]) -> Response:
        """Answer a reading, with words of `?locale=`; a language that we have not stays English."""
        locale = request.args.get("locale", "")
        return shown(request, with_words(found, self.tongues, locale))

    def _enter(self, ticket_id: int, kind: Kind) -> Visit:
        """Let a call in that came through the app, by somebody who can read the ticket."""
        claims = self._claims(ticket_id, kind)
        decided = newest_decision(self.database, ticket_id)
        facts = self.doorkeeper.admit(
            ticket_id,
            claims,
            request.headers.get("X-Ticket-Proof", ""),
            decided.fresh_facts if decided else None,
        )
        mode = mode_of(self.database, facts, decided)
        if mode == "off":
            raise SidebarRefused("off")
        agent = agent_of(request, claims)
        if kind == "act":
            log.info(
                "sidebar",
                extra={
                    "action": request.endpoint, "ticket": ticket_id, "claimed_by": agent.id,
                },
            )  # fmt: skip
        return Visit(agent, decided, mode)

    def _claims(self, ticket_id: int, kind: Kind) -> Claims:
        claims = verified(self.verifier, request.headers.get("Authorization", ""))
        if claims.ticket_id != ticket_id:
            raise SidebarRefused("token", why="the token is for another ticket")
        if ticket_id > _LARGEST:
            raise SidebarRefused("ticket")
        if wait := self.rates.wait(ticket_id, kind):
            raise SidebarRefused("busy", why=f"ticket {ticket_id}", retry_after=wait)
        return claims

    def _answering(self, view: Callable[..., Response]) -> Callable[..., Response]:
        """Turn every refusal into its answer, and log it without a word of the request."""

        def answered(**values: int | str) -> Response:
            try:
                return view(**values)
            except SidebarRefused as refused:
                return self._refused(refused)
            except StoreDown as down:
                return self._refused(_store_down(str(down)))
            except psycopg.Error as error:
                log.exception("the store refused a call of the sidebar")
                return self._refused(_store_down(type(error).__name__))

        return answered

    def _refused(self, refused: SidebarRefused) -> Response:
        self.refusals.log(f"sidebar_{refused.code}", refused.why)
        return refused.response()


def _store_down(why: str) -> SidebarRefused:
    return SidebarRefused("store", why=why, retry_after=_STORE_RETRY)


def verified(verifier: Verifier, header: str) -> Claims:
    """Return the claims of `Authorization: Bearer …`; raise `SidebarRefused`."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SidebarRefused("token", why="there is no bearer token")
    if not verifier.secrets:
        raise SidebarRefused("token", why="SIDEBAR_SECRETS is not set: no token can be verified")
    try:
        return verifier.claims(token.strip())
    except TokenRefused as refused:
        raise SidebarRefused("token", why=str(refused)) from None
