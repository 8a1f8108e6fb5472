"""Zendesk's `{{…}}`: what each placeholder of a ticket is replaced with."""

from collections.abc import Callable
from datetime import datetime

from bot.sandbox.state import Record, Store


def filler(
    store: Store, ticket: Record, user_id: int, host: str, account: str = "Example Company"
) -> Callable[[str], str]:
    """Return a function from a placeholder's name to its text; unknown names give ""."""

    def fill(name: str) -> str:
        head, _, rest = name.partition(".")
        if head == "ticket":
            return _of_ticket(store, ticket, rest, host, account)
        if head == "current_user":
            return _of_user(store, user_id, rest)
        return ""

    return fill


def _of_ticket(store: Store, ticket: Record, name: str, host: str, account: str) -> str:
    plain = {
        "id": ticket["id"],
        "title": ticket["subject"],
        "description": ticket["description"],
        "status": (ticket["status"] or "").capitalize(),
        "priority": (ticket["priority"] or "").capitalize(),
        "ticket_type": (ticket["type"] or "").capitalize(),
        "url": f"{host.partition('://')[2]}/agent/tickets/{ticket['id']}",
        "link": f"{host}/agent/tickets/{ticket['id']}",
        "tags": " ".join(ticket["tags"]),
        "via": ticket["via"].replace("_", " ").capitalize(),
        "account": account,
        "external_id": ticket["external_id"] or "",
        "created_at_with_timestamp": _minute(ticket["created_at"]),
        "updated_at_with_timestamp": _minute(ticket["updated_at"]),
        "created_at": _day(ticket["created_at"]),
        "updated_at": _day(ticket["updated_at"]),
    }
    if name in plain:
        return str(plain[name])
    head, _, rest = name.partition(".")
    if head in {"requester", "assignee"}:
        return _of_user(store, ticket[f"{head}_id"], rest)
    if head == "organization":
        return _named(store, "organization", ticket["organization_id"])
    if head in {"brand", "ticket_form"}:
        key = ticket["brand_id" if head == "brand" else "ticket_form_id"]
        return _named(store, head, key)
    if name.startswith("ticket_field_"):
        return _of_field(store, ticket, name.removeprefix("ticket_field_"))
    return _of_comments(store, ticket, name)


def _of_user(store: Store, user_id: int | None, name: str) -> str:
    user = store.get("user", user_id) or {}
    first, _, last = str(user.get("name", "")).partition(" ")
    known = {"first_name": first, "last_name": last, "language": user.get("locale")}
    value = known.get(name, user.get(name))
    return str(value) if isinstance(value, str | int) else ""


def _named(store: Store, kind: str, key: object) -> str:
    return str((store.get(kind, key) or {}).get("name", ""))


def _of_field(store: Store, ticket: Record, name: str) -> str:
    titled = name.startswith("option_title_")
    key = name.removeprefix("option_title_")
    value = ticket["values"].get(key)
    if titled:
        options = (store.get("ticket_field", key) or {}).get("custom_field_options", [])
        value = next((option["name"] for option in options if option["value"] == value), "")
    return "" if value is None else str(value)


def _of_comments(store: Store, ticket: Record, name: str) -> str:
    comments = store.of_ticket("comment", ticket["id"])[::-1]
    public = [comment for comment in comments if comment["public"]]
    if name == "latest_comment.attachments":
        return ", ".join(file["file_name"] for c in comments[:1] for file in c["attachments"])
    if name == "latest_public_comment_html":
        return "".join(comment["html_body"] for comment in public[:1])
    chosen = {
        "latest_comment": comments[:1],
        "latest_public_comment": public[:1],
        "comments": comments,
        "comments_formatted": comments,
        "public_comments": public,
        "public_comments_formatted": public,
    }
    return "\n\n".join(comment["plain_body"] for comment in chosen.get(name, []))


def _day(moment: str) -> str:
    return _read(moment).strftime("%B %-d, %Y")


def _minute(moment: str) -> str:
    """Minute precision: this identifies no event (facts §3)."""
    return _read(moment).strftime("%Y-%m-%dT%H:%MZ")


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
