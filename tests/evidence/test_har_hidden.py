"""Hiding places that no exporter means to be one: spelled letters, elements, packed and wrapped."""

import base64
import gzip
import html
import io
import json
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from bot.evidence.har.redaction import redact_har
from tests.evidence.har_calls import HOST, Call, Session, flow
from tests.evidence.har_dialects import chrome
from tests.evidence.har_leaks import leaks

SECRETS = {
    "activationCode": "Q7rTzP2mWx9KdLs4VbNc8HyE",
    "user[password]": "Sommer!k3Xp",
    "user[otp_attempt]": "483912",
    "feed_token": "zLKRpgkfouaqtUBICZXT",
    "client_secret": "ryg5zuiuzhw686j3k09xhu64cbh0qhg5",
}
WORDINGS: dict[str, Callable[[str, str], str]] = {
    "json": lambda n, v: json.dumps({n: v}),
    "element": lambda n, v: f"<r><{_tag(n)}>{v}</{_tag(n)}></r>",
    "space": lambda n, v: f"<ns:{_tag(n)}>{v}</ns:{_tag(n)}>",
    "part": lambda n, v: (
        f'seen ------B\r\nContent-Disposition: form-data; name="{n}"\r\nContent-Type: text/plain'
        f"\r\n\r\n{v}\r\n------B--\r\n"
    ),
    "data": lambda n, v: f'<div data-props="{html.escape(json.dumps({n: v}))}"></div>',
    "address": lambda n, v: f"https://h.example/p#{quote(n, safe='')}={quote(v, safe='')}",
}
CODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda t: t,
    "unicode": lambda t: "".join(f"\\u{ord(c):04x}" for c in t),
    "signs": lambda t: "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in t),
    "hex": lambda t: "".join(c if c.isalnum() else f"\\x{ord(c):02x}" for c in t),
    "decimal": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "hexadecimal": lambda t: "".join(f"&#x{ord(c):x};" for c in t),
    "percent": lambda t: "".join(f"%{b:02X}" for b in t.encode()),
    "percent twice": lambda t: quote(quote(t, safe=""), safe=""),
    "base64 twice": lambda t: _coded(_coded(t.encode()).encode()),
    "gzip": lambda t: _coded(gzip.compress(t.encode(), mtime=0)),
    "wrapped": lambda t: base64.encodebytes(t.encode()).decode(),
}


def _tag(name: str) -> str:
    return name.replace("[", "_").replace("]", "")


def _coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _with(entry: dict[str, Any], text: str) -> None:
    """Put the text into every place where free text may stand."""
    entry["comment"] = text
    entry["_custom"] = {"deep": [{"deeper": [text]}]}
    entry["request"]["headers"].append({"name": "X-Debug", "value": text})
    entry["request"]["url"] = f"{HOST}/x/{quote(text, safe='')}/y"
    entry["response"]["redirectURL"] = f"{HOST}/z#{quote(text, safe='')}"
    entry["response"]["statusText"] = text
    entry["_initiator"]["stack"]["parent"] = {"description": text}
    entry["_eventSourceMessages"] = [{"time": 1, "data": f"data: {text}"}]
    entry["_headers"] = {"request": [f"X-Debug: {text}"]}


def _safe(log: dict[str, Any]) -> str:
    out, again = io.BytesIO(), io.BytesIO()
    redact_har(io.BytesIO(json.dumps(log).encode()), out)
    redact_har(out, again)

    assert again.getvalue() == out.getvalue()
    return out.getvalue().decode()


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("wording", WORDINGS)
def test_no_secret_survives_however_it_is_spelled(wording: str, coding: str) -> None:
    session = Session("hidden")
    log = chrome(flow(session, *[Call(got="{}") for _ in SECRETS]), session)
    entries = log["log"]["entries"][-len(SECRETS) :]
    for entry, (name, secret) in zip(entries, SECRETS.items(), strict=True):
        _with(entry, CODINGS[coding](WORDINGS[wording](name, secret)))

    assert leaks([*SECRETS.values(), *session.planted], _safe(log)) == []


def _deflated(body: bytes) -> bytes:
    bare = zlib.compressobj(wbits=-15)
    return bare.compress(body) + bare.flush()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, _deflated])
def test_no_secret_survives_in_a_body_that_was_kept_as_packed(
    pack: Callable[[bytes], bytes],
) -> None:
    session = Session("kept")
    log = chrome(flow(session, Call(got=pack(session.page().encode()))), session)

    assert leaks(session.planted, _safe(log)) == []


def test_what_is_no_secret_stays_as_it_was_spelled() -> None:
    session = Session("stays")
    log = chrome(flow(session), session)
    texts = [
        "\\u003cb\\u003eno license\\u003c/b\\u003e", "&#78;&#111; license", "<code>gid://a/31</code>",
        "https://h.example/a%20b#top", "<token>expired</token>",
    ]  # fmt: skip
    log["log"]["entries"][0]["_texts"] = texts

    made = json.loads(_safe(log))["log"]["entries"][0]["_texts"]

    assert made == texts
