"""The same calls as the exporters in use write them down, each with its own habits."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from tests.evidence.har_calls import HOST, Call, Json, Session, packed

BEGUN = datetime(2026, 11, 20, 9, 14, 3, 120000, UTC)
Pairs = Sequence[tuple[str, str]]


def named(pairs: Pairs) -> list[Json]:
    """Pairs as HAR writes headers, cookies and queries."""
    return [{"name": name, "value": value} for name, value in pairs]


def _when(call: Call) -> str:
    moment = BEGUN + timedelta(seconds=call.at)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _request(call: Call, session: Session) -> Json:
    jar = session.jar.items()
    cookie = "; ".join(f"{name}={value}" for name, value in jar)
    pairs = [("Host", urlsplit(call.url).netloc), ("Cookie", cookie), *call.headers]
    made: Json = {
        "method": call.method, "url": call.url, "httpVersion": "HTTP/1.1",
        "headers": named(pairs), "cookies": named(list(jar)),
        "queryString": named(parse_qsl(urlsplit(call.url).query)),
        "headersSize": -1, "bodySize": len(call.sent or ""),
    }  # fmt: skip
    if call.sent is not None:
        made["headers"].append({"name": "Content-Type", "value": call.sent_type})
        made["postData"] = {"mimeType": call.sent_type, "text": call.sent}
    return made


def _content(call: Call) -> Json:
    made: Json = {"size": len(call.got or ""), "mimeType": call.got_type}
    if isinstance(call.got, bytes):
        return {**made, "text": packed(call.got), "encoding": "base64"}
    return made if call.got is None else {**made, "text": call.got}


def _response(call: Call) -> Json:
    if not call.status:
        empty: Json = {"status": 0, "statusText": "", "httpVersion": "", "headers": []}
        return {**empty, "cookies": [], "content": {"size": 0, "mimeType": "x-unknown"},
                "redirectURL": "", "headersSize": -1, "bodySize": -1}  # fmt: skip
    pairs = [("Content-Type", call.got_type), *call.answered]
    cookies = [value.split(";")[0].split("=", 1) for name, value in pairs if name == "Set-Cookie"]
    return {
        "status": call.status, "statusText": "OK" if call.status == 200 else "",
        "httpVersion": "HTTP/1.1", "headers": named(pairs),
        "cookies": [{"name": name, "value": value, "path": "/"} for name, value in cookies],
        "content": _content(call), "redirectURL": dict(pairs).get("Location", ""),
        "headersSize": -1, "bodySize": -1,
    }  # fmt: skip


def entry(call: Call, session: Session) -> Json:
    """One call as HAR 1.2 without any vendor's fields."""
    made = {
        "startedDateTime": _when(call), "time": 41.5, "request": _request(call, session),
        "response": _response(call), "cache": {}, "timings": {"send": 1, "wait": 40, "receive": 1},
        "serverIPAddress": "10.20.30.40",
    }  # fmt: skip
    return {**made, **call.more}


def _log(creator: Json, entries: list[Json], **more: object) -> Json:
    return {"log": {"version": "1.2", "creator": creator, **more, "entries": entries}}


def _page(title: str, name: str = "page_1") -> Json:
    return {"startedDateTime": BEGUN.isoformat(), "id": name, "title": title,
            "pageTimings": {"onContentLoad": 300, "onLoad": 500}}  # fmt: skip


def _lowered(made: Json, call: Call) -> None:
    for side in (made["request"], made["response"]):
        for header in side["headers"]:
            header["name"] = header["name"].lower()
        side["httpVersion"] = "http/2.0"
    made["request"]["headers"][:0] = named([(":authority", "git.globex.example"),
                                            (":method", call.method)])  # fmt: skip


def _chromium(made: Json, call: Call) -> Json:
    _lowered(made, call)
    frame = {"functionName": "fetch", "scriptId": "9", "lineNumber": 1, "columnNumber": 2,
             "url": HOST + "/assets/webpack/main.js"}  # fmt: skip
    made |= {
        "_connectionId": "51", "_priority": "High", "_resourceType": "fetch", "pageref": "page_1",
        "_initiator": {"type": "script", "stack": {"callFrames": [frame]}}, "connection": "443",
    }  # fmt: skip
    made["response"] |= {"_transferSize": 900, "_error": call.error or None}
    made["response"]["_fetchedViaServiceWorker"] = made.pop("viaWorker", False)
    if call.frames:
        made["_resourceType"] = "websocket"
        made["_webSocketMessages"] = [
            {"type": kind, "time": BEGUN.timestamp() + n, "opcode": 1, "data": data}
            for n, (kind, data) in enumerate(call.frames)
        ]
    return made


def chrome(calls: list[Call], session: Session) -> Json:
    """Chrome and Edge, "export with sensitive data"."""
    made = [_chromium(entry(call, session), call) for call in calls]
    return _log({"name": "WebInspector", "version": "537.36"}, made,
                pages=[_page(HOST + "/admin/subscription")])  # fmt: skip


def sanitized(calls: list[Call], session: Session) -> Json:
    """Chrome's default export: cookies and Authorization are gone, all else is there."""
    log = chrome(calls, session)
    for made in log["log"]["entries"]:
        for side in (made["request"], made["response"]):
            side["cookies"] = []
            side["headers"] = [
                header for header in side["headers"]
                if header["name"] not in {"cookie", "set-cookie", "authorization"}
            ]  # fmt: skip
    return log


def firefox(calls: list[Call], session: Session) -> Json:
    """Firefox: omitted bodies are said in a comment, cache.afterRequest may be null."""
    entries = [entry(call, session) for call in calls]
    for made, call in zip(entries, calls, strict=True):
        made |= {"_securityState": "secure", "cache": {"afterRequest": None}, "pageref": "page_2"}
        made["connection"] = "443"
        if call.got is None:
            made["response"]["content"]["comment"] = "Response bodies are not included."
        if call.sent is not None and call.sent_type.endswith("urlencoded"):
            made["request"]["postData"]["params"] = named(parse_qsl(call.sent))
    name = {"name": "Firefox", "version": "153.0"}
    return _log(name, entries, browser=name, pages=[_page(HOST + "/admin/subscription", "page_2")])


def safari(calls: list[Call], session: Session) -> Json:
    """Safari: _fetchType, _error on the response, a pretty-printed file."""
    entries = [entry(call, session) for call in calls]
    for made, call in zip(entries, calls, strict=True):
        made |= {"_fetchType": "Network Load", "_priority": "high", "pageref": "page_0"}
        if call.error:
            made["response"]["_error"] = call.error
    return _log({"name": "WebKit Web Inspector", "version": "1.0"}, entries,
                pages=[_page(HOST + "/admin/subscription", "page_0")])  # fmt: skip


def playwright(calls: list[Call], session: Session) -> Json:
    """Playwright's recordHar: frame references, monotonic times, failure text beside status -1."""
    entries = [entry(call, session) for call in calls]
    for made, call in zip(entries, calls, strict=True):
        made |= {"_frameref": "frame@7e58", "_monotonicTime": 2222.8, "pageref": "page@92"}
        made["_securityDetails"] = {}
        if not call.status:
            made["response"] |= {"status": -1, "_failureText": call.error, "content": {
                "size": -1, "mimeType": "x-unknown"}}  # fmt: skip
    return _log({"name": "Playwright", "version": "1.65.1"}, entries,
                browser={"name": "chromium", "version": "156.0"},
                pages=[_page("Subscription · Admin · GitLab", "page@92")])  # fmt: skip


Writer = Callable[[list[Call], Session], Json]


def text(log: Json, *, indent: int | None = None) -> str:
    """The file's text."""
    return json.dumps(log, ensure_ascii=False, indent=indent)
