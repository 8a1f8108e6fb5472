"""The list of deleted tickets, as Zendesk keeps it for 30 days: ten requests a minute."""

from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, Response, jsonify

from bot.sandbox.auth import caller
from bot.sandbox.paging import page_of
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import too_many
from bot.sandbox.requests_in import host
from bot.sandbox.state import Record

api = Blueprint("deleted", __name__, url_prefix="/api/v2")

_KEPT: Final = timedelta(days=30)
_A_MINUTE: Final = 10


@api.get("/deleted_tickets")
def deleted_tickets() -> Response:
    """Deleted tickets that were not scrubbed yet, in the order of their creation."""
    box = pocket()
    reading = box.meter.take("deleted tickets", _A_MINUTE, 60)
    if reading.exceeded:
        raise too_many("Number of allowed API requests per minute exceeded", reading.resets)
    since = box.clock() - _KEPT
    kept = [one for one in box.store.all("deleted") if _at(one) > since]
    return jsonify(page_of(kept, "deleted_tickets", host()))


def remember_deleted(box: Pocket, ticket: Record) -> None:
    """Keep of a deleted ticket what the list shows."""
    box.store.put(
        "deleted",
        {
            "id": ticket["id"],
            "subject": ticket["subject"],
            "description": ticket["description"],
            "actor": {"id": caller().user_id, "name": ""},
            "deleted_at": box.now(),
            "previous_state": ticket["status"],
        },
    )


def _at(record: Record) -> datetime:
    return datetime.fromisoformat(str(record["deleted_at"]))
