"""The insights: who may read them, what they say, and that nobody is named."""

import re
import sys
import threading
from collections.abc import Iterator
from subprocess import run
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from bot.cli import program
from bot.config import Settings
from bot.store.database import Database
from bot.web.app import create_app
from bot.web.insights_charts import bars
from bot.web.insights_link import LinkSigner, signer_of
from bot.web.pages import pages_of
from scripts.browser import CHROMIUM, MISSING, launch
from tests.web.insights_fill import fill
from tests.web.sidebar_desk import SIDEBAR_SECRET, token
from tests.web.web_factories import SECRET

SETTINGS = Settings(
    zendesk_url="https://acme.zendesk.com",
    zendesk_webhook_secrets=(SECRET,),
    sidebar_secrets=(SIDEBAR_SECRET,),
    metrics_token="m" * 40,
)
SIGNER = signer_of(SETTINGS)


@pytest.fixture
def client(database: Database) -> FlaskClient:
    return create_app(SETTINGS, database, pages=pages_of(SETTINGS, database)).test_client()


def page(client: FlaskClient, more: str = "") -> str:
    answer = client.get(f"/insights?{SIGNER.query(7)}{more}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_signed_link_opens_the_page(client: FlaskClient) -> None:
    assert "How the cloud-licensing bot does" in page(client)


def test_the_sidebars_token_opens_it_as_well(client: FlaskClient) -> None:
    good = client.get("/insights", headers={"Authorization": f"Bearer {token()}"})
    bad = client.get("/insights", headers={"Authorization": f"Bearer {token('z' * 40)}"})

    assert (good.status_code, bad.status_code) == (200, 401)


@pytest.mark.parametrize(
    "query",
    ["", "until=99999999999&signature=x", "until=abc&signature=", "until=&signature=",
     "until=1&signature=1", f"until=1{'0' * 400}&signature=a"],
)  # fmt: skip
def test_nobody_else_reads_it(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/insights?{query}")

    assert answer.status_code == 401
    assert "insights-link" in answer.get_json()["error"]


def test_a_link_runs_out_and_cannot_be_prolonged() -> None:
    now = 1_800_000_000.0
    query = LinkSigner(("s" * 40,), lambda: now).query(2)
    until, signature = re.findall(r"=(\w+)", query)
    later = LinkSigner(("s" * 40,), lambda: now + 2 * 86_400)

    assert LinkSigner(("s" * 40,), lambda: now + 86_400).is_good(until, signature)
    assert not later.is_good(until, signature)
    assert not later.is_good(str(int(until) + 86_400), signature)
    assert not LinkSigner(("t" * 40,), lambda: now).is_good(until, signature)
    assert not LinkSigner((), lambda: now).is_good(until, signature)


def test_a_link_never_shows_the_token_it_is_made_with() -> None:
    assert "m" * 8 not in SIGNER.query(1)


def test_an_empty_store_says_what_is_missing_and_why(client: FlaskClient) -> None:
    html = page(client)

    assert html.count('class="empty"') == 7
    assert "<svg" not in html
    assert "In shadow mode that is as it should be" in html


def test_a_filled_store_is_shown_as_charts_and_as_tables(
    client: FlaskClient, database: Database
) -> None:
    fill(database)

    html = page(client)

    assert html.count("<svg") == 6
    assert html.count("<table") == 7
    assert 'class="empty"' not in html
    assert "TLS inspection or certificate trouble" in html
    assert "tls_inspection" in html
    assert "bot:frankfurt" in html
    assert "agent replied first" in html


def test_no_person_is_in_it(client: FlaskClient, database: Database) -> None:
    fill(database)

    assert "Ann" not in page(client)


def test_the_span_can_be_chosen(client: FlaskClient, database: Database) -> None:
    fill(database, tickets=50, days=60)

    short, long = (page(client, f"&days={days}") for days in (7, 90))

    decided = [int(re.findall(r"<dd>(\d+)</dd>", html)[0]) for html in (short, long)]
    assert decided[0] < decided[1] == 50
    assert "The last 30 days" in page(client, "&days=nonsense")
    assert "The last 365 days" in page(client, "&days=999")


def test_the_page_may_load_and_run_nothing(client: FlaskClient, database: Database) -> None:
    fill(database)

    answer = client.get(f"/insights?{SIGNER.query(7)}")
    html = answer.get_data(as_text=True)

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    assert not re.search(r"<script|<link|<img|style=\"|\son\w+=|https?://(?!www\.w3\.org)", html)


def test_a_cause_cannot_bring_markup(client: FlaskClient, database: Database) -> None:
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO diagnoses (ticket_id, event_key, digest, scenario, confidence, markdown,"
            " details) VALUES (1, 'e', 'd', '<script>alert(1)</script>', 'likely', '', %s::jsonb)",
            ('{"cause": "<img src=x onerror=alert(1)>"}',),
        )

    html = page(client)

    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_chart_is_nothing_but_shapes_and_words() -> None:
    svg = str(bars("Counts <b>", [("a & b", 5), ("c", 1)]))

    assert svg.startswith("<svg")
    assert "Counts &lt;b&gt;" in svg
    assert "a &amp; b" in svg
    assert not re.search(r"<style|<script|style=|<!--|\bid=|\d{8}-\d{4}", svg)


def test_the_web_starts_without_what_draws_charts() -> None:
    words = "import sys, bot.web.app; print([m for m in ('pygal', 'httpx') if m in sys.modules])"

    done = run([sys.executable, "-c", words], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_command_prints_a_link_that_works(client: FlaskClient) -> None:
    env = {
        "METRICS_TOKEN": "m" * 40, "PUBLIC_URL": "https://bot.example.com",
        "ZENDESK_URL": "https://acme.zendesk.com", "SIDEBAR_SECRETS": SIDEBAR_SECRET,
    }  # fmt: skip
    found = CliRunner().invoke(program, ["insights-link", "--days", "3"], env=env)

    link = found.output.strip()
    assert found.exit_code == 0
    assert link.startswith("https://bot.example.com/insights?until=")
    assert client.get(f"/insights?{urlsplit(link).query}").status_code == 200


def test_the_command_says_what_it_signs_with() -> None:
    env = {"METRICS_TOKEN": "", "SIDEBAR_SECRETS": "", "PUBLIC_URL": "https://bot.example.com"}

    found = CliRunner().invoke(program, ["insights-link"], env=env)

    assert found.exit_code == 2
    assert "METRICS_TOKEN" in found.output + found.stderr


@pytest.fixture
def served(loopback: None, client: FlaskClient) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/insights?{SIGNER.query(1)}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_in_a_browser_it_is_readable_for_everybody(served: str, database: Database) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  only with a browser
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  as above

    fill(database)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for scheme in ("light", "dark"):
            for width in (1280, 360):
                _check(browser, Axe(), served, scheme, width)
        browser.close()


def _check(browser: Any, axe: Any, url: str, scheme: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    seen: list[str] = []
    page.on("console", lambda line: seen.append(line.text))
    page.on("request", lambda request: seen.append(request.url))
    page.goto(url)

    # axe's script comes from the driver: the page's own policy forbids every other one.
    found = axe.run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []
    assert seen == [url]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
