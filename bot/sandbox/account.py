"""Who lives in the pocket account from the first moment: people, OAuth clients, fields, a form."""

from typing import Final

from bot.sandbox.state import FIRST_BIG_ID, Record, Store

ACCOUNT_ID: Final = 18_525_119
ADMIN_USER_ID: Final = FIRST_BIG_ID - 100
AGENT_USER_ID: Final = FIRST_BIG_ID - 99
BOT_USER_ID: Final = FIRST_BIG_ID - 98
TEAM_USER_ID: Final = FIRST_BIG_ID - 97
CUSTOMER_USER_ID: Final = FIRST_BIG_ID - 96
GROUP_ID: Final = FIRST_BIG_ID - 80
BRAND_ID: Final = FIRST_BIG_ID - 70
FORM_ID: Final = FIRST_BIG_ID - 60
ORGANIZATION_ID: Final = FIRST_BIG_ID - 50

#: Open secrets: this account listens on loopback and holds samples only.
AGENT_TOKEN: Final = "demo"  # noqa: S105  see above
BOT_CLIENT_ID: Final = "licensing_bot"
BOT_CLIENT_SECRET: Final = "pocket-bot-client-secret"  # noqa: S105  see above
ADMIN_CLIENT_ID: Final = "provisioning"
ADMIN_CLIENT_SECRET: Final = "pocket-admin-client-secret"  # noqa: S105  see above

_PEOPLE: Final = (
    (ADMIN_USER_ID, "Olivia Owner", "olivia@desk.example", "admin"),
    (AGENT_USER_ID, "Avery Agent", "avery@desk.example", "admin"),
    (BOT_USER_ID, "Cloud Licensing Bot", "bot@desk.example", "agent"),
    (TEAM_USER_ID, "Toni Team", "toni@desk.example", "agent"),
    (CUSTOMER_USER_ID, "Casey Customer", "casey@acme.example", "end-user"),
)
_SYSTEM_FIELDS: Final = (
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
)


def user_record(user_id: int, name: str, email: str, role: str, now: str) -> Record:
    """A user as the API shows one."""
    return {
        "id": user_id,
        "name": name,
        "email": email,
        "role": role,
        "created_at": now,
        "updated_at": now,
        "time_zone": "UTC",
        "locale": "en-US",
        "locale_id": 1,
        "active": True,
        "verified": True,
        "suspended": False,
        "organization_id": ORGANIZATION_ID if role == "end-user" else None,
        "default_group_id": None if role == "end-user" else GROUP_ID,
        "tags": [],
    }


def client_record(identifier: str, secret: str, user_id: int) -> Record:
    """A confidential OAuth client, tied to the user it acts as."""
    return {"id": identifier, "secret": secret, "user_id": user_id}


def move_in(store: Store, now: str) -> None:
    """Fill an empty account; an account with people in it is left as it is."""
    if store.all("user"):
        _join_the_group(store, now)  # an account of before memberships were kept
        return
    with store.transaction():
        for user_id, name, email, role in _PEOPLE:
            store.put("user", user_record(user_id, name, email, role, now))
        store.put("client", client_record(BOT_CLIENT_ID, BOT_CLIENT_SECRET, BOT_USER_ID))
        store.put("client", client_record(ADMIN_CLIENT_ID, ADMIN_CLIENT_SECRET, ADMIN_USER_ID))
        store.put("group", _named(GROUP_ID, "Support", now))
        store.put("brand", _brand(now))
        store.put("organization", _named(ORGANIZATION_ID, "Acme", now))
        for offset, (kind, title) in enumerate(_SYSTEM_FIELDS):
            store.put("ticket_field", _system_field(FIRST_BIG_ID - 40 + offset, kind, title, now))
        store.put("ticket_form", _form(store, now))
        _join_the_group(store, now)


def _join_the_group(store: Store, now: str) -> None:
    """Every agent belongs to the one group that is there from the first moment."""
    if store.all("group_membership"):
        return
    agents = [user for user in store.all("user") if user["role"] != "end-user"]
    for offset, user in enumerate(agents):
        times = {"created_at": now, "updated_at": now}
        pair = {"user_id": user["id"], "group_id": GROUP_ID, "default": True}
        store.put("group_membership", {"id": FIRST_BIG_ID - 150 + offset, **pair, **times})


def _brand(now: str) -> Record:
    address = {"subdomain": "pocket", "brand_url": "https://pocket.zendesk.com"}
    return _named(BRAND_ID, "Example Company", now) | address | {"default": True, "active": True}


def _named(key: int, name: str, now: str) -> Record:
    return {"id": key, "name": name, "created_at": now, "updated_at": now}


def _system_field(key: int, kind: str, title: str, now: str) -> Record:
    return {
        "id": key,
        "type": kind,
        "title": title,
        "raw_title": title,
        "active": True,
        "required": False,
        "removable": False,
        "tag": None,
        "key": None,
        "created_at": now,
        "updated_at": now,
    }


def _form(store: Store, now: str) -> Record:
    return {
        "id": FORM_ID,
        "name": "Default Ticket Form",
        "display_name": "Default Ticket Form",
        "raw_name": "Default Ticket Form",
        "end_user_visible": True,
        "position": 1,
        "active": True,
        "default": True,
        "in_all_brands": True,
        "restricted_brand_ids": [],
        "ticket_field_ids": [field["id"] for field in store.all("ticket_field")],
        "agent_conditions": [],
        "end_user_conditions": [],
        "created_at": now,
        "updated_at": now,
    }
