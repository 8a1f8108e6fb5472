"""Comments, audits and redactions over HTTP."""

from flask import Blueprint, Response, jsonify, request

from bot.sandbox import comments
from bot.sandbox.attachments import present_attachment
from bot.sandbox.auth import caller
from bot.sandbox.comments import present_comment
from bot.sandbox.crud import find
from bot.sandbox.events import announce, comment_event
from bot.sandbox.paging import page_of
from bot.sandbox.pocket import pocket
from bot.sandbox.rates import count_listing
from bot.sandbox.replies import bad_request, invalid, not_found
from bot.sandbox.requests_in import host, include, whole_body
from bot.sandbox.state import Record
from bot.sandbox.ticket_api import present_audit
from bot.sandbox.ticket_view import users_of

api = Blueprint("comments", __name__, url_prefix="/api/v2")


@api.get("/tickets/<int:key>/comments")
def list_comments(key: int) -> Response:
    """A ticket's conversation, oldest first unless `sort=-created_at` says otherwise."""
    box = pocket()
    find("ticket", key)
    items = _sorted(box.store.of_ticket("comment", key))
    page = page_of(items, "comments", host())
    if "users" in include():
        page["users"] = users_of(box, [item["author_id"] for item in page["comments"]], host())
    page["comments"] = [present_comment(item, host()) for item in page["comments"]]
    return jsonify(page)


@api.get("/tickets/<int:key>/comments/count")
def count_comments(key: int) -> Response:
    """How many comments a ticket has."""
    find("ticket", key)
    count = {"value": pocket().store.count("comment", key), "refreshed_at": pocket().now()}
    return jsonify({"count": count})


@api.get("/tickets/<int:key>/audits")
def list_audits(key: int) -> Response:
    """What happened to a ticket; `metadata.custom` holds what an update brought along."""
    count_listing("audits-index")
    find("ticket", key)
    items = _sorted(pocket().store.of_ticket("audit", key))
    page = page_of(items, "audits", host())
    page["audits"] = [present_audit(item) for item in page["audits"]]
    return jsonify(page)


@api.put("/tickets/<int:key>/comments/<int:comment_id>/make_private")
def make_private(key: int, comment_id: int) -> Response:
    """Turn a public comment into an internal note; the mails are gone."""
    comment = comments.made_private(_comment(key, comment_id))
    _replace(comment, "comment_made_private")
    return jsonify({})


@api.put("/tickets/<int:key>/comments/<int:comment_id>/redact")
def redact_text(key: int, comment_id: int) -> Response:
    """Black out a text; open tickets only."""
    _refuse_closed(key)
    text = str(whole_body().get("text") or "")
    comment = _comment(key, comment_id)
    if not text or text not in comment["plain_body"]:
        raise invalid("text", "Text: cannot be found in the comment")
    return _redacted(comments.redacted_text(comment, text))


@api.put("/comment_redactions/<int:comment_id>")
def redact_html(comment_id: int) -> Response:
    """The preferred redaction: `<redact>` marks and attachment addresses; closed tickets too."""
    given = whole_body()
    if "ticket_id" not in given:
        raise bad_request("Parameter ticket_id is required")
    comment = _comment(int(given["ticket_id"]), comment_id)
    marked = str(given.get("html_body") or "")
    urls = list(given.get("external_attachment_urls") or [])
    return _redacted(comments.redacted_html(comment, marked, urls))


@api.put("/tickets/<int:key>/comments/<int:comment_id>/attachments/<int:file_id>/redact")
def redact_attachment(key: int, comment_id: int, file_id: int) -> Response:
    """Empty a file. The answer shows the *old* object: it proves nothing (facts §5.5)."""
    _refuse_closed(key)
    comment = _comment(key, comment_id)
    old = next((file for file in comment["attachments"] if file["id"] == file_id), None)
    if old is None:
        raise not_found()
    _replace(comments.without_attachment(comment, file_id), "attachment_redacted_from_comment")
    return jsonify({"attachment": present_attachment(old, host())})


def _sorted(items: list[Record]) -> list[Record]:
    newest_first = request.args.get("sort") == "-created_at" or (
        request.args.get("sort_order") == "desc"
    )
    return items[::-1] if newest_first else items


def _comment(ticket_id: int, comment_id: int) -> Record:
    comment = find("comment", comment_id)
    if comment["ticket_id"] != ticket_id:
        raise not_found()
    return comment


def _refuse_closed(ticket_id: int) -> None:
    if find("ticket", ticket_id)["status"] == "closed":
        raise invalid("status", "Status: closed prevents ticket update")


def _redacted(comment: Record) -> Response:
    _replace(comment, "comment_redacted")
    return jsonify({"comment": present_comment(comment, host())})


def _replace(comment: Record, event: str) -> None:
    """Store the changed comment wherever its text stands, and tell who subscribed."""
    box, ticket = pocket(), find("ticket", comment["ticket_id"])
    with box.store.transaction():
        box.store.put("comment", comment)
        first = box.store.of_ticket("comment", ticket["id"])[0]["id"] == comment["id"]
        description = {"description": comment["plain_body"]} if first else {}
        ticket = box.store.put("ticket", {**ticket, **description, "updated_at": box.now()})
        audit = find("audit", comment["audit_id"])
        said = [_now(event, comment) for event in audit["events"]]
        box.store.put("audit", {**audit, "events": said})
        for file in comment["attachments"]:
            if file["deleted"]:
                _empty_file(file)
    announce(box, ticket, caller().user_id, [(event, comment_event(box, comment))])


def _now(event: Record, comment: Record) -> Record:
    return comments.event_of(comment) if event["id"] == comment["id"] else event


def _empty_file(file: Record) -> None:
    token = file["content_url"].split("/")[3]
    stored = pocket().store.get("file", token)
    if stored:
        pocket().store.put("file", {**stored, "data": "", "attachment": file})
        pocket().store.put("attachment", file)
