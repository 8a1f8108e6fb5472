"""How an activation can end, as recordings in every dialect."""

import base64
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from tests.evidence.har_hiding import hide
from tests.evidence.har_samples import (
    API,
    CONNECTIVITY,
    HOST,
    QUERY,
    Made,
    Recorder,
    Secrets,
    ok,
    refused,
)


def success(r: Recorder) -> tuple[str, str, list[str], int]:
    r.activate(r.secrets.code(), body=ok())
    r.add("POST", API, 500, '{"errors":[{"message":"unrelated"}]}', post='{"query":"{ todos }"}')
    return "activated", "app_graphql_ok", [], 1


def connectivity(r: Recorder) -> tuple[str, str, list[str], int]:
    r.activate(r.secrets.code(), body=refused(CONNECTIVITY))
    return "failed", "app_connectivity_generic", [CONNECTIVITY], 1


def code_in_error(r: Recorder) -> tuple[str, str, list[str], int]:
    code = r.secrets.code()
    r.activate(code, body=refused(f"The activation code {code} is not valid"))
    return "failed", "unclear|app_invalid_activation_code", ["is not valid"], 1


def top_level_errors(r: Recorder) -> tuple[str, str, list[str], int]:
    said = "Field 'gitlabSubscriptionActivate' doesn't exist on type 'Mutation'"
    r.activate(r.secrets.code(), body=json.dumps({"errors": [{"message": said}]}))
    return "failed", "app_graphql_schema", [said], 1


def csrf_page(r: Recorder) -> tuple[str, str, list[str], int]:
    page = "<!DOCTYPE html><title>The change you requested was rejected (422)</title><h1>422</h1>"
    r.activate(r.secrets.code(), 422, page, mime="text/html")
    return "http_error", "app_csrf_rejected", ["The change you requested was rejected (422)"], 1


def signed_out(r: Recorder) -> tuple[str, str, list[str], int]:
    r.activate(
        r.secrets.code(), 302, "", mime="text/html",
        answer={"Location": f"https://{HOST}/users/sign_in"},
    )  # fmt: skip
    r.add("GET", f"https://{HOST}/users/sign_in", 200, "<title>Sign in</title>", "text/html")
    return "http_error", "app_unauthorized", [], 1


def unauthorized(r: Recorder) -> tuple[str, str, list[str], int]:
    r.activate(r.secrets.code(), 401, '{"message":"401 Unauthorized"}')
    return "http_error", "app_unauthorized", ["401 Unauthorized"], 1


def bad_gateway(r: Recorder) -> tuple[str, str, list[str], int]:
    page = "<html>\r\n<head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
    r.activate(r.secrets.code(), 502, page, mime="text/html")
    return "http_error", "app_gateway_timeout", ["502 Bad Gateway"], 1


def block_page(r: Recorder) -> tuple[str, str, list[str], int]:
    page = "<html><head><title>Web Page Blocked</title></head><body>Access denied by policy</body>"
    r.activate(r.secrets.code(), 403, page, mime="text/html")
    return "http_error", "http_block_page", ["Web Page Blocked"], 1


def aborted(r: Recorder) -> tuple[str, str, list[str], int]:
    entry = r.activate(r.secrets.code(), 0, None)
    entry["response"]["_error"] = "net::ERR_CONNECTION_RESET"
    return "no_response", "app_no_response", [], 1


def no_bodies(r: Recorder) -> tuple[str, str, list[str], int]:
    r.activate(r.secrets.code(), 200, None)
    return "unknown", "har_bodies_omitted", [], 1


def batch(r: Recorder) -> tuple[str, str, list[str], int]:
    post = [
        {"operationName": "getCurrentLicense", "query": "query getCurrentLicense { x }"},
        {"operationName": "a", "query": QUERY, "variables": {"activationCode": r.secrets.code()}},
    ]
    body = [{"errors": [{"message": "other"}]}, json.loads(refused("True-up value mismatch"))[0]]
    r.add("POST", API, 200, json.dumps(body), post=json.dumps(post))
    return "failed", "app_trueup_mismatch", ["True-up value mismatch"], 1


def persisted(r: Recorder) -> tuple[str, str, list[str], int]:
    hashed = {"persistedQuery": {"version": 1, "sha256Hash": "ab" * 32}}
    code = r.secrets.code()
    post = {"operationName": "activateSubscription", "extensions": hashed}
    post["variables"] = {"gitlabSubscriptionActivateInput": {"activationCode": code}}
    r.add(
        "POST", API, 200, '{"errors":[{"message":"PersistedQueryNotFound"}]}', post=json.dumps(post)
    )
    r.add("POST", API, 200, json.dumps(json.loads(ok())[0]), post=json.dumps(post))
    return "activated", "app_graphql_ok", [], 1


def by_get(r: Recorder) -> tuple[str, str, list[str], int]:
    variables = json.dumps(
        {"gitlabSubscriptionActivateInput": {"activationCode": r.secrets.code()}}
    )
    asked = f"operationName=activateSubscription&query={quote_plus(QUERY)}"
    r.add(
        "GET",
        f"{API}?{asked}&variables={quote(variables)}",
        200,
        refused("Invalid activation code"),
    )
    return "failed", "app_invalid_activation_code", ["Invalid activation code"], 1


def multipart(r: Recorder) -> tuple[str, str, list[str], int]:
    mark = "----WebKitFormBoundaryabc123"
    variables = {"input": {"activationCode": r.secrets.code()}}
    operations = json.dumps({"query": QUERY, "variables": variables})
    post = (
        f'--{mark}\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{operations}\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="authenticity_token"\r\n\r\n'
        f"{r.secrets.base64(30)}\r\n--{mark}\r\nContent-Disposition: form-data; "
        f'name="license[data_file]"; filename="a.gitlab-license"\r\nContent-Type: '
        f"application/octet-stream\r\n\r\n{r.secrets.license()}\r\n--{mark}--\r\n"
    )
    r.add(
        "POST", API, 200, refused("Your subscription cannot be located"), post=post,
        post_mime=f"multipart/form-data; boundary={mark}",
    )  # fmt: skip
    return "failed", "app_subscription_not_found", ["Your subscription cannot be located"], 1


def literal_code(r: Recorder) -> tuple[str, str, list[str], int]:
    query = (
        f'mutation {{ gitlabSubscriptionActivate(input: {{activationCode: "{r.secrets.code()}"}}) '
        "{ errors license { id } } }"
    )
    r.add("POST", API, 200, json.dumps(json.loads(ok())[0]), post=json.dumps({"query": query}))
    return "activated", "app_graphql_ok", [], 1


def over_websocket(r: Recorder) -> tuple[str, str, list[str], int]:
    entry = r.add("GET", f"wss://{HOST}/-/cable", 101, None)
    variables = {"x": {"activationCode": r.secrets.code()}}
    asked = {"id": "7", "type": "subscribe", "payload": {"query": QUERY, "variables": variables}}
    told = {"id": "7", "type": "next", "payload": json.loads(refused("silent mode"))[0]}
    init = {"type": "connection_init", "payload": {"token": r.secrets.prefixed("glpat-")}}
    entry["_webSocketMessages"] = [
        {"type": "send", "time": 1, "opcode": 1, "data": json.dumps(init)},
        {"type": "send", "time": 2, "opcode": 1, "data": json.dumps(asked)},
        {"type": "receive", "time": 3, "opcode": 1, "data": json.dumps(told)},
    ]
    return "failed", "app_silent_mode", ["silent mode"], 1


def failed_then_ok(r: Recorder) -> tuple[str, str, list[str], int]:
    r.activate(r.secrets.code(), body=refused("Invalid activation code"))
    r.activate(r.secrets.code(), body=ok())
    return "activated", "app_graphql_ok", [], 2


def ok_then_failed(r: Recorder) -> tuple[str, str, list[str], int]:
    code = r.secrets.code()
    r.activate(code, body=ok())
    r.activate(code, body=refused("This activation code has already been used"))
    return "failed", "app_code_already_used", ["This activation code has already been used"], 2


def only_sync(r: Recorder) -> tuple[str, str, list[str], int]:
    r.add("POST", f"https://{HOST}/admin/license/sync_seat_link", 422, '{"success":false}', post="")
    return "no_activation_attempt", "seatlink_sync_failed", [], 0


def wrong_page(r: Recorder) -> tuple[str, str, list[str], int]:
    r.entries.clear()
    r.add(
        "GET",
        "https://about.example_company.com/pricing/",
        200,
        "<title>Pricing</title>",
        "text/html",
    )
    return "no_activation_attempt", "irrelevant", [], 0


def expired_certificate(r: Recorder) -> tuple[str, str, list[str], int]:
    said = "SSL_connect returned=1 errno=0: certificate verify failed (certificate has expired)"
    entry = r.activate(r.secrets.code(), body=refused(said))
    content = entry["response"]["content"]
    content |= {"text": base64.b64encode(content["text"].encode()).decode(), "encoding": "base64"}
    return "failed", "tls_expired", ["certificate has expired"], 1


Scenario = Callable[[Recorder], tuple[str, str, list[str], int]]
SCENARIOS: tuple[Scenario, ...] = (
    success, connectivity, code_in_error, top_level_errors, csrf_page, signed_out, unauthorized,
    bad_gateway, block_page, aborted, no_bodies, batch, persisted, by_get, multipart, literal_code,
    over_websocket, failed_then_ok, ok_then_failed, only_sync, wrong_page, expired_certificate,
)  # fmt: skip
DIALECTS = (
    "chrome", "firefox", "safari", "edge", "sanitized", "fiddler", "charles", "mitmproxy",
    "playwright",
)  # fmt: skip


def made(scenario: Scenario, dialect: str, seed: int, *, hiding: bool = True) -> Made:
    """One HAR: the page, what happened, and (with `hiding`) secrets in every place there is."""
    secrets = Secrets(seed)
    recorder = Recorder(dialect, secrets)
    recorder.page()
    outcome, cause, errors, attempts = scenario(recorder)
    survivors = ["about.example_company.com" if scenario is wrong_page else HOST]
    survivors += ["/api/graphql"] if attempts and scenario is not over_websocket else []
    log = recorder.log()
    if hiding and scenario is not wrong_page:
        hide(recorder, log)
    return Made(log, secrets.all, outcome, cause, errors, attempts, [*survivors, *errors])


def wrapped(text: str, how: str) -> bytes:
    raw = text.encode()
    if how == "bom":
        return b"\xef\xbb\xbf" + raw
    if how == "utf-16":
        return text.encode("utf-16")
    if how == "utf-16-be-bare":
        return text.encode("utf-16-be")
    if how == "gz":
        return gzip.compress(raw)
    if how == "zhar":
        return zlib.compress(raw)
    if how == "zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("readme.txt", "hello")
            archive.writestr("My Recording.HAR", raw)
        return packed.getvalue()
    return raw
