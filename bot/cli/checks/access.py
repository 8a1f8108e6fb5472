"""Who are we to Zendesk, and may we do what the bot must? Every right is tried, none is used.

How each is tried without a trace:
* reads: a list of one.
* writes: a PUT with `safe_update` and the stamp of 1970. Zendesk refuses it with 409, because the
  ticket has changed since; but only after it has let us in. It holds no change either way.
* audits: a list of one; Zendesk shows them to the global `read` only.
* uploads: a POST without a file name, which is refused (400, 422) after the scope was checked; if
  Zendesk takes it, what was uploaded is deleted at once.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from bot.cli.checks.finding import Finding, fail, ok, warn
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Call
from bot.zendesk.credentials import PROVISIONING_SCOPE
from bot.zendesk.desk import Me, ZendeskDesk
from bot.zendesk.errors import (
    AuthFailed,
    Conflict,
    NotFound,
    Rejected,
    ScopeMissing,
    TicketClosed,
    ZendeskError,
)
from bot.zendesk.reading import FieldIds, number, objects, text
from bot.zendesk.session import ZendeskSession

_SCOPES: Final = "`read tickets:write` is what the bot needs at run time"
#: A ticket that no account has: a 404 tells as well as a 409 that we were let in.
_NOBODYS: Final = 999_999_999_999
_PATIENCE: Final = 30.0
_SKEW_WARN: Final = 30.0
#: Zendesk's signature is good for five minutes, a sidebar's token for one.
_SKEW_FAIL: Final = 240.0


def check_identity(session: ZendeskSession) -> tuple[Me | None, list[Finding]]:
    """Sign in, and look at the role: the bot should be an agent, and no admin."""
    try:
        me = ZendeskDesk(session, FieldIds()).me()
    except AuthFailed as error:
        return None, [
            fail(
                "Zendesk",
                str(error),
                "Check ZENDESK_CLIENT_ID and "
                "ZENDESK_CLIENT_SECRET: is the client still there, and confidential?",
            )
        ]
    except ScopeMissing as error:
        return None, [fail("Zendesk", str(error), f"Check the client's scopes: {_SCOPES}")]
    except ZendeskError as error:
        return None, [fail("Zendesk", str(error), "Check ZENDESK_URL and the network")]
    return me, [_role_of(me)]


def _role_of(me: Me) -> Finding:
    who = f"{me.name} ({me.role}, id {me.id})"
    if me.role == "end-user":
        return fail(
            "bot user",
            f"{who} is an end user, who cannot write internal notes",
            "Tie the OAuth client to an agent",
        )
    if me.role == "admin":
        return warn(
            "bot user",
            f"{who} is an admin: whoever gets hold of the client owns the account",
            "Tie the run-time client to an agent of its own, and use "
            "ZENDESK_PROVISION_CLIENT_ID for `provision`",
        )
    return ok("bot user", who)


def check_rights(session: ZendeskSession) -> Iterator[Finding]:
    """Try reads, writes, audits and uploads."""
    newest = _newest_ticket(session)
    if isinstance(newest, Finding):
        yield newest
        return
    yield ok("may read", "tickets")
    path = f"/api/v2/tickets/{newest}"
    yield from _try(
        session,
        "may read",
        "search (global `read`)",
        _get("/api/v2/search/count", {"query": "tags:cloud-licensing"}),
        "No reconciliation without it",
    )
    yield from _try(
        session,
        "may read",
        "audits (global `read`)",
        _get(f"{path}/audits", {"page[size]": "1"}),
        "Lost answers are then looked for in comments",
    )
    refused = Call(
        "PUT",
        path,
        "tickets.update",
        ticket_id=newest,
        payload={"ticket": {"safe_update": True, "updated_stamp": "1970-01-01T00:00:00Z"}},
    )
    yield from _try(session, "may write", "tickets", refused, "No note can be written", fail)
    yield from _try_upload(session)


def check_clock(session: ZendeskSession, now: Callable[[], datetime]) -> Iterator[Finding]:
    """Compare our clock with the Date of an answer: signatures and tokens depend on it."""
    before = now()
    try:
        reply = session.send(Call("GET", "/api/v2/users/me", "users.me", free=True))
    except ZendeskError:
        return  # told above
    ours = before + (now() - before) / 2
    try:
        theirs = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        yield warn("clock", "Zendesk's answer has no date to compare with", "Check NTP by hand")
        return
    skew = abs((ours - theirs.astimezone(UTC)).total_seconds())
    says = f"{skew:.0f} s apart from Zendesk's"
    remedy = "Let the machine keep time by NTP (timedatectl set-ntp true)"
    if skew >= _SKEW_FAIL:
        yield fail("clock", f"{says}: signatures are refused as stale", remedy)
    elif skew >= _SKEW_WARN:
        yield warn("clock", f"{says}: the sidebar's tokens live for 60 s", remedy)
    else:
        yield ok("clock", says)


def _newest_ticket(session: ZendeskSession) -> int | Finding:
    try:
        page = session.ask(_get("/api/v2/tickets", {"page[size]": "1"}))
    except ScopeMissing as error:
        return fail("may read", str(error), f"Give the client the scope: {_SCOPES}")
    except ZendeskError as error:
        return fail("may read", str(error), "Check the account's state in Admin Center")
    found = [number(item.get("id")) for item in objects(page.get("tickets"))]
    return next((key for key in found if key is not None), _NOBODYS)


def _get(path: str, params: dict[str, str]) -> Call:
    return Call("GET", path, path.rpartition("/")[2], params=params)


def _try(
    session: ZendeskSession,
    what: str,
    right: str,
    call: Call,
    without: str,
    verdict: Callable[[str, str, str], Finding] = warn,
) -> Iterator[Finding]:
    try:
        session.send(call)
    except (Conflict, NotFound, Rejected, TicketClosed):
        yield ok(what, right)  # let in, and refused for what we sent
    except ScopeMissing as error:
        yield verdict(what, f"{right}: {error}", f"{without}; {_SCOPES}")
    except ZendeskError as error:
        yield warn(what, f"{right} could not be tried: {error}", "Run `doctor` again")
    else:
        yield ok(what, right)


def _try_upload(session: ZendeskSession) -> Iterator[Finding]:
    """The bot tries its narrow token first, and asks for one of the scope `write` after a 403."""
    first = _upload_with(session)
    if first.verdict == "ok" or not session.account.client_id:
        yield first
        return
    account = replace(session.account, scope=PROVISIONING_SCOPE)
    with closing(ZendeskSession(account, InMemoryBudget(), patience=_PATIENCE)) as wide:
        second = _upload_with(wide)
    says = "files, with a second token of the scope `write`"
    yield ok("may upload", says) if second.verdict == "ok" else second


def _upload_with(session: ZendeskSession) -> Finding:
    call = Call("POST", "/api/v2/uploads", "uploads.create", content=b"")
    try:
        reply = session.send(call)
    except (Conflict, NotFound, Rejected):
        return ok("may upload", "files")
    except ScopeMissing as error:
        return warn(
            "may upload",
            str(error),
            "Redacted HAR files cannot be attached: the client must be allowed the scope `write`",
        )
    except ZendeskError as error:
        return warn("may upload", f"could not be tried: {error}", "Run `doctor` again")
    _throw_away(session, reply.body)
    return ok("may upload", "files")


def _throw_away(session: ZendeskSession, body: bytes) -> None:
    try:
        kept = json.loads(body).get("upload")
        token = text(kept.get("token")) if isinstance(kept, dict) else ""
        if token.isalnum():
            session.send(Call("DELETE", f"/api/v2/uploads/{token}", "uploads.delete"))
    except (ValueError, AttributeError, ZendeskError):
        return  # Zendesk throws it away within the hour
