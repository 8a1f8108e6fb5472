"""What the stub Zendesk answers when nothing goes wrong: tokens, tickets, comments, audits."""

from tests.zendesk.stub_collections import collection
from tests.zendesk.stub_state import BOT, NOT_FOUND, Answer, Body, Seen, State


def respond(state: State, seen: Seen) -> Answer:
    """Answer as Zendesk would."""
    if seen.path == "/oauth/tokens":
        return grant(state, seen)
    token = seen.headers.get("authorization", "").removeprefix("Bearer ")
    if token not in state.tokens and not token.startswith("Basic "):
        return 401, {"error": "invalid_token", "error_description": "The token is expired"}, {}
    parts = seen.path.strip("/").split("/")[2:]
    if parts == ["users", "me"]:
        return 200, {"user": state.users[BOT]}, {}
    if parts[0] == "tickets":
        return tickets(state, seen, parts[1:])
    return collection(state, seen, parts)


def grant(state: State, seen: Seen) -> Answer:
    if seen.body.get("client_secret") != "s3cret":
        return 401, {"error": "invalid_client", "error_description": "Client is unknown"}, {}
    token = f"token-{len(state.tokens) + 1}"
    state.tokens.append(token)
    answer = {"access_token": token, "token_type": "bearer", "scope": seen.body["scope"]}
    return 200, answer | ({} if state.expires_in is None else {"expires_in": state.expires_in}), {}


def tickets(state: State, seen: Seen, parts: list[str]) -> Answer:
    number = int(parts[0])
    if number not in state.tickets:
        return NOT_FOUND
    ticket = state.tickets[number]
    if parts[1:] == ["comments"]:
        return paged(state, seen, "comments", state.comments[number])
    if parts[1:] == ["audits"]:
        return paged(state, seen, "audits", state.audits[number])
    if parts[1:] and parts[-1] == "make_private":
        for comment in state.comments[number]:
            comment["public"] = comment["public"] and str(comment["id"]) != parts[2]
        return 200, None, {}
    if seen.method == "PUT":
        return update(state, ticket, seen.body["ticket"])
    people = [state.users[u] for u in {ticket["requester_id"], ticket["submitter_id"]}]
    count = {"comment_count": len(state.comments[number])}
    return 200, {"ticket": ticket | count, "users": people}, {}


def update(state: State, ticket: Body, change: Body) -> Answer:
    if ticket["status"] == "closed":
        closed = {"description": "Status: closed prevents ticket update", "error": "ClosedUpdate"}
        return 422, {
            "error": "RecordInvalid", "description": "Record validation errors",
            "details": {"status": [closed]},
        }, {}  # fmt: skip
    if change.get("safe_update") and change.get("updated_stamp") != ticket["updated_at"]:
        return (
            409,
            {"error": "UpdateConflict", "description": "Safe Update prevented the update"},
            {},
        )
    ticket["updated_at"] = state.stamp()
    custom = change.get("metadata", {})
    audit: Body = {
        "id": state.number(), "ticket_id": ticket["id"], "created_at": ticket["updated_at"],
        "author_id": BOT, "metadata": {"system": {}, "custom": custom}, "events": [],
    }  # fmt: skip
    if "comment" in change:
        said = change["comment"]
        comment = state.add_comment(
            ticket["id"], author_id=BOT, public=said.get("public", True),
            html_body=f'<div class="zd-comment" dir="auto">{said.get("html_body", "")}</div>',
            plain_body="note", body="note", audit_id=audit["id"], created_at=ticket["updated_at"],
        )  # fmt: skip
        audit["events"].append(comment)
    ticket["tags"] = change.get("tags", ticket["tags"])
    values = {entry["id"]: entry["value"] for entry in ticket["custom_fields"]}
    values |= {entry["id"]: entry["value"] for entry in change.get("custom_fields", [])}
    ticket["custom_fields"] = [{"id": key, "value": value} for key, value in values.items()]
    state.audits[ticket["id"]].append(audit)
    return 200, {"ticket": ticket, "audit": audit}, {}


def paged(state: State, seen: Seen, name: str, items: list[Body]) -> Answer:
    """Cursor pages; `links.next` is set even on the last one, as Zendesk does."""
    newest = seen.query.get("sort") == "-created_at"
    ordered = sorted(items, key=lambda item: (item["created_at"], item["id"]), reverse=newest)
    start = int(seen.query.get("page[after]") or 0)
    end = start + min(int(seen.query.get("page[size]", "100")), state.page_size)
    more = end < len(ordered)
    own = f"http://{seen.headers['host']}{seen.path}.json"
    answer: Body = {
        name: ordered[start:end],
        "meta": {"has_more": more, "after_cursor": str(end), "before_cursor": str(start)},
        "links": {
            "next": f"{own}?page%5Bafter%5D={end}",
            "prev": None,
        },
    }
    if "users" in seen.query.get("include", ""):
        authors = {item["author_id"] for item in ordered[start:end]}
        answer["users"] = [state.users[a] for a in authors if a in state.users]
    return 200, answer, {}
