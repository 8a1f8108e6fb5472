"""The same app on an account that answers in other words and shows less: still once and unmoved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.http_server import LoopbackServer
from bot.zendesk.app_apply import apply_app
from bot.zendesk.app_package import pack, read_app
from bot.zendesk.app_plan import NOTHING_KNOWN, AppKnown, plan_app
from bot.zendesk.app_wanted import AppTable, AppWanted, wanted_app
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.session import ZendeskSession
from tests.zendesk.app_folder import app_files, write_app
from tests.zendesk.stub_apps import StubApps

URL = "https://bot.example.com"
SETTINGS = {"backend": "@public_url", "shared_secret": "@sidebar_secret"}


@pytest.fixture(params=[False, True], ids=["nothing-shown", "objects-shown"])
def stub(request: pytest.FixtureRequest) -> StubApps:
    return StubApps(settings_shown=request.param)


@pytest.fixture
def session(loopback: None, stub: StubApps) -> Iterator[ZendeskSession]:
    server = LoopbackServer(stub)
    server.start()
    opened = ZendeskSession(Account(server.url, "id", "secret"), InMemoryBudget(), deadline=30.0)
    yield opened
    opened.close()
    server.stop()


def wanting(folder: Path, secret: str = "s" * 40, title: str = "L") -> AppWanted:
    table = AppTable(title=title, settings=SETTINGS)
    return wanted_app(table, pack(read_app(folder), URL), URL, (secret,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path, app_files())


def apply(session: ZendeskSession, wanted: AppWanted, known: AppKnown = NOTHING_KNOWN) -> AppKnown:
    return apply_app(session, wanted, known, sleep=lambda _seconds: None).known


def test_it_is_built_installed_and_then_left_alone(
    session: ZendeskSession, stub: StubApps, folder: Path
) -> None:
    known = apply(session, wanting(folder))
    first = list(stub.calls)
    apply(session, wanting(folder), known)

    assert [call.split()[0] for call in first] == ["POST"] * 3
    assert stub.calls == first
    assert (known.app_id, known.installation_id, known.job) == ("7", "3", "")
    assert plan_app(session, wanting(folder), known).writes == 0


def test_a_changed_file_or_secret_or_title_is_still_noticed(
    session: ZendeskSession, stub: StubApps, folder: Path
) -> None:
    known = apply(session, wanting(folder))
    secret = plan_app(session, wanting(folder, "n" * 40), known)
    title = plan_app(session, wanting(folder, title="M"), known)
    (folder / "assets/app.js").write_text("1;")
    file = plan_app(session, wanting(folder), known)

    assert [[step.verb for step in one.steps] for one in (secret, title, file)] == [
        ["keep", "change"], ["keep", "change"], ["change", "keep"]
    ]  # fmt: skip


def test_a_new_secret_reaches_the_installation_and_the_rest_stays(
    session: ZendeskSession, stub: StubApps, folder: Path
) -> None:
    known = apply(session, wanting(folder))
    apply(session, wanting(folder, "n" * 40), known)

    assert stub.installed["3"]["given"]["shared_secret"] == "n" * 40
    assert stub.installed["3"]["given"]["backend"] == URL
