"""A small Zendesk on loopback that misbehaves on order; written from Zendesk's documentation."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.zendesk.stub_collections import collection
from tests.zendesk.stub_state import BOT, CUSTOMER, NOT_FOUND, Answer, Body, Seen, State


@dataclass
class Fault:
    """What goes wrong, for which requests, how often."""

    method: str
    part: str
    act: Callable[["Handler"], None]
    times: int = 1
    commit_first: bool = False


class StubZendesk:
    """The server, its state, what it saw and what it should do wrong."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.state = State()
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.headers: dict[str, str] = {}
        self.expires_in: Any = 1800
        self.page_size = 100
        self.lock = threading.RLock()
        self.closing = threading.Event()
        stub = self

        class Bound(Handler):
            zendesk = stub

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.thread.start()
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def fail(
        self,
        method: str,
        part: str,
        act: Callable[["Handler"], None],
        *,
        times: int = 1,
        commit_first: bool = False,
    ) -> None:
        """The next `times` requests of this kind end in `act`, applied first or not at all."""
        self.faults.append(Fault(method, part, act, times, commit_first))

    def calls(self, method: str = "", part: str = "") -> list[Seen]:
        """What arrived, without token calls and users/me unless they are asked for."""
        free = ("/oauth/tokens", "/api/v2/users/me")
        return [
            seen
            for seen in self.seen
            if seen.method.startswith(method)
            and (part in seen.path if part else seen.path not in free)
        ]

    def add_ticket(self, **changes: Any) -> int:
        """File a ticket with its first comment; `comments` are added to it."""
        more = changes.pop("comments", [])
        number = self.state.number()
        stamp = self.state.stamp()
        ticket = {
            "id": number, "url": f"{self.url}/api/v2/tickets/{number}.json", "subject": "Help",
            "description": "We cannot activate.", "status": "open", "tags": ["cloud-licensing"],
            "requester_id": CUSTOMER, "submitter_id": CUSTOMER, "custom_fields": [],
            "sharing_agreement_ids": [], "created_at": stamp, "updated_at": stamp,
            "group_id": 7, "brand_id": 8, "ticket_form_id": 9,
        }  # fmt: skip
        self.state.tickets[number] = ticket | changes
        self.state.comments[number] = []
        self.state.audits[number] = []
        self.add_comment(number, body=ticket["description"], author_id=CUSTOMER)
        for comment in more:
            self.add_comment(number, **comment)
        return number

    def add_comment(self, ticket_id: int, **changes: Any) -> Body:
        comment = {
            "id": self.state.number(), "type": "Comment", "author_id": CUSTOMER, "public": True,
            "body": "", "html_body": "", "attachments": [], "audit_id": self.state.number(),
            "created_at": self.state.stamp(), "metadata": {"system": {}, "custom": {}},
        } | changes  # fmt: skip
        comment.setdefault("plain_body", comment["body"])
        self.state.comments[ticket_id].append(comment)
        return comment


class Handler(BaseHTTPRequestHandler):
    """One connection of the stub."""

    zendesk: StubZendesk
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seen: Seen

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""

    def handle(self) -> None:
        """A client that hangs up is what several tests are about."""
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, ValueError):
            self.close_connection = True

    def serve(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.seen = Seen(
            self.command,
            parts.path.removesuffix(".json"),
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(raw) if raw else None,
        )
        with self.zendesk.lock:
            self.zendesk.seen.append(self.seen)
            fault = self.pick_fault()
            if fault is None or fault.commit_first:
                answer = respond(self.zendesk, self.seen)
        if fault is None:
            self.reply(*answer)
        else:
            fault.act(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815

    def pick_fault(self) -> Fault | None:
        for fault in self.zendesk.faults:
            if fault.times and fault.method == self.seen.method and fault.part in self.seen.path:
                fault.times -= 1
                return fault
        return None

    def reply(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        lines = {"content-type": "application/json; charset=utf-8"} | self.zendesk.headers
        self.send_response(status)
        for name, value in (lines | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
        self.wfile.flush()

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()


def answers(status: int, body: Any = None, **headers: str) -> Callable[[Handler], None]:
    """Answer with this status and JSON body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(status, body, named)


def html(status: int) -> Callable[[Handler], None]:
    """Answer with a gateway's page."""
    page = b"<!DOCTYPE html><html><body>Something went wrong</body></html>"
    return lambda handler: handler.reply(status, page, {"content-type": "text/html"})


def drops(handler: Handler) -> None:
    """Close the connection instead of answering."""
    handler.hang_up()


def hangs(handler: Handler) -> None:
    """Say nothing until the test is over."""
    handler.zendesk.closing.wait(30)
    handler.close_connection = True


def drips(after: bytes) -> Callable[[Handler], None]:
    """Send `after`, then one byte every 50 ms, for ever."""

    def act(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(after)
        while not handler.zendesk.closing.is_set():
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    return act


def truncates(handler: Handler) -> None:
    """Promise more than is sent."""
    handler.close_connection = True
    handler.wfile.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n"
        b'{"ticket": {"id": 1, "upd'
    )
    handler.wfile.flush()


@contextmanager
def stub_zendesk(tls: ssl.SSLContext | None = None) -> Iterator[StubZendesk]:
    """Run a stub for the length of a `with` block."""
    stub = StubZendesk(tls)
    try:
        yield stub
    finally:
        stub.close()


def respond(stub: StubZendesk, seen: Seen) -> Answer:
    """Answer as Zendesk would."""
    if seen.path == "/oauth/tokens":
        return grant(stub, seen)
    token = seen.headers.get("authorization", "").removeprefix("Bearer ")
    if token not in stub.state.tokens and not token.startswith("Basic "):
        return 401, {"error": "invalid_token", "error_description": "The token is expired"}, {}
    parts = seen.path.strip("/").split("/")[2:]
    if parts == ["users", "me"]:
        return 200, {"user": stub.state.users[BOT]}, {}
    if parts[0] == "tickets":
        return tickets(stub, seen, parts[1:])
    return collection(stub.state, seen, parts)


def grant(stub: StubZendesk, seen: Seen) -> Answer:
    if seen.body.get("client_secret") != "s3cret":
        return 401, {"error": "invalid_client", "error_description": "Client is unknown"}, {}
    token = f"token-{len(stub.state.tokens) + 1}"
    stub.state.tokens.append(token)
    answer = {"access_token": token, "token_type": "bearer", "scope": seen.body["scope"]}
    return 200, answer | ({} if stub.expires_in is None else {"expires_in": stub.expires_in}), {}


def tickets(stub: StubZendesk, seen: Seen, parts: list[str]) -> Answer:
    number = int(parts[0])
    if number not in stub.state.tickets:
        return NOT_FOUND
    ticket = stub.state.tickets[number]
    if parts[1:] == ["comments"]:
        return paged(stub, seen, "comments", stub.state.comments[number])
    if parts[1:] == ["audits"]:
        return paged(stub, seen, "audits", stub.state.audits[number])
    if parts[1:] and parts[-1] == "make_private":
        for comment in stub.state.comments[number]:
            comment["public"] = comment["public"] and str(comment["id"]) != parts[2]
        return 200, None, {}
    if seen.method == "PUT":
        return update(stub, ticket, seen.body["ticket"])
    people = [stub.state.users[u] for u in {ticket["requester_id"], ticket["submitter_id"]}]
    count = {"comment_count": len(stub.state.comments[number])}
    return 200, {"ticket": ticket | count, "users": people}, {}


def update(stub: StubZendesk, ticket: Body, change: Body) -> Answer:
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
    ticket["updated_at"] = stub.state.stamp()
    custom = change.get("metadata", {})
    audit: Body = {
        "id": stub.state.number(), "ticket_id": ticket["id"], "created_at": ticket["updated_at"],
        "author_id": BOT, "metadata": {"system": {}, "custom": custom}, "events": [],
    }  # fmt: skip
    if "comment" in change:
        said = change["comment"]
        comment = stub.add_comment(
            ticket["id"], author_id=BOT, public=said.get("public", True),
            html_body=f'<div class="zd-comment" dir="auto">{said.get("html_body", "")}</div>',
            plain_body="note", body="note", audit_id=audit["id"], created_at=ticket["updated_at"],
        )  # fmt: skip
        audit["events"].append(comment)
    ticket["tags"] = change.get("tags", ticket["tags"])
    values = {entry["id"]: entry["value"] for entry in ticket["custom_fields"]}
    values |= {entry["id"]: entry["value"] for entry in change.get("custom_fields", [])}
    ticket["custom_fields"] = [{"id": key, "value": value} for key, value in values.items()]
    stub.state.audits[ticket["id"]].append(audit)
    return 200, {"ticket": ticket, "audit": audit}, {}


def paged(stub: StubZendesk, seen: Seen, name: str, items: list[Body]) -> Answer:
    """Cursor pages; `links.next` is set even on the last one, as Zendesk does."""
    newest = seen.query.get("sort") == "-created_at"
    ordered = sorted(items, key=lambda item: (item["created_at"], item["id"]), reverse=newest)
    start = int(seen.query.get("page[after]") or 0)
    end = start + min(int(seen.query.get("page[size]", "100")), stub.page_size)
    more = end < len(ordered)
    answer: Body = {
        name: ordered[start:end],
        "meta": {"has_more": more, "after_cursor": str(end), "before_cursor": str(start)},
        "links": {"next": f"{stub.url}{seen.path}.json?page%5Bafter%5D={end}", "prev": None},
    }
    if "users" in seen.query.get("include", ""):
        authors = {item["author_id"] for item in ordered[start:end]}
        answer["users"] = [stub.state.users[a] for a in authors if a in stub.state.users]
    return 200, answer, {}
