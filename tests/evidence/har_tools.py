"""The same calls as proxies, API clients, recorders and test drivers write them down."""

from collections.abc import Callable
from urllib.parse import urlsplit

from tests.evidence.har_calls import Call, Json, Session, packed
from tests.evidence.har_dialects import BEGUN, Writer, entry

Change = Callable[[Json, Call], None]


def _writer(creator: Json, change: Change | None = None, **more: object) -> Writer:
    def written(calls: list[Call], session: Session) -> Json:
        entries = [entry(call, session) for call in calls]
        for made, call in zip(entries, calls, strict=True):
            if change:
                change(made, call)
        return {"log": {"version": "1.2", "creator": creator, **more, "entries": entries}}

    return written


def _fiddler(made: Json, call: Call) -> None:
    made |= {"connection": "ClientPort:51234;EgressPort:51240", "comment": f"[#{call.at:.0f}]"}
    made["response"]["content"]["compression"] = 0


def _charles(made: Json, call: Call) -> None:
    made["_charlesStatus"] = "COMPLETE" if call.status else "FAILED"
    if call.status and isinstance(call.got, str):
        made["response"]["content"] |= {"text": packed(call.got.encode()), "encoding": "base64"}


def _mitmproxy(made: Json, call: Call) -> None:
    made["startedDateTime"] = made["startedDateTime"].replace("Z", "000+00:00")
    if not call.status:
        made["response"] |= {"content": {}, "_transferSize": 0, "_error": call.error}
    if call.frames:
        made["_webSocketMessages"] = [
            {"type": kind, "time": 1.5, "opcode": 1, "data": data} for kind, data in call.frames
        ]
        made["_resourceType"] = "websocket"


def _proxyman(made: Json, call: Call) -> None:
    made |= {"_id": "42", "_isHTTPS": True, "_clientName": "Safari", "_serverPort": 443}
    made |= {"_name": urlsplit(call.url).path, "_isIntercepted": True, "comment": ""}


def _toolkit(made: Json, call: Call) -> None:
    made |= {"_pinned": False, "_transferSize": -1}
    if call.sent is not None:
        del made["request"]["postData"]
        raw = call.sent.encode()
        made["request"]["_requestBodyStatus"] = "discarded:not-representable"
        made["request"]["_content"] = {"text": packed(raw), "size": len(raw), "encoding": "base64"}


def _insomnia(made: Json, call: Call) -> None:
    made["comment"] = "POST activate" if call.sent else "page"


def _chrome_har(made: Json, call: Call) -> None:
    made |= {
        "_requestId": "1000.4", "_initialPriority": "High", "_initiator": call.url,
        "_initiator_type": "script", "_initiator_line": 3, "_requestTime": 99.1,
        "__requestWillBeSentCount": 1, "__servedFromCache": False, "pageref": "page_1_1",
    }  # fmt: skip
    made["response"]["fromDisk"] = False


def _webpagetest(made: Json, call: Call) -> None:
    made |= {
        "_url": urlsplit(call.url).path, "_full_url": call.url, "_host": "git.globex.example",
        "_ip_addr": "10.20.30.40", "_responseCode": call.status, "_type": 3, "_score_gzip": 100,
        "_headers": {side: [f"{one['name']}: {one['value']}" for one in made[side]["headers"]]
                     for side in ("request", "response")},
        "_method": call.method, "_initiator": call.url,
    }  # fmt: skip


def _browsermob(made: Json, call: Call) -> None:
    made |= {"comment": "", "pageref": "admin"}
    made["request"]["comment"] = made["response"]["comment"] = ""
    if not call.status:
        made["response"]["_errorMessage"] = call.error


def _requests_only(made: Json, _call: Call) -> None:
    for part in ("response", "cache", "timings", "time", "startedDateTime", "serverIPAddress"):
        del made[part]


def _recorder(made: Json, call: Call) -> None:
    for header in made["request"]["headers"]:
        if header["name"] == "Cookie":
            header["value"] = "[Filtered]"
    made["request"]["cookies"] = []
    if isinstance(call.got, str) and len(call.got) > 90:
        made["response"]["content"]["text"] = call.got[:-20] + "…[truncated]"


def _zap(made: Json, _call: Call) -> None:
    made |= {"_zapMessageId": 17, "_zapMessageNote": "", "_zapMessageType": 1}


_WPT_PAGE: Json = {
    "startedDateTime": BEGUN.isoformat(), "id": "page_1_0_1", "pageTimings": {"onLoad": 900},
    "title": "Run 1, First View for https://git.globex.example/admin/subscription",
    "_URL": "https://git.globex.example/admin/subscription", "_testID": "261120_AiDc_1",
}  # fmt: skip

#: The writer of every exporter that is no browser, by a short name.
TOOLS: dict[str, Writer] = {
    "fiddler": _writer(
        {"name": "Fiddler", "version": "5.0.20243.10853", "comment": "https://fiddler2.com"},
        _fiddler, pages=[], comment="exported @ 11/20/2026 9:15:02 AM",
    ),
    "fiddler_everywhere": _writer({"name": "Fiddler Everywhere", "version": "6.4"}, _fiddler),
    "charles": _writer({"name": "Charles Proxy", "version": "4.6.6"}, _charles),
    "mitmproxy": _writer(
        {"name": "mitmproxy", "version": "11.0.2", "comment": ""}, _mitmproxy, pages=[]
    ),
    "burp": _writer({"name": "Burp Suite Professional", "version": "2026.9"}),
    "proxyman": _writer(
        {"name": "Proxyman", "version": "5.30.0", "comment": "proxyman.com"}, _proxyman
    ),
    "httptoolkit": _writer({"name": "HTTP Toolkit", "version": "1.20.1"}, _toolkit),
    "insomnia": _writer(
        {"name": "Insomnia REST Client", "version": "insomnia.desktop.app:v11.0.1"}, _insomnia
    ),
    "postman": _writer({"name": "postman-to-har", "version": "1.0.0"}),
    "chrome_har": _writer({"name": "chrome-har", "version": "0.13.5"}, _chrome_har, pages=[]),
    "cypress": _writer(
        {"name": "neoretro.net cypress-har-generator", "version": "5.17"},
        browser={"name": "electron", "version": "130"},
    ),
    "webpagetest": _writer(
        {"name": "WebPageTest", "version": "21.07"}, _webpagetest, pages=[_WPT_PAGE]
    ),
    "browsermob": _writer(
        {"name": "BrowserMob Proxy", "version": "2.1.5", "comment": ""}, _browsermob,
        pages=[{"id": "admin", "title": "admin", "startedDateTime": "", "pageTimings": {}}],
    ),
    "curl_to_har": _writer({"name": "curl-to-har", "version": "1.1.0"}, _requests_only),
    "recorder": _writer({"name": "session-replay", "version": "5.2.0"}, _recorder),
    "selenium_wire": _writer({"name": "Selenium Wire HAR dump", "comment": "HAR"}),
    "zap": _writer({"name": "ZAP", "version": "2.15.0"}, _zap),
    "reqable": _writer({"name": "Reqable", "version": "2.33"}),
    "browsertime": _writer({"name": "Browsertime", "version": "23.5"}, _chrome_har),
    "pcap2har": _writer({"name": "pcap2har", "version": "1.0"}),
}  # fmt: skip
