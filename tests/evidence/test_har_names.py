"""Secrets whose name was never listed are known by its words, in every mark that shows a name."""

import html
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from bot.evidence.har.redaction import redact_har
from bot.evidence.secrets import holds_secret, kind_of_name

MADE = "8dfe6739{:04d}74198dfe673934097419"
NAMES = (
    "Ocp-Apim-Subscription-Key", "X-Functions-Key", "DD-APPLICATION-KEY", "subscriptionKey",
    "bind_dn_pw", "X-Passcode", "recovery_codes", "codes", "_gitlab_session", "client_assertion",
    "smtpPass", "wifi_psk", "Jenkins-Crumb", "secure_hash", "runnersRegistrationToken",
    "__RequestVerificationToken", "writeKey", "authorization_code", "mot_de_passe",
)  # fmt: skip
WORDINGS: dict[str, Callable[[str, str], str]] = {
    "json": lambda n, v: json.dumps({n: v}),
    "list": lambda n, v: json.dumps({n: [v]}),
    "inner": lambda n, v: json.dumps({n: {"value": v}}),
    "field": lambda n, v: json.dumps([{"field": n, "data": v}]),
    "raw headers": lambda n, v: json.dumps(["Host", "h.example", n, v]),
    "script": lambda n, v: f'window.cfg={{a:1,"{n}":"{v}"}};',
    "script list": lambda n, v: f"cfg['{n}'] = ['{v}', '{v[::-1]}'];",
    "call": lambda n, v: f"xhr.setRequestHeader('{n}', '{v}')",
    "attribute": lambda n, v: f'<div data-props="{html.escape(json.dumps({n: v}))}"></div>',
    "listed attribute": lambda n, v: f'<i data-{n.lower()}="{html.escape(json.dumps([v]))}"></i>',
    "area": lambda n, v: f'<textarea name="{n}" rows="3">{v}</textarea>',
    "cells": lambda n, v: f"<tr><td>{n}</td><td>{v}</td></tr>",
    "terms": lambda n, v: f'<dt>{n}:</dt>\n<dd><span class="m">{v}</span></dd>',
    "element": lambda n, v: f'<r><w:{n} xmlns:w="urn:x" ttl="3">\n{v}\n</w:{n}></r>',
    "character data": lambda n, v: f"<r><{n}><![CDATA[{v}]]></{n}></r>",
    "nested": lambda n, v: f"<r><{n}><value>{v}</value></{n}></r>",
    "property": lambda n, v: f'<property name="{n}">{v}</property>',
    "plist": lambda n, v: f"<key>{n}</key>\n<string>{v}</string>",
    "escaped": lambda n, v: f"<r>&lt;{n} T=&quot;x&quot;&gt;{v}&lt;/{n}&gt;</r>",
    "yaml": lambda n, v: f"a:\n  {n}:\n  - {v}\n",
    "address": lambda n, v: f"https://h.example/x;{quote(n)}={v}/y?b=1",
    "parameter": lambda n, v: f"https://h.example/x?b=1&{quote(n)}={v}",
}


def _safe(texts: list[str]) -> list[Any]:
    entries = [{"comment": text} for text in texts]
    out, again = io.BytesIO(), io.BytesIO()
    redact_har(io.BytesIO(json.dumps({"log": {"entries": entries}}).encode()), out)
    redact_har(out, again)

    assert again.getvalue() == out.getvalue()
    return list(json.loads(out.getvalue())["log"]["entries"])


@pytest.mark.parametrize("wording", WORDINGS)
def test_a_name_gives_its_secret_away_in_every_mark(wording: str) -> None:
    secrets = [MADE.format(n) for n in range(len(NAMES))]
    made = _safe([WORDINGS[wording](*pair) for pair in zip(NAMES, secrets, strict=True)])

    left = [n for n, s, e in zip(NAMES, secrets, made, strict=True) if s in json.dumps(e)]
    assert left == []


@pytest.mark.parametrize(
    "text",
    [
        "cache_key: 8dfe6739340974198dfe673934097419", "sortKey=8dfe6739340974198dfe673934097419",
        '{"Idempotency-Key":"8dfe6739340974198dfe673934097419"}',
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "public key id 4096R/8dfe6739",
        '{"correlation_id":"01JCZXDFSPUJMYPTWUK77ZDNHT","errors":["Invalid activation code"]}',
        "<td>Session</td><td>expired</td>", "error code: 1234567", "glagent-configuration",
        "/users/password/new", "<Password/>", "Password: - at least 8 characters",
    ],
)  # fmt: skip
def test_what_only_finds_or_orders_something_stays(text: str) -> None:
    assert _safe([text])[0]["comment"] == text


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("pincode", "482913", True), ("login_code", "INVALID", False), ("appKey", "theme", False),
        ("X-Master-Key", "9f86d081884c7d659a2feaa0c55ad015", True), ("codes", "E42", False),
        ("hostKey", "9f86d081884c7d659a2feaa0c55ad015", False), ("contraseña", "tejón", True),
        ("パスワード", "ひみつ123", True),
    ],
)  # fmt: skip
def test_the_words_of_a_name_and_the_look_of_a_value_decide(
    name: str, value: str, *, secret: bool
) -> None:
    assert (kind_of_name(name) is not None and holds_secret(name, value)) is secret
