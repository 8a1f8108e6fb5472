"""Every way to send the mutation, and every order in which attempts may be found."""

import json
from dataclasses import replace
from urllib.parse import urlencode

from tests.evidence.har_calls import (
    GRAPHQL,
    HOST,
    LICENSE,
    MUTATION,
    Call,
    Json,
    Session,
    activation,
    answer,
    mutation,
    variables,
)  # fmt: skip
from tests.evidence.har_case import Case, chrome_case

CODE = "invalid activation code"
USED = "The activation code has already been used"
MISSING = "PersistedQueryNotFound"
_HASH = {"persistedQuery": {"version": 1, "sha256Hash": "9f2c" * 16}}
_MULTI = "multipart/form-data; boundary=----geckoformboundary7d"
_SCHEMA = "Field 'gitlabSubscriptionActivate' doesn't exist on type 'Mutation'"


def _in_batch(session: Session) -> list[Call]:
    other = {"operationName": "getCurrentLicense", "query": "query { currentLicense { id } }"}
    got = [{"data": {"currentLicense": None}, "errors": [{"message": "other trouble"}]},
           json.loads(answer(CODE))]  # fmt: skip
    return [activation(session, sent=json.dumps([other, mutation(session)]), got=json.dumps(got))]


def _hashed(session: Session) -> Json:
    return {"operationName": "activateSubscription", "variables": variables(session),
            "extensions": _HASH}  # fmt: skip


def _missed(session: Session) -> Call:
    extensions = {"code": "PERSISTED_QUERY_NOT_FOUND"}
    got = {"errors": [{"message": MISSING, "extensions": extensions}]}
    return activation(session, sent=json.dumps(_hashed(session)), got=json.dumps(got))


def _retried_hash(session: Session) -> list[Call]:
    whole = {**mutation(session), "extensions": _HASH}
    return [_missed(session), activation(session, sent=json.dumps(whole))]


def _known_hash(session: Session) -> list[Call]:
    return [activation(session, CODE, sent=json.dumps(_hashed(session)))]


def _by_get(session: Session) -> list[Call]:
    query = urlencode({"query": MUTATION, "variables": json.dumps(variables(session))})
    return [Call(url=f"{GRAPHQL}?{query}", got=answer(CODE))]


def _multipart(session: Session) -> list[Call]:
    parts = {"operations": json.dumps(mutation(session)), "map": "{}",
             "authenticity_token": session.csrf}  # fmt: skip
    body = "".join(
        f'------geckoformboundary7d\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        f"{value}\r\n" for name, value in parts.items()
    ) + "------geckoformboundary7d--\r\n"  # fmt: skip
    return [activation(session, CODE, sent=body, sent_type=_MULTI)]


def _form(session: Session) -> list[Call]:
    body = urlencode({"query": MUTATION, "variables": json.dumps(variables(session)),
                      "authenticity_token": session.csrf})  # fmt: skip
    return [activation(session, CODE, sent=body, sent_type="application/x-www-form-urlencoded")]


def _raw_query(session: Session) -> list[Call]:
    query = 'mutation { gitlabSubscriptionActivate(input: {activationCode: "%s"}) { errors } }'
    return [activation(session, CODE, sent=query % session.code, sent_type="application/graphql")]


def _aliased(session: Session) -> list[Call]:
    query = (
        "mutation A($c: String!) { go: gitlabSubscriptionActivate(input: {activationCode: $c})"
        " { errors license { id } } }"
    )
    sent = {"query": query, "variables": {"c": session.code}}
    got = {"data": {"go": {"errors": [CODE], "license": None}}}
    return [activation(session, sent=json.dumps(sent), got=json.dumps(got))]


def _socket(session: Session, start: str, data: str, result: Json) -> list[Call]:
    first = {"type": "connection_init", "payload": {"headers": {"X-CSRF-Token": session.csrf}}}
    frames = [
        ("send", json.dumps(first)),
        ("receive", '{"type":"connection_ack"}'),
        ("send", json.dumps({"id": "1", "type": start, "payload": mutation(session)})),
        ("receive", json.dumps({"id": "1", "type": data, "payload": result})),
        ("receive", '{"id":"1","type":"complete"}'),
    ]
    url = GRAPHQL.replace("https", "wss") + f"/ws?token={session.feed}"
    return [Call(url=url, status=101, got=None, frames=tuple(frames))]


def _next(session: Session) -> list[Call]:
    return _socket(session, "subscribe", "next", json.loads(answer(CODE)))


def _data(session: Session) -> list[Call]:
    return _socket(session, "start", "data", json.loads(answer()))


def _twice(session: Session) -> list[Call]:
    return [activation(session, CODE), activation(session)]


def _second_tab(session: Session) -> list[Call]:
    """The later attempt, in another tab, is written down first."""
    return [activation(session, USED, at=60.0, more={"pageref": "page_2"}),
            activation(session, at=30.0, more={"pageref": "page_1"})]  # fmt: skip


def _timeless(session: Session) -> list[Call]:
    return [activation(session, CODE, more={"startedDateTime": ""}),
            activation(session, more={"startedDateTime": None})]  # fmt: skip


def _preflight(session: Session) -> list[Call]:
    asked = (("Access-Control-Request-Method", "POST"), ("Origin", "https://portal.globex.example"))
    return [
        Call("OPTIONS", GRAPHQL, status=204, got=None, headers=asked),
        activation(session, CODE),
    ]


def _worker(session: Session) -> list[Call]:
    """The page's request and the service worker's fetch of the same one, Chrome writes both."""
    page = activation(session, CODE, at=20.0)
    return [replace(page, more={"viaWorker": True}), replace(page, at=20.01)]


def _cached(session: Session) -> list[Call]:
    asset = Call(url=HOST + "/assets/webpack/pages.admin.js", status=304, got=None)
    return [asset, activation(session), replace(asset, at=31.0)]


def _aborted(session: Session) -> list[Call]:
    return [activation(session, status=0, error="net::ERR_ABORTED"), activation(session, CODE)]


def _cut_off(session: Session) -> list[Call]:
    return [activation(session, CODE),
            activation(session, status=0, error="net::ERR_INTERNET_DISCONNECTED")]  # fmt: skip


def _moved(session: Session) -> list[Call]:
    plain = GRAPHQL.replace("https", "http")
    answered = (("Location", GRAPHQL),)
    return [activation(session, url=plain, status=308, got="", answered=answered),
            activation(session, CODE)]  # fmt: skip


def _bounced(session: Session) -> list[Call]:
    """The session is over: the identity provider gets the POST's redirect, SAML in the query."""
    saml = f"SAMLRequest={session.csrf[:40]}&RelayState=%2Fadmin"
    there = f"https://sso.globex.example/idp?{saml}"
    session.planted.append(session.csrf[:40])
    return [activation(session, status=302, got="", answered=(("Location", there),)),
            Call(url=there, got="<title>Sign in - SSO</title>", got_type="text/html")]  # fmt: skip


def _under_path(session: Session) -> list[Call]:
    return [activation(session, CODE, url=HOST + "/gitlab/api/graphql")]


def _old_version(session: Session) -> list[Call]:
    got = {"errors": [{"message": _SCHEMA, "locations": [{"line": 2, "column": 3}]}]}
    return [activation(session, got=json.dumps(got))]


def _null_session(session: Session) -> list[Call]:
    said = ("The resource that you are attempting to access does not exist or you don't have"
            " permission to perform this action")  # fmt: skip
    got = {"data": {"gitlabSubscriptionActivate": None}, "errors": [{"message": said, "path":
           ["gitlabSubscriptionActivate"]}]}  # fmt: skip
    return [activation(session, got=json.dumps(got))]


def _limited(session: Session) -> list[Call]:
    return [activation(session, status=429, got="Retry later\n", got_type="text/plain",
                       answered=(("Retry-After", "60"),))]  # fmt: skip


def _partial(session: Session) -> list[Call]:
    """A license came back and `errors` is empty: activated, whatever else the answer says."""
    got = {"data": {"gitlabSubscriptionActivate": {"errors": [], "license": LICENSE}},
           "errors": [{"message": "Complexity warning", "path": ["currentUser"]}]}  # fmt: skip
    return [activation(session, got=json.dumps(got))]


GRAPHQL_CASES: tuple[Case, ...] = (
    chrome_case("in_batch", _in_batch, "failed", "app_invalid_activation_code", CODE),
    chrome_case("hash_then_query", _retried_hash, "activated", "app_graphql_ok", attempts="1 2"),
    chrome_case("known_hash", _known_hash, "failed", "app_invalid_activation_code", CODE),
    chrome_case("hash_only", lambda session: [_missed(session)], "failed",
                "app_bad_request app_answer_unknown unclear app_graphql_schema", MISSING),
    chrome_case("by_get", _by_get, "failed", "app_invalid_activation_code", CODE),
    chrome_case("multipart", _multipart, "failed", "app_invalid_activation_code", CODE),
    chrome_case("form", _form, "failed", "app_invalid_activation_code", CODE),
    chrome_case("raw_query", _raw_query, "failed", "app_invalid_activation_code", CODE),
    chrome_case("aliased", _aliased, "failed", "app_invalid_activation_code", CODE),
    chrome_case("graphql_ws", _next, "failed", "app_invalid_activation_code", CODE,
                status=101),
    chrome_case("transport_ws", _data, "activated", "app_graphql_ok", status=101),
    chrome_case("twice", _twice, "activated", "app_graphql_ok", attempts="2"),
    chrome_case("second_tab", _second_tab, "failed", "app_code_already_used", USED, attempts="2"),
    chrome_case("timeless", _timeless, "activated", "app_graphql_ok", attempts="2"),
    chrome_case("preflight", _preflight, "failed", "app_invalid_activation_code", CODE),
    chrome_case("worker", _worker, "failed", "app_invalid_activation_code", CODE),
    chrome_case("cached", _cached, "activated", "app_graphql_ok"),
    chrome_case("aborted", _aborted, "failed", "app_invalid_activation_code", CODE, attempts="2"),
    chrome_case("cut_off", _cut_off, "no_response", "app_no_response", attempts="2", status=None),
    chrome_case("moved", _moved, "failed", "app_invalid_activation_code", CODE, attempts="1 2"),
    chrome_case("bounced", _bounced, "http_error", "app_unauthorized", status=302),
    chrome_case("under_path", _under_path, "failed", "app_invalid_activation_code", CODE),
    chrome_case("old_version", _old_version, "failed", "app_graphql_schema", _SCHEMA),
    chrome_case("null_session", _null_session, "failed", "app_unauthorized", "permission"),
    chrome_case("limited", _limited, "http_error", "http_rate_limited", "Retry later", status=429),
    chrome_case("partial", _partial, "activated", "app_graphql_ok"),
)  # fmt: skip
