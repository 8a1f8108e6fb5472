"""Who belongs to which group, over HTTP."""

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.crud import Resource, find, serve
from bot.sandbox.paging import page_of
from bot.sandbox.people import present_user
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import invalid
from bot.sandbox.requests_in import host
from bot.sandbox.state import FIRST_BIG_ID, Record

api = Blueprint("groups", __name__, url_prefix="/api/v2")


def _check(box: Pocket, merged: Record) -> Record:
    user = box.store.get("user", merged.get("user_id"))
    if user is None or user["role"] == "end-user":
        raise invalid("user", "User: is not an agent")
    if box.store.get("group", merged.get("group_id")) is None:
        raise invalid("group", "Group: is invalid")
    twin = (merged["user_id"], merged["group_id"])
    for other in box.store.all("group_membership"):
        if (other["user_id"], other["group_id"]) == twin and other["id"] != merged["id"]:
            raise invalid("user_id", "User: has already been taken", "DuplicateValue")
    return merged


MEMBERSHIPS = Resource(
    kind="group_membership",
    plural="group_memberships",
    known=frozenset({"user_id", "group_id", "default"}),
    fresh=lambda _box: {"user_id": None, "group_id": None, "default": False},
    check=_check,
)


@api.get("/users/<int:key>/group_memberships")
def memberships_of_user(key: int) -> Response:
    """A user's memberships."""
    find("user", key)
    return _listed("user_id", key)


@api.get("/groups/<int:key>/memberships")
def memberships_of_group(key: int) -> Response:
    """A group's memberships."""
    find("group", key)
    return _listed("group_id", key)


@api.get("/users/<int:key>/groups")
def groups_of(key: int) -> Response:
    """A user's groups."""
    find("user", key)
    box = pocket()
    ids = [item["group_id"] for item in _where(box, "user_id", key)]
    groups = [group for group in box.store.all("group") if group["id"] in ids]
    return jsonify(page_of(groups, "groups", host()))


@api.get("/groups/<int:key>/users")
def users_of_group(key: int) -> Response:
    """The agents of a group."""
    find("group", key)
    box = pocket()
    ids = [item["user_id"] for item in _where(box, "group_id", key)]
    users = [present_user(user, host()) for user in box.store.all("user") if user["id"] in ids]
    return jsonify(page_of(users, "users", host()))


@api.get("/groups/assignable")
def assignable() -> Response:
    """Every group: none is hidden here."""
    return jsonify(page_of(pocket().store.all("group"), "groups", host()))


@api.get("/custom_roles")
def custom_roles() -> Response:
    """The roles of an account whose plan has some."""
    roles = [{"id": FIRST_BIG_ID - 160 + offset, "name": name, "role_type": 0,
              "description": "", "team_member_count": 1}
             for offset, name in enumerate(("Staff", "Team lead"))]  # fmt: skip
    return jsonify(page_of(roles, "custom_roles", host()))


def _listed(name: str, key: int) -> Response:
    found = [MEMBERSHIPS.present(item) for item in _where(pocket(), name, key)]
    page = page_of(found, "group_memberships", host())
    if "groups" in request.args.get("include", ""):
        ids = {item["group_id"] for item in found}
        page["groups"] = [group for group in pocket().store.all("group") if group["id"] in ids]
    return jsonify(page)


def _where(box: Pocket, name: str, key: int) -> list[Record]:
    return [item for item in box.store.all("group_membership") if item[name] == key]


serve(api, MEMBERSHIPS)
