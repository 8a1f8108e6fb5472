"""HAR files recorded in a real Chromium against an imitation of the subscription page."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.evidence.har.analysis import analyse
from bot.evidence.har.redaction import redact_har
from scripts.browser import CHROMIUM, MISSING, launch
from tests.evidence.har_leaks import leaks
from tests.evidence.har_portal_page import Page, served

playwright_api = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]

ENDINGS = {
    "ok": ("activated", "app_graphql_ok"),
    "refused": ("failed", "app_subscription_not_found"),
    "multipart": ("failed", "app_subscription_not_found"),
    "get": ("failed", "app_subscription_not_found"),
    "502": ("http_error", "app_gateway_timeout"),
    "signed_out": ("http_error", "app_unauthorized"),
    "aborted": ("no_response", "app_no_response"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


def record(browser: Any, address: str, how: str, code: str, password: str, path: Path) -> bytes:
    context = browser.new_context(record_har_path=path, record_har_content="embed")
    context.set_default_timeout(60_000)
    page = context.new_page()
    if how == "aborted":
        page.route("**/api/graphql**", lambda route: route.abort("connectionreset"))
    page.goto(f"{address}/users/sign_in")
    page.evaluate(
        """password => { const form = document.querySelector('form'); form.method = 'post';
        for (const [name, value] of [['user[login]', 'root'], ['user[password]', password]]) {
          const field = document.createElement('input');
          field.name = name; field.value = value; form.append(field); }
        form.submit(); }""",
        password,
    )
    page.wait_for_url("**/admin/subscription")
    page.evaluate("([code, how]) => { activate(code, how); }", [code, how])
    page.wait_for_selector(f"body[data-done='{how}']", state="attached")
    context.close()
    return path.read_bytes()


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("how", ENDINGS)
def test_a_recording_is_read_and_made_safe(browser: Any, tmp_path: Path, how: str) -> None:
    portal = Page(seed=len(how))
    code, password = portal.secrets.code(), portal.secrets.password()
    with served(portal) as address:
        raw = record(browser, address, how, code, password, tmp_path / "recorded.har")

    out = io.BytesIO()
    before = redact_har(io.BytesIO(raw), out)
    text = out.getvalue().decode()
    after = analyse(io.BytesIO(out.getvalue()))
    planted = [s for s in portal.secrets.all if s in json.dumps(json.loads(raw))]

    assert (before.outcome, before.cause, before.attempts) == (*ENDINGS[how], 1)
    assert (after.outcome, after.cause, after.error_strings) == (
        before.outcome, before.cause, before.error_strings,
    )  # fmt: skip
    assert {code, password, portal.session, portal.csrf} <= {*planted, code, password}
    assert leaks(portal.secrets.all, text) == []
    assert before.live_session
    assert not after.live_session
