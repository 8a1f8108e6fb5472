"""Who is calling, and may they? Bearer tokens with scopes, and the legacy Basic API token."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from flask import g, request

from bot.sandbox.account import AGENT_TOKEN, AGENT_USER_ID
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import ApiError, forbidden, unauthenticated

#: Resources with a scope of their own. Fields, forms, views, groups, uploads, audits, search and
#: redactions have none: they need the global `read` or `write`.
_SCOPED: Final = frozenset(
    {"tickets", "users", "organizations", "triggers", "trigger_categories", "webhooks", "macros"}
    | {"automations", "apps"}
)
_ADMIN_WRITES: Final = frozenset(
    {"triggers", "trigger_categories", "ticket_fields", "ticket_forms", "macros", "automations"}
    | {"views", "groups", "group_memberships", "brands"}
)
#: Not even to be looked at without being an admin (facts: webhooks §2.1, apps: "Admins").
_ADMIN_ONLY: Final = frozenset({"webhooks", "apps"})


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated user, through one channel."""

    user_id: int
    role: str
    scopes: frozenset[str] = frozenset({"read", "write"})
    channel: str = "api"

    @property
    def is_staff(self) -> bool:
        """Agents and admins."""
        return self.role != "end-user"


def caller() -> Caller:
    """The caller of this request, as `admit` found out."""
    found = g.caller
    if not isinstance(found, Caller):
        raise unauthenticated()
    return found


def admit() -> Caller:
    """Authenticate the request and check scope and role for its path."""
    known = _authenticate(pocket())
    resource = request.path.removeprefix("/api/v2/").split("/", 1)[0]
    access = "read" if request.method in {"GET", "HEAD"} else "write"
    if not _in_scope(known.scopes, resource, access):
        raise forbidden(f"You are missing the following required scopes: {access}")
    if not known.is_staff:
        raise forbidden("You do not have access to this page. Please contact the account owner.")
    guarded = resource in _ADMIN_ONLY or (access == "write" and resource in _ADMIN_WRITES)
    if guarded and known.role != "admin":
        raise forbidden("You do not have access to this page. Please contact the account owner.")
    g.caller = known
    return known


def _in_scope(scopes: frozenset[str], resource: str, access: str) -> bool:
    if access in scopes:
        return True
    if resource not in _SCOPED or request.path.rstrip("/").endswith("/audits"):
        return False
    name = "triggers" if resource == "trigger_categories" else resource
    return f"{name}:{access}" in scopes


def _authenticate(box: Pocket) -> Caller:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_token(box, value.strip())
    if scheme.lower() == "basic":
        return _by_api_token(box, value.strip())
    raise unauthenticated()


def _by_token(box: Pocket, value: str) -> Caller:
    if value == AGENT_TOKEN:
        return as_user(box, AGENT_USER_ID)
    token = box.store.get("token", value)
    if token is None or token["expires_at"] <= box.clock().timestamp():
        raise unauthenticated()
    return as_user(box, token["user_id"], frozenset(token["scope"].split()))


def _by_api_token(box: Pocket, value: str) -> Caller:
    try:
        plain = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise unauthenticated() from None
    email, _, secret = plain.partition("/token:")
    for user in box.store.all("user"):
        if user["email"] == email and secret == AGENT_TOKEN:
            return as_user(box, user["id"])
    raise unauthenticated()


def as_user(
    box: Pocket,
    user_id: int,
    scopes: frozenset[str] = frozenset({"read", "write"}),
    channel: str = "api",
) -> Caller:
    """Make a caller of this user."""
    user = box.store.get("user", user_id)
    if user is None:
        raise ApiError(401, {"error": "Couldn't authenticate you"})
    return Caller(user_id, user["role"], scopes, channel)
