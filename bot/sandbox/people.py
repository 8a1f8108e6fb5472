"""Users as tickets need them: found by mail, made when they are new."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.account import user_record
from bot.sandbox.auth import Caller
from bot.sandbox.pocket import Pocket
from bot.sandbox.replies import invalid
from bot.sandbox.state import Record


def requester_of(box: Pocket, actor: Caller, wanted: Mapping[str, Any]) -> Record:
    """The user for whom a ticket is made: named by id, by `requester`, else the caller."""
    given = wanted.get("requester")
    if isinstance(given, Mapping):
        return _by_email(box, given)
    key = wanted.get("requester_id") or actor.user_id
    user = box.store.get("user", key)
    if user is None:
        raise invalid("requester", "Requester: is invalid")
    return user


def _by_email(box: Pocket, given: Mapping[str, Any]) -> Record:
    email = str(given.get("email") or "").lower()
    for user in box.store.all("user"):
        if email and user["email"] == email:
            return user
    if not given.get("name"):
        raise invalid("requester", "Requester Name: is too short (minimum is 1 characters)")
    name = str(given["name"])
    fresh = user_record(box.store.next_id(), name, email, "end-user", box.now())
    if locale := given.get("locale"):
        fresh["locale"] = locale
    return box.store.put("user", fresh)


def present_user(user: Record, host: str) -> Record:
    """A user as the API shows one."""
    return {"url": f"{host}/api/v2/users/{user['id']}.json", **user}
