"""Lost answers and crashes while the app is built and installed: still one app, installed once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.serve import SandboxServer
from bot.zendesk.app_apply import apply_app
from bot.zendesk.app_package import AppError
from bot.zendesk.app_plan import AppKnown
from bot.zendesk.app_wanted import AppWanted
from bot.zendesk.errors import ZendeskError
from bot.zendesk.session import ZendeskSession
from tests.zendesk.app_account import Memory, apply, open_session, standing, wanting
from tests.zendesk.app_folder import app_files, write_app

WRITES = ("POST /api/v2/apps/uploads", "POST /api/v2/apps$", "POST /api/v2/apps/installations")


@pytest.fixture
def pocket(loopback: None) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def session(pocket: SandboxServer) -> Iterator[ZendeskSession]:
    opened = open_session(pocket)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "app", app_files())


@pytest.fixture
def wanted(folder: Path) -> AppWanted:
    return wanting(folder)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.mark.parametrize("what", ["drop", "500", "502-html"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("match", WRITES)
def test_a_lost_answer_to_any_write_ends_in_one_app_installed_once(
    match: str, when: str, what: str, session: ZendeskSession, wanted: AppWanted,
    memory: Memory, pocket: SandboxServer,
) -> None:  # fmt: skip
    pocket.set_faults({"match": match, "what": what, "when": when, "times": 1})
    for _ in range(3):
        try:
            apply(session, wanted, memory)
        except (ZendeskError, AppError):
            continue

    assert standing(pocket) == (1, 1)
    assert apply(session, wanted, memory) == 0


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_a_crash_after_any_write_is_gone_on_from(
    stop_after: int, session: ZendeskSession, wanted: AppWanted, memory: Memory,
    pocket: SandboxServer,
) -> None:  # fmt: skip
    seen: list[AppKnown] = []

    def keep_and_crash(known: AppKnown) -> None:
        seen.append(known)
        memory.keep(known)
        if len(seen) == stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_app(session, wanted, memory.known, keep_and_crash, lambda _seconds: None)
    apply(session, wanted, memory)

    assert standing(pocket) == (1, 1)
    assert apply(session, wanted, memory) == 0
