"""client.request: the agent's own Zendesk, and a backend behind the proxy with its token."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from bot.sandbox.http_server import LoopbackServer
from tests.app.conftest import SECRET
from tests.app.ticket_page import TicketPage


@pytest.fixture
def backend() -> Iterator[str]:
    """A backend that says what it was asked."""
    app, hang = Flask(__name__), Event()

    @app.route("/echo", methods=["GET", "POST", "PUT"])
    def echo() -> Response:
        asked = {
            "method": request.method, "query": request.query_string.decode(),
            "headers": dict(request.headers), "body": request.get_data(as_text=True),
        }  # fmt: skip
        answer = jsonify(asked)
        answer.headers["ETag"] = '"7"'
        return answer

    app.add_url_rule("/slow", "slow", lambda: str(hang.wait(30)))
    app.add_url_rule("/page", "page", lambda: "<h1>Bad gateway</h1>")
    app.add_url_rule("/same", "same", lambda: ("", 304))
    app.add_url_rule("/busy", "busy", lambda: (jsonify(error="busy"), 429, {"Retry-After": "3"}))
    server = LoopbackServer(app)
    server.start()
    yield server.url
    hang.set()
    server.stop()


def ask(page: TicketPage, url: str, **options: Any) -> dict[str, Any]:
    given = {"url": url, **options}
    return dict(page.run("(o) => window.caught(window.client.request(o))", given))


def token_of(answer: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The claims of the bearer token that the backend got, and whether the signature is right."""
    head, body, signature = answer["headers"]["Authorization"].split(" ")[1].split(".")
    wanted = hmac.new(SECRET.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return claims, base64.urlsafe_b64decode(signature + "==") == wanted


def signed(**changes: Any) -> dict[str, Any]:
    claims = {"iss": "pocket", "aud": "cl-bot", "sub": 7, "ticket_id": 1}
    jwt = {"algorithm": "HS256", "secret_key": "{{setting.shared_secret}}", "expiry": 60}
    return {
        "secure": True,
        "headers": {
            "Authorization": "Bearer {{jwt.token}}", "X-Ticket-Proof": "1;2", "bad_name": "x",
        },
        "jwt": {**jwt, "claims": claims, **changes},
    }  # fmt: skip


def test_the_proxy_mints_a_token_that_the_browser_never_sees(
    page: TicketPage, backend: str
) -> None:
    began = int(time.time())
    answer = ask(page, f"{backend}/echo?a=1", type="GET", dataType="json", **signed())["value"]
    claims, is_right = token_of(answer)

    assert is_right
    assert {key: claims[key] for key in ("iss", "aud", "sub", "ticket_id")} == {
        "iss": "pocket", "aud": "cl-bot", "sub": 7, "ticket_id": 1,
    }  # fmt: skip
    assert began - 1 <= claims["iat"] <= claims["exp"] - 60
    assert answer["query"] == "a=1"
    assert answer["headers"]["X-Ticket-Proof"] == "1;2"
    assert "bad_name" not in {name.lower() for name in answer["headers"]}
    assert SECRET not in page.page.content()
    assert not any(url.startswith(backend) for url in page.requests)
    assert page.problems == []


def test_a_body_goes_out_as_given(page: TicketPage, backend: str) -> None:
    answer = ask(
        page, f"{backend}/echo", type="PUT", contentType="application/json", data='{"done":true}',
        dataType="json", **signed(),
    )["value"]  # fmt: skip
    form = ask(page, f"{backend}/echo", type="POST", data={"a": "1 2"})["value"]

    assert (answer["method"], answer["body"]) == ("PUT", '{"done":true}')
    assert answer["headers"]["Content-Type"] == "application/json"
    assert form["body"] == "a=1+2"
    assert form["headers"]["Content-Type"].startswith("application/x-www-form-urlencoded")


def test_the_complete_answer_has_status_and_headers(page: TicketPage, backend: str) -> None:
    answer = ask(page, f"{backend}/echo", dataType="json", httpCompleteResponse=True)["value"]

    assert answer["status"] == 200
    assert answer["responseHeaders"]["etag"] == '"7"'
    assert answer["responseJSON"]["method"] == "GET"


def test_a_failure_is_an_object_with_status_and_no_error(page: TicketPage, backend: str) -> None:
    busy = ask(page, f"{backend}/busy", dataType="json")["error"]
    html = ask(page, f"{backend}/page", dataType="json")["error"]

    assert (busy["status"], busy["responseJSON"]) == (429, {"error": "busy"})
    assert busy["isError"] is False
    assert (html["status"], html["responseText"]) == (200, "<h1>Bad gateway</h1>")


def test_what_has_not_changed_is_a_success_without_data(page: TicketPage, backend: str) -> None:
    assert ask(page, f"{backend}/same", dataType="json") in ({"value": None}, {})


def test_a_backend_that_hangs_or_is_gone_is_told_apart(page: TicketPage, backend: str) -> None:
    slow = ask(page, f"{backend}/slow", timeout=300)["error"]
    gone = ask(page, "http://127.0.0.1:9/x")["error"]

    assert slow["status"] in {0, 504}
    assert gone["status"] == 502


@pytest.mark.parametrize(
    "url", ["https://other.zendesk.com/api/v2/users", "http://other.example/", "ftp://127.0.0.1/"]
)
def test_hosts_that_the_manifest_does_not_name_are_refused(page: TicketPage, url: str) -> None:
    found = ask(page, url, secure=True)["error"]

    assert found["status"] == 403
    assert "not a proxyable URI" in found["responseText"]


def test_a_secret_goes_where_its_scope_allows_and_nowhere_else(
    page: TicketPage, backend: str
) -> None:
    secret = "{{setting.shared_secret}}"
    url = f"{backend}/echo"
    in_header = ask(page, url, secure=True, headers={"X-Key": secret})["error"]
    in_body = ask(page, url, secure=True, type="POST", data=secret)["error"]
    unsafe = ask(page, url, headers={"X-Key": secret}, dataType="json")["value"]
    allowed = ask(page, url, secure=True, headers={"X-Key": "{{setting.header_key}}"})["value"]

    assert (in_header["status"], in_body["status"]) == (400, 400)
    assert unsafe["headers"]["X-Key"] == secret
    assert allowed["headers"]["X-Key"] == "k" * 20


@pytest.mark.parametrize(
    "jwt", [{"algorithm": "none"}, {"algorithm": "RS256"}, {"expiry": "soon"}, {"claims": "x"}]
)
def test_a_token_that_the_proxy_does_not_make_is_refused(
    page: TicketPage, backend: str, jwt: dict[str, Any]
) -> None:
    assert ask(page, f"{backend}/echo", **signed(**jwt))["error"]["status"] == 400


def test_this_zendesk_answers_with_the_agents_rights(page: TicketPage) -> None:
    found = ask(page, f"/api/v2/tickets/{page.ticket}.json")["value"]
    missing = ask(page, "/api/v2/tickets/999.json")["error"]
    me = page.run("() => window.client.request('/api/v2/users/me.json')")

    assert found["ticket"]["subject"] == "Activation fails"
    assert missing["status"] == 404
    assert missing["responseJSON"]["error"] == "RecordNotFound"
    assert me["user"]["name"] == "Avery Agent"
