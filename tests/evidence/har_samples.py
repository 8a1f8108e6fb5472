"""Makes HAR files in the dialects of the common exporters, with secrets in every hiding place."""

import base64
import gzip
import html
import io
import json
import random
import string
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

Json = dict[str, Any]
HOST = "git.acme-widgets.example"
ADMIN = f"https://{HOST}/admin/subscription"
API = f"https://{HOST}/api/graphql"
QUERY = (
    "mutation activateSubscription($gitlabSubscriptionActivateInput: "
    "GitlabSubscriptionActivateInput!) {\n  gitlabSubscriptionActivate(input: "
    "$gitlabSubscriptionActivateInput) {\n    errors\n    license {\n      id\n    }\n  }\n}\n"
)
_WORD = string.ascii_letters + string.digits


class Secrets:
    """Invents secrets from a seed and remembers them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.all: list[str] = []

    def _new(self, text: str) -> str:
        self.all.append(text)
        return text

    def word(self, length: int) -> str:
        while True:
            text = "".join(self.rng.choices(_WORD, k=length))
            if text.lower() != text != text.upper() and any(c.isdigit() for c in text):
                return text

    def code(self) -> str:
        return self._new(self.word(24))

    def hex(self, length: int = 32) -> str:
        return self._new(f"{self.rng.getrandbits(4 * length):0{length}x}")

    def base64(self, size: int = 64) -> str:
        return self._new(base64.b64encode(self.rng.randbytes(size)).decode())

    def signed(self) -> str:
        body = base64.b64encode(self.rng.randbytes(36)).decode()
        return self._new(f"{body}--{self.rng.getrandbits(160):040x}")

    def prefixed(self, prefix: str) -> str:
        return self._new(prefix + self.word(20))

    def password(self) -> str:
        return self._new(self.word(6) + self.rng.choice("!$#%&+/=") + self.word(6))

    def email(self) -> str:
        return self._new(f"{self.word(5).lower()}.{self.word(6).lower()}@acme-widgets.example")

    def jwt(self) -> str:
        parts = ['{"alg":"HS256","typ":"JWT"}', json.dumps({"sub": self.word(9)}), self.word(32)]
        coded = [base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts]
        return self._new(".".join(coded))

    def license(self) -> str:
        raw = json.dumps({"data": self.word(300), "key": self.word(40), "iv": self.word(24)})
        coded = base64.encodebytes(raw.encode()).decode()
        self.all += [line for line in coded.splitlines() if len(line) > 40]
        return coded


@dataclass
class Made:
    """One HAR and what must be true of it."""

    log: Json
    secrets: list[str]
    outcome: str
    cause: str
    errors: list[str] = field(default_factory=list)
    attempts: int = 1
    survivors: list[str] = field(default_factory=list)

    def text(self, indent: int | None = None) -> str:
        return json.dumps({"log": self.log}, ensure_ascii=False, indent=indent)


class Recorder:
    """Writes entries as one exporter would."""

    def __init__(self, dialect: str, secrets: Secrets) -> None:
        self.dialect = dialect
        self.secrets = secrets
        self.session = secrets.hex()
        self.remember = secrets.signed()
        self.csrf = secrets.base64(66)
        self.entries: list[Json] = []
        self.minute = 0

    def headers(self, pairs: dict[str, str]) -> list[Json]:
        lower = self.dialect in {"chrome", "edge"}
        return [{"name": k.lower() if lower else k, "value": v} for k, v in pairs.items()]

    def add(
        self,
        method: str,
        url: str,
        status: int = 200,
        body: str | None = "",
        mime: str = "application/json; charset=utf-8",
        post: str | None = None,
        post_mime: str = "application/json",
        headers: dict[str, str] | None = None,
        answer: dict[str, str] | None = None,
    ) -> Json:
        self.minute += 1
        cookies = {
            "_gitlab_session": self.session,
            "remember_user_token": quote(self.remember, safe=""),
            "preferred_language": "en",
        }
        sent = {"Host": HOST, "Accept": "*/*", "User-Agent": "Mozilla/5.0", "Referer": ADMIN}
        if self.dialect != "sanitized":
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
        if method == "POST":
            sent |= {"X-CSRF-Token": self.csrf, "Content-Type": post_mime}
        request: Json = {
            "method": method, "url": url, "httpVersion": "HTTP/1.1",
            "headers": self.headers(sent | (headers or {})),
            "queryString": _query(url),
            "cookies": [] if self.dialect == "sanitized" else _named(cookies),
            "headersSize": -1, "bodySize": len(post or ""),
        }  # fmt: skip
        if post is not None:
            request["postData"] = {"mimeType": post_mime, "text": post}
            if self.dialect in {"firefox", "playwright", "mitmproxy"}:
                request["postData"]["params"] = []
        told = {"Content-Type": mime, "Server": "nginx", "X-Request-Id": "01JCZXDFSPUJMYPTWUK77Z"}
        content: Json = {"size": len(body or ""), "mimeType": mime}
        if body is not None:
            content["text"] = body
        response: Json = {
            "status": status, "statusText": "", "httpVersion": "HTTP/1.1",
            "headers": self.headers(told | (answer or {})), "cookies": [],
            "content": content, "redirectURL": (answer or {}).get("Location", ""),
            "headersSize": -1, "bodySize": -1,
        }  # fmt: skip
        entry: Json = {
            "startedDateTime": f"2026-11-18T08:{self.minute:02d}:07.300Z", "time": 12.5,
            "request": request, "response": response, "cache": {},
            "timings": {"send": 0.1, "wait": 12, "receive": 0.4},
            "serverIPAddress": "10.20.30.40", "connection": "443",
        }  # fmt: skip
        self._flavour(entry)
        self.entries.append(entry)
        return entry

    def _flavour(self, entry: Json) -> None:
        if self.dialect in {"chrome", "edge", "sanitized"}:
            frame = {"functionName": "f", "url": f"https://{HOST}/assets/main.4c1b77.js"}
            entry["_initiator"] = {"type": "script", "stack": {"callFrames": [frame]}}
            entry |= {"_priority": "High", "_resourceType": "fetch", "pageref": "page_1"}
            entry["response"]["_transferSize"] = 100
        elif self.dialect == "firefox":
            entry |= {"_securityState": "secure", "pageref": "page_1"}
            entry["cache"] = {"afterRequest": None}
        elif self.dialect == "safari":
            entry |= {"_fetchType": "Network Load", "pageref": "page_0"}
        elif self.dialect == "fiddler":
            entry["comment"] = "[#12]"

    def activate(self, code: str, status: int = 200, body: str | None = "", **more: Any) -> Json:
        variables = {"gitlabSubscriptionActivateInput": {"activationCode": code}}
        post = {"operationName": "activateSubscription", "variables": variables, "query": QUERY}
        return self.add("POST", API, status, body, post=json.dumps([post]), **more)

    def page(self) -> Json:
        feed = self.secrets.prefixed("glft-")
        return self.add("GET", ADMIN, 200, html_page(self.csrf, feed), "text/html; charset=utf-8")

    def log(self) -> Json:
        names = {
            "chrome": "WebInspector", "edge": "WebInspector", "sanitized": "WebInspector",
            "firefox": "Firefox", "safari": "WebKit Web Inspector", "fiddler": "Fiddler",
            "charles": "Charles Proxy", "mitmproxy": "mitmproxy", "playwright": "Playwright",
        }  # fmt: skip
        page = {"startedDateTime": "2026-11-18T08:00:07Z", "id": "page_1", "title": ADMIN}
        return {
            "version": "1.2",
            "creator": {"name": names[self.dialect], "version": "1"},
            "pages": [page],
            "entries": self.entries,
        }


def html_page(csrf: str, feed: str) -> str:
    return (
        '<!DOCTYPE html>\n<html><head><meta name="csrf-param" content="authenticity_token" />\n'
        f'<meta name="csrf-token" content="{csrf}" /><title>Subscription · Admin</title></head>'
        f'<body><script>window.gon={{"api_version":"v4","feed_token":"{feed}"}};</script></body>'
    )


def _named(pairs: dict[str, str]) -> list[Json]:
    return [{"name": k, "value": v} for k, v in pairs.items()]


def _query(url: str) -> list[Json]:
    query = url.partition("?")[2]
    return [
        {"name": pair.partition("=")[0], "value": pair.partition("=")[2]}
        for pair in query.split("&")
        if pair
    ]


def ok(license_id: int = 5501) -> str:
    license_ = {"id": f"gid://example_company/License/{license_id}", "plan": "ultimate"}
    return json.dumps(
        [{"data": {"gitlabSubscriptionActivate": {"errors": [], "license": license_}}}]
    )


def refused(*errors: str) -> str:
    return json.dumps(
        [{"data": {"gitlabSubscriptionActivate": {"errors": list(errors), "license": None}}}]
    )


# ---- what happened

CONNECTIVITY = "Cannot activate instance due to connectivity issue"


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


def hide(r: Recorder, log: Json) -> None:
    """Plant secrets in every hiding place, in every encoding."""
    s = r.secrets
    pat, code, password, email = s.prefixed("glpat-"), s.code(), s.password(), s.email()
    secret = {"user": {"password": password, "email": email}, "activationCode": code}
    _hide_in_addresses(r, log, pat, code)
    _hide_in_bodies(r, json.dumps(secret), email)
    _hide_in_forms(r, json.dumps(secret), password)
    _hide_in_headers(r, password, pat)
    last = r.entries[-1]
    last["comment"] = f"my code is {code}, my mail {email}"
    log["comment"] = (
        f"-----BEGIN RSA PRIVATE KEY-----\n{s.base64(60)}\n-----END RSA PRIVATE KEY-----"
    )


def _hide_in_addresses(r: Recorder, log: Json, pat: str, code: str) -> None:
    s = r.secrets
    user, feed = s.word(9), s.prefixed("excft-")
    s.all.append(user)
    r.add("GET", f"https://{HOST}/api/v4/license?private_token={pat}")
    r.add("GET", f"https://svc:{user}@{HOST}/x.atom?feed_token={feed}#access_token={s.jwt()}")
    entry = r.add("GET", ADMIN)
    entry["_initiator"] = {"type": "script", "url": f"https://{HOST}/x.js?private_token={pat}"}
    inner = quote(quote(json.dumps({"activationCode": code})))
    entry["request"]["headers"].append({"name": "Referer", "value": f"{ADMIN}?x={inner}"})
    log["pages"][0]["title"] = f"https://{HOST}/?private_token={pat}&state={code}"


def _hide_in_bodies(r: Recorder, inner: str, email: str) -> None:
    s = r.secrets
    twice = json.dumps({"payload": json.dumps({"deep": inner})})
    script = f'const a={{"job_token":"{s.prefixed("gldt-")}"}};f("{s.prefixed("GR1348941")}")'
    coded = base64.b64encode(inner.encode()).decode()
    r.add("GET", f"https://{HOST}/api/v4/user", 200, twice)
    r.add("GET", f"https://{HOST}/assets/x.js", 200, script, "text/javascript")
    r.add("GET", f"https://{HOST}/notes.txt", 200, f"data: {coded} end", "text/plain")
    page = (
        f"<form><input value='{s.base64(48)}' type='hidden' name='authenticity_token'>"
        f"<div data-x='{html.escape(inner)}'>{email}</div></form>"
    )
    r.add("GET", ADMIN, 200, page, "text/html")
    page = html_page(s.base64(66), s.prefixed("excft-"))
    entry = r.add("GET", ADMIN, 200, base64.b64encode(page.encode()).decode(), "text/html")
    entry["response"]["content"]["encoding"] = "base64"


def _hide_in_forms(r: Recorder, inner: str, password: str) -> None:
    s, mime = r.secrets, "application/x-www-form-urlencoded"
    form = (
        f"user%5Bpassword%5D={quote_plus(password)}&user%5Botp_attempt%5D=123456&x={quote(inner)}"
    )
    login = r.add("POST", f"https://{HOST}/users/sign_in", 302, "", post=form, post_mime=mime)
    login["request"]["postData"]["params"] = [{"name": "user[password]", "value": password}]
    renewed = s.hex()
    login["response"]["headers"].append(
        {"name": "Set-Cookie", "value": f"_gitlab_session={renewed}; path=/; secure; HttpOnly"}
    )
    login["response"]["cookies"] = [{"name": "_gitlab_session", "value": renewed, "path": "/"}]
    form = f"SAMLResponse={quote_plus(s.base64(300))}&RelayState=x"
    r.add("POST", f"https://{HOST}/users/auth/saml/callback", 302, "", post=form, post_mime=mime)


def _hide_in_headers(r: Recorder, password: str, pat: str) -> None:
    s, url = r.secrets, f"https://{HOST}/api/v4/version"
    basic = base64.b64encode(f"admin:{password}".encode()).decode()
    s.all.append(basic)
    r.add("GET", url, headers={"Authorization": f"Bearer {s.jwt()}"})
    r.add("GET", url, headers={"Proxy-Authorization": f"Basic {basic}", "PRIVATE-TOKEN": pat})
    target = f"https://{HOST}/?reset_password_token={s.word(20)}"
    s.all.append(target[-20:])
    r.add("GET", url, 302, "", answer={"Location": target})


# ---- wrappings


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
