"""A secret in any wording, wrapped into any encodings, at any place of a HAR, is taken out."""

import base64
import html
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evidence.har.redaction import redact_har
from tests.evidence.har_leaks import leaks
from tests.evidence.har_samples import ADMIN, Recorder, Secrets

KINDS: dict[str, tuple[Callable[[Secrets], str], tuple[str, ...]]] = {
    "code": (Secrets.code, ("activationCode", "activation_code", "ACTIVATION_CODE", "")),
    "pat": (lambda s: s.prefixed("glpat-"), ("private_token", "PRIVATE-TOKEN", "token", "")),
    "feed": (lambda s: s.prefixed("excft-"), ("feed_token", "")),
    "runner": (lambda s: s.prefixed("GR1348941"), ("runnersToken", "")),
    "password": (Secrets.password, ("password", "user[password]", "smtp_password", "db_pass")),
    "session": (Secrets.hex, ("_gitlab_session", "session_id", "sid", "client_secret", "api_key")),
    "csrf": (lambda s: s.base64(66), ("csrf-token", "authenticity_token", "SAMLResponse", "")),
    "signed": (Secrets.signed, ("remember_user_token", "known_sign_in", "")),
    "jwt": (Secrets.jwt, ("id_token", "access_token", "")),
    "email": (Secrets.email, ("email", "")),
}
WORDINGS: tuple[Callable[[str, str], str], ...] = (
    lambda n, v: f"{n}={v}",
    lambda n, v: f"a=b&{n}={quote(v, safe='')}&c=d",
    lambda n, v: json.dumps({n: v}),
    lambda n, v: json.dumps({"data": json.dumps({n: v})}),
    lambda n, v: json.dumps({"x": {"name": n, "value": v}}),
    lambda n, v: f"{n}: '{v}'",
    lambda n, v: f'<input name="{n}" value="{html.escape(v)}">',
    lambda n, v: f'<meta content="{html.escape(v)}" name="{n}">',
    lambda n, v: f'window.{n}="{v}";',
    lambda n, v: f"https://h.example/p?{n}={quote(v, safe='')}",
    lambda n, v: f'<a href="/p?x=1&amp;{n}={quote(v, safe="")}">',
)
NAMELESS: tuple[Callable[[str, str], str], ...] = (
    lambda _, v: v,
    lambda _, v: f"see {v} there",
    lambda _, v: f"/x/{v}/y",
    lambda _, v: f"<p>{v}</p>",
    lambda _, v: json.dumps({"list": ["x", v]}),
)
ENCODINGS: dict[str, Callable[[str], str]] = {
    "json": json.dumps,
    "escaped": lambda t: json.dumps(t)[1:-1],
    "quoted": lambda t: quote(t, safe=""),
    "plus": quote_plus,
    "base64": lambda t: base64.b64encode(t.encode()).decode(),
    "base64url": lambda t: base64.urlsafe_b64encode(t.encode()).decode().rstrip("="),
    "html": html.escape,
    "script": lambda t: t.replace('"', "\\u0022").replace("=", "\\u003d").replace("&", "\\u0026"),
}


def _comment(entry: dict[str, Any], text: str) -> None:
    entry["comment"] = text


def _answer(entry: dict[str, Any], text: str) -> None:
    entry["response"]["content"] |= {"text": text, "mimeType": "application/javascript"}


def _coded_answer(entry: dict[str, Any], text: str) -> None:
    coded = base64.b64encode(text.encode()).decode()
    entry["response"]["content"] |= {"text": coded, "encoding": "base64", "mimeType": "text/html"}


def _form(entry: dict[str, Any], text: str) -> None:
    mime = "application/x-www-form-urlencoded"
    params = [{"name": "x", "value": text}]
    post = {"mimeType": mime, "text": f"x={quote_plus(text)}", "params": params}
    entry["request"]["postData"] = post


def _address(entry: dict[str, Any], text: str) -> None:
    entry["request"]["url"] += f"?r={quote(text, safe='')}"
    entry["request"]["queryString"] = [{"name": "r", "value": text}]


def _header(entry: dict[str, Any], text: str) -> None:
    entry["request"]["headers"].append({"name": "X-Debug", "value": text})


def _message(entry: dict[str, Any], text: str) -> None:
    entry["_webSocketMessages"] = [{"type": "receive", "time": 1, "opcode": 1, "data": text}]


def _redirect(entry: dict[str, Any], text: str) -> None:
    entry["response"]["redirectURL"] = f"https://h.example/?next={quote(text, safe='')}"


PLACES = (
    _comment, _answer, _coded_answer, _form, _address, _header, _message, _redirect,
)  # fmt: skip


@given(
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(sorted(KINDS)),
    choice=st.integers(0, 10**6),
    chain=st.lists(st.sampled_from(sorted(ENCODINGS)), max_size=2),
    place=st.sampled_from(PLACES),
)
@settings(max_examples=400, deadline=None)
def test_no_planted_secret_survives_in_any_encoding(
    seed: int,
    kind: str,
    choice: int,
    chain: list[str],
    place: Callable[[dict[str, Any], str], None],
) -> None:
    recorder = Recorder("sanitized", Secrets(seed))
    make, names = KINDS[kind]
    secret, name = make(recorder.secrets), names[choice % len(names)]
    wordings = WORDINGS if name else NAMELESS
    text = wordings[choice // 7 % len(wordings)](name, secret)
    for encoding in chain:
        text = ENCODINGS[encoding](text)
    place(recorder.add("GET", ADMIN), text)

    out, again = io.BytesIO(), io.BytesIO()
    redact_har(io.BytesIO(json.dumps({"log": recorder.log()}).encode()), out)
    redact_har(out, again)

    assert leaks([secret], out.getvalue().decode()) == []
    assert again.getvalue() == out.getvalue()
