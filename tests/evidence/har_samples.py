"""Makes HAR files in the dialects of the common exporters, with secrets in every hiding place."""

import base64
import json
import random
import string
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

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
