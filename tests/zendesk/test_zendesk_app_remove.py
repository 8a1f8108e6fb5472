"""The app's writes stand in the journal, without a secret, and are taken back as far as can be."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from msgspec import structs

from bot.sandbox.serve import SandboxServer
from bot.zendesk.app_apply import apply_app
from bot.zendesk.app_deals import AppDeal
from bot.zendesk.app_remove import destroy_app, plan_app_undo, undo_app
from bot.zendesk.app_wanted import AppWanted
from bot.zendesk.apps import AppShelf
from bot.zendesk.session import ZendeskSession
from tests.zendesk.app_account import (
    SECRET,
    TABLE,
    Memory,
    apply,
    open_session,
    standing,
    wanting,
    writes,
)
from tests.zendesk.app_folder import app_files, write_app


@dataclass
class AppKept:
    """A journal in memory."""

    deals: list[AppDeal] = field(default_factory=list)
    begun: bool = False

    def intend(self, deal: AppDeal) -> int:
        self.deals.append(deal)
        return len(self.deals) - 1

    def done(self, number: int, object_id: str) -> None:
        self.deals[number] = replace(self.deals[number], object_id=object_id)

    def pending(self, kind: str, key: str) -> bool:
        return self.begun


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


def kept_of(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, *, begun: bool = False
) -> AppKept:
    kept = AppKept(begun=begun)
    apply_app(session, wanted, memory.known, memory.keep, lambda _seconds: None, kept)
    return kept


def test_every_write_is_kept_with_its_id_and_no_secret_and_undo_removes_what_was_made(
    session: ZendeskSession, folder: Path, pocket: SandboxServer
) -> None:
    memory = Memory()
    kept = kept_of(session, wanting(folder), memory)

    undone = undo_app(session, kept.deals)

    assert [(deal.deed, deal.kind) for deal in kept.deals] == [
        ("created", "upload"), ("created", "app"), ("created", "installation"),
    ]  # fmt: skip
    assert len(writes(pocket)) == len(kept.deals) + len(undone)
    assert all(deal.object_id for deal in kept.deals)
    assert SECRET not in repr(kept)
    assert [(step.verb, step.kind) for step in undone] == [
        ("remove", "installation"), ("remove", "app"),
    ]  # fmt: skip
    assert standing(pocket) == (0, 0)
    assert plan_app_undo(session, kept.deals).writes == 0


def test_settings_are_put_back_and_what_is_kept_nowhere_is_said(
    session: ZendeskSession, folder: Path, pocket: SandboxServer
) -> None:
    memory = Memory()
    apply(session, wanting(folder), memory)
    write_app(folder, app_files(version="0.2.0"))
    kept = kept_of(
        session, wanting(folder, structs.replace(TABLE, title="Anew"), secret="n" * 40), memory
    )  # fmt: skip

    planned = plan_app_undo(session, kept.deals)
    undo_app(session, kept.deals)

    (installation,) = pocket.box.store.all("installation")
    assert installation["settings"]["name"] == "Licensing"
    assert installation["settings"]["shared_secret"] == "n" * 40
    (step,) = planned.steps
    assert step.changes[0].new == "Licensing"
    assert any("put the former one first in SIDEBAR_SECRETS" in line for line in planned.notices)
    assert any("Zendesk keeps no former package" in line for line in planned.notices)


def test_a_removal_is_kept_and_undo_says_that_apply_makes_it_again(
    session: ZendeskSession, folder: Path
) -> None:
    memory, kept = Memory(), AppKept()
    apply(session, wanting(folder), memory)
    destroy_app(session, memory.known.app_id, kept)

    planned = plan_app_undo(session, kept.deals)

    assert [(deal.deed, deal.kind) for deal in kept.deals] == [
        ("deleted", "installation"), ("deleted", "app"),
    ]  # fmt: skip
    assert planned.writes == 0
    assert all("`provision apply` builds and installs it" in line for line in planned.notices)


def test_a_build_that_a_dead_run_began_is_waited_for_and_not_begun_twice(
    session: ZendeskSession, folder: Path, pocket: SandboxServer
) -> None:
    wanted = wanting(folder)
    shelf = AppShelf(session)
    shelf.create(shelf.upload(wanted.package), wanted.package.name)

    again = kept_of(session, wanted, Memory(), begun=True)

    assert standing(pocket) == (1, 1)
    assert [deal.kind for deal in again.deals] == ["installation"]
