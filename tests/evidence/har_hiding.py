"""Puts secrets into every hiding place of a recording."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

from tests.evidence.har_samples import (
    ADMIN,
    HOST,
    Json,
    Recorder,
    html_page,
)


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
