"""Does what Zendesk sends reach us, and are both sides' secrets the same?"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Final

import httpx

from bot.cli.checks.finding import Finding, fail, ok, warn
from bot.config import Settings
from bot.pipeline.assemble import account_of
from bot.web.issuers import subdomains
from bot.web.signature import signature_of
from bot.zendesk.brands import brand_hosts
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Call
from bot.zendesk.errors import ZendeskError
from bot.zendesk.reading import number, objects, text
from bot.zendesk.session import ZendeskSession

PATH: Final = "/zendesk/events"
#: An event that the intake knows to be none of its own: answered 200, counted, kept nowhere.
_PING: Final = b'{"event":"doctor"}'
_SECONDS: Final = 10.0
_UNAUTHORISED: Final = 401
_REFUSES: Final = "Give the web the same ZENDESK_WEBHOOK_SECRETS as here, and restart it"
_LOOKED_AT: Final = 20


def check_web(found: Settings, client: httpx.Client) -> Iterator[Finding]:
    """Ask the web process through PUBLIC_URL, as Zendesk does: signed, and as the sidebar."""
    if not found.public_url:
        return
    try:
        ready = client.get(f"{found.public_url}/readyz", timeout=_SECONDS)
    except httpx.HTTPError as error:
        yield fail(
            "web",
            f"{found.public_url} does not answer ({type(error).__name__})",
            "Start `licensing-bot serve`; check DNS, firewall and the certificate",
        )
        return
    if "ready" not in ready.text:
        yield fail(
            "web",
            f"{found.public_url}/readyz answers {ready.status_code}, and not as ours does",
            "PUBLIC_URL must lead to `licensing-bot serve`",
        )
        return
    yield ok("web", f"{found.public_url} answers")
    yield from _round_trip(found, client)
    yield from _sidebar_round_trip(found, client)


def _round_trip(found: Settings, client: httpx.Client) -> Iterator[Finding]:
    for place, secret in enumerate(found.zendesk_webhook_secrets, start=1):
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Zendesk-Webhook-Signature": signature_of(secret, moment, _PING),
            "X-Zendesk-Webhook-Signature-Timestamp": moment,
        }
        try:
            reply = client.post(
                found.public_url + PATH, content=_PING, headers=headers, timeout=_SECONDS
            )
        except httpx.HTTPError as error:
            yield fail("signature", f"no answer ({type(error).__name__})", "Run `doctor` again")
            return
        what = f"secret {place} of {len(found.zendesk_webhook_secrets)}"
        if reply.is_success:
            yield ok("signature", f"{what}: a signed event is taken")
        else:
            yield fail(
                "signature",
                f"{what}: our own signed event is answered {reply.status_code} ({_said(reply)})",
                _REFUSES,
            )


def _sidebar_round_trip(found: Settings, client: httpx.Client) -> Iterator[Finding]:
    if not found.sidebar_secrets:
        return
    token = _token(found.sidebar_secrets[0], _issuer(found))
    headers = {"Authorization": f"Bearer {token}"}
    try:
        reply = client.get(
            f"{found.public_url}/sidebar/tickets/1/probes", headers=headers, timeout=_SECONDS
        )
    except httpx.HTTPError as error:
        yield fail("sidebar", f"no answer ({type(error).__name__})", "Run `doctor` again")
        return
    if reply.status_code == _UNAUTHORISED:
        yield fail(
            "sidebar",
            f"our own token is refused ({_said(reply)})",
            "Give the web the same SIDEBAR_SECRETS as here, and restart it",
        )
    else:
        yield ok("sidebar", "a token signed with the newest secret is taken")


def _issuer(found: Settings) -> str:
    """Return the account's name: that of the settings, or Zendesk's own word for another host."""
    named = subdomains((found.zendesk_host,))
    if not named:
        with (
            suppress(ZendeskError),
            closing(ZendeskSession(account_of(found), InMemoryBudget(), patience=2.0)) as session,
        ):
            named = subdomains(brand_hosts(session))
    return min(named, default="unknown")


def check_from_zendesk(session: ZendeskSession, webhook_id: str) -> Iterator[Finding]:
    """Let Zendesk send one test: it is the only one who knows whether it reaches us.

    It signs tests with a public secret, so our 401 is as good an answer as a 200.
    """
    call = Call(
        "POST",
        "/api/v2/webhooks/test",
        "webhooks.test",
        seconds=30.0,
        params={"webhook_id": webhook_id},
        payload={"request": {"payload": _PING.decode()}},
    )
    try:
        answer = session.ask(call).get("response")
    except ZendeskError as error:
        yield warn(
            "delivery",
            f"Zendesk would not send a test: {error}",
            "Use Admin Center > Webhooks > Test webhook",
        )
        return
    status = number(answer.get("status_code")) if isinstance(answer, dict) else None
    if status in (200, _UNAUTHORISED):
        yield ok("delivery", f"a test of Zendesk's reached us (answered {status})")
    elif status is None:
        yield fail(
            "delivery",
            "a test of Zendesk's did not reach us",
            "PUBLIC_URL must be reachable from the internet; `/ips` of the account lists "
            "where Zendesk calls from",
        )
    else:
        yield fail(
            "delivery",
            f"a test of Zendesk's was answered {status}",
            "Something between Zendesk and the bot answers in its place",
        )


def check_invocations(session: ZendeskSession, webhook_id: str) -> Iterator[Finding]:
    """How did the last deliveries end? Zendesk keeps them for seven days."""
    call = Call(
        "GET",
        f"/api/v2/webhooks/{webhook_id}/invocations",
        "webhooks.invocations",
        params={"page[size]": str(_LOOKED_AT)},
    )
    try:
        page = session.ask(call)
    except ZendeskError as error:
        yield warn("deliveries", f"could not be listed: {error}", "Look in Admin Center > Webhooks")
        return
    last = [text(item.get("status")) for item in objects(page.get("invocations"))]
    bad = [status for status in last if status not in ("success", "accepted", "unknown")]
    if not last:
        yield ok("deliveries", "none in the last seven days")
    elif not bad:
        yield ok("deliveries", f"the last {len(last)} arrived")
    else:
        kinds = ", ".join(sorted(set(bad)))
        # A refusal of ours may be the answer to a test; the round trip tells whether it is more.
        verdict = fail if last[0] in bad and last[0] != "client error" else warn
        yield verdict(
            "deliveries",
            f"{len(bad)} of the last {len(last)} failed: {kinds}",
            _REMEDIES.get(bad[0], "See Admin Center > Webhooks > Activity"),
        )


_REMEDIES: Final = {
    "circuit broken": "Zendesk has stopped calling for a while because too many calls failed: see "
    "that the web answers, then wait",
    "terminated": "Something answers 403 in place of the bot: a firewall or a proxy before it",
    "timeout": "The web did not answer in time: is it overloaded, or the store far away?",
    "client error": "The web refused them: compare ZENDESK_WEBHOOK_SECRETS and the clock",
    "server error": "The web or its proxy failed: its log says why",
    "throttled": "The web or its proxy answered 429: let Zendesk's addresses pass",
}


def _token(secret: str, issuer: str) -> str:
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": "cl-bot",
        "sub": "0",
        "ticket_id": "1",
        "iat": now,
        "exp": now + 50,
    }
    head, body = (
        _b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    )
    signed = hmac.digest(secret.encode(), f"{head}.{body}".encode(), hashlib.sha256)
    return f"{head}.{body}.{_b64(signed)}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _said(reply: httpx.Response) -> str:
    return " ".join(reply.text.split())[:120]
