"""What a HAR tells of the activation: which attempt decides, and how it ended."""

import base64
import io
import json
from typing import Any

import pytest

from bot.evidence.har.analysis import HarReport, analyse
from bot.evidence.har.observed import observed
from tests.evidence.har_samples import ADMIN, API, HOST, QUERY, Recorder, Secrets, ok, refused

CODE = "y3U6ukcCCnDDZWGssdiQpiG7"


def recorder(dialect: str = "chrome") -> Recorder:
    return Recorder(dialect, Secrets(1))


def told(log: Recorder | dict[str, Any]) -> HarReport:
    har = log.log() if isinstance(log, Recorder) else log
    return analyse(io.BytesIO(json.dumps({"log": har}).encode()))


def test_an_answer_without_its_question_is_an_attempt() -> None:
    r = recorder("firefox")
    entry = r.activate(CODE, body=refused("Invalid activation code"))
    del entry["request"]["postData"]

    assert (told(r).outcome, told(r).attempts) == ("failed", 1)


def test_a_graphql_call_without_both_bodies_may_have_been_the_activation() -> None:
    r = recorder("firefox")
    entry = r.activate(CODE, body=None)
    del entry["request"]["postData"]

    assert (told(r).outcome, told(r).cause) == ("unknown", "har_bodies_omitted")


def test_a_preflight_is_no_attempt() -> None:
    r = recorder()
    r.add("OPTIONS", API, 204, None)
    r.activate(CODE, body=ok())

    assert told(r).attempts == 1


def test_the_way_to_https_is_no_attempt_of_its_own() -> None:
    r = recorder()
    entry = r.activate(CODE, 308, "", answer={"Location": API})
    entry["request"]["url"] = API.replace("https", "http")
    r.activate(CODE, body=ok())

    assert (told(r).outcome, told(r).attempts) == ("activated", 1)


def test_the_last_attempt_is_the_one_that_was_sent_last_not_the_one_written_last() -> None:
    r = recorder()
    r.activate(CODE, body=refused("Invalid activation code"))
    r.activate(CODE, body=ok())
    r.entries.reverse()

    assert told(r).outcome == "activated"
    assert told(r).earlier_errors == ("Invalid activation code",)


@pytest.mark.parametrize(
    "query",
    [
        'query a { __type(name: "GitlabSubscriptionActivateInput") { name } }',
        'query a { x(text: "gitlabSubscriptionActivate(input: {})") }',
        "query a {\n  # gitlabSubscriptionActivate(input: x)\n  currentLicense { id }\n}",
    ],
)
def test_a_call_that_only_names_the_mutation_is_no_attempt(query: str) -> None:
    r = recorder()
    r.add("POST", API, 200, '{"data":{"x":1}}', post=json.dumps({"query": query}))

    assert told(r).outcome == "no_activation_attempt"
    assert told(r).cause == "no_activation"


def test_only_the_operation_that_was_asked_for_counts() -> None:
    query = f"query getCurrentLicense {{ currentLicense {{ id }} }}\n{QUERY}"
    r = recorder()
    post = {"operationName": "getCurrentLicense", "query": query}
    r.add("POST", API, 200, '{"data":{"currentLicense":null}}', post=json.dumps(post))

    assert told(r).attempts == 0


def test_an_alias_is_followed_to_its_answer() -> None:
    r = recorder()
    call = f'gitlabSubscriptionActivate(input: {{activationCode: "{CODE}"}}) {{ errors }}'
    body = {"data": {"go": {"errors": ["Invalid activation code"]}}}
    r.add(
        "POST", API, 200, json.dumps(body), post=json.dumps({"query": f"mutation {{ go: {call} }}"})
    )

    assert told(r).error_strings == ("Invalid activation code",)


def test_errors_of_other_calls_are_not_the_activation_s() -> None:
    r = recorder()
    r.activate(CODE, body=ok())
    r.add("POST", API, 500, '{"errors":[{"message":"boom"}]}', post='{"query":"{ todos { id } }"}')

    assert (told(r).outcome, told(r).error_strings) == ("activated", ())


def test_a_secret_in_an_error_is_not_quoted() -> None:
    r = recorder()
    r.activate(CODE, body=refused(f"Code {CODE} of jane.doe@acme.example is unknown"))

    assert told(r).error_strings == ("Code [activation code] of [e-mail]@acme.example is unknown",)


def test_a_json_body_that_was_cut_is_read_as_far_as_it_goes() -> None:
    r = recorder()
    body = refused("Cannot activate instance due to connectivity issue")
    r.activate(CODE, body=body[:-27])

    assert told(r).cause == "app_connectivity_generic"


def test_a_page_instead_of_json_with_status_200_is_no_success() -> None:
    r = recorder()
    page = "<!DOCTYPE html><html><head><title>Sign in · Example Company</title></head></html>"
    r.activate(CODE, 200, page, mime="text/html")

    assert (told(r).outcome, told(r).cause) == ("http_error", "app_unauthorized")


def test_action_cable_answers_are_found_by_their_identifier() -> None:
    r = recorder()
    entry = r.add("GET", f"wss://{HOST}/-/cable", 101, None)
    document = json.dumps({"channel": "GraphqlChannel", "query": QUERY, "variables": {}})
    payload = {"result": json.loads(refused("silent mode"))[0], "more": False}
    asked = json.dumps({"command": "subscribe", "identifier": document})
    answered = json.dumps({"identifier": document, "message": payload})
    entry["_webSocketMessages"] = [
        {"type": "send", "time": 1.5, "data": asked},
        {"type": "receive", "time": 2, "data": '{"type":"ping","message":1}'},
        {"type": "receive", "time": 3, "data": answered},
    ]

    assert (told(r).outcome, told(r).cause) == ("failed", "app_silent_mode")


def test_the_instance_s_own_call_counts_only_when_the_browser_made_none() -> None:
    r = recorder("mitmproxy")
    query = (
        "mutation($c: String!) { cloudActivationActivate(input: {activationCode: $c}) { errors } }"
    )
    body = {"data": {"cloudActivationActivate": {"errors": ["Invalid activation code"]}}}
    portal = "https://customers.example_company.com/graphql"
    r.add("POST", portal, 200, json.dumps(body), post=json.dumps({"query": query}))

    assert told(r).cause == "app_invalid_activation_code"

    r.activate(CODE, body=ok())

    assert (told(r).outcome, told(r).attempts) == ("activated", 1)


def test_a_signed_out_administrator_never_reached_the_page() -> None:
    r = recorder()
    r.add("GET", ADMIN, 302, "", answer={"Location": f"https://{HOST}/users/sign_in"})

    assert (told(r).outcome, told(r).cause) == ("no_activation_attempt", "app_unauthorized")


def test_a_sanitized_export_may_hold_live_tokens_all_the_same() -> None:
    r = recorder("sanitized")
    r.activate(CODE, body=ok())
    request = r.entries[-1]["request"]

    assert told(r).live_session
    assert told(r).secrets_found["activation_code"] == 1

    request["headers"] = [h for h in request["headers"] if h["name"] != "X-CSRF-Token"]

    assert not told(r).live_session

    page = '<script>gon.csrf_token="";gon.feed_token="AbCdEf0123456789AbCd";</script>'
    r.add("GET", ADMIN, 200, page, "text/html")

    assert told(r).live_session


def test_a_page_saved_under_a_hars_name_is_warned_of() -> None:
    page = b'<html><script>document.cookie="_gitlab_session=5014ef5ed72014e90b82285ea7888b4a"'
    report = analyse(io.BytesIO(page))

    assert (report.outcome, report.live_session) == ("unparseable", True)
    assert report.secrets_found == {"session": 1}
    assert not analyse(io.BytesIO(b"<html>nothing here</html>")).live_session


def test_base64_bodies_on_both_sides_are_read() -> None:
    r = recorder()
    entry = r.activate(CODE, body=refused("Invalid activation code"))
    for body in (entry["request"]["postData"], entry["response"]["content"]):
        body |= {"text": base64.b64encode(body["text"].encode()).decode(), "encoding": "base64"}

    assert told(r).error_strings == ("Invalid activation code",)


def test_entries_without_a_log_around_them_are_read() -> None:
    r = recorder()
    r.activate(CODE, body=ok())
    for har in ({"entries": r.entries}, r.entries):
        assert analyse(io.BytesIO(json.dumps(har).encode())).outcome == "activated"


def test_json_that_is_no_har_is_unparseable() -> None:
    assert analyse(io.BytesIO(b'{"tickets": []}')).outcome == "unparseable"
    assert analyse(io.BytesIO(b'{"log": {"entries": []}}')).outcome == "no_activation_attempt"


@pytest.mark.parametrize(
    ("body", "layer", "verdict"),
    [
        (ok(), "app", "ok"),
        (refused("Connection refused - connect(2)"), "tcp", "fail"),
        (None, "unknown", "unknown"),
    ],
)
def test_a_report_becomes_an_observation(body: str | None, layer: str, verdict: str) -> None:
    r = recorder()
    r.activate(CODE, body=body)
    seen = observed(told(r), "recorded.har")

    assert (seen.layer, seen.verdict, seen.vantage) == (layer, verdict, "customer:har")
    assert seen.facts["http_status"] == 200
    assert seen.facts["live_session"] is True
