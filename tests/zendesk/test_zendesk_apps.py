"""The sidebar app in an account: built once, installed once, never twice, and proved to stand."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox.serve import SandboxServer
from bot.zendesk.app_package import AppError
from bot.zendesk.app_plan import plan_app
from bot.zendesk.app_remove import destroy_app
from bot.zendesk.app_wanted import AppTable, AppWanted
from bot.zendesk.apps import BUILD_SECONDS, AppShelf
from bot.zendesk.errors import ScopeMissing
from bot.zendesk.session import ZendeskSession
from tests.zendesk.app_account import (
    SECRET,
    TABLE,
    URL,
    Memory,
    apply,
    open_session,
    standing,
    wanting,
    writes,
)  # fmt: skip
from tests.zendesk.app_folder import app_files, write_app


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


def test_an_empty_account_gets_the_app_built_and_installed(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    planned = plan_app(session, wanted)
    written = apply(session, wanted, memory)

    (app,) = pocket.box.store.all("app")
    (installation,) = pocket.box.store.all("installation")
    assert [(step.verb, step.kind) for step in planned.steps] == [
        ("create", "app"), ("create", "installation")
    ]  # fmt: skip
    assert written == 2
    assert app["version"] == wanted.package.version
    assert installation["settings"]["shared_secret"] == SECRET
    assert installation["settings"]["backend"] == URL
    assert memory.known.app_id == str(app["id"])
    assert memory.known.installation_id == str(installation["id"])


def test_planning_writes_nothing(
    session: ZendeskSession, wanted: AppWanted, pocket: SandboxServer
) -> None:
    plan_app(session, wanted)

    assert writes(pocket) == []


def test_a_second_run_writes_nothing(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanted, memory)
    pocket.forget_calls()

    assert plan_app(session, wanted, memory.known).writes == 0
    assert apply(session, wanted, memory) == 0
    assert writes(pocket) == []


def test_another_machine_builds_nothing_anew_and_sends_only_the_secret(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanted, memory)
    pocket.forget_calls()

    elsewhere = Memory()
    apply(session, wanted, elsewhere)
    first = writes(pocket)
    apply(session, wanted, elsewhere)

    assert [line.split()[0] for line in first] == ["PUT"]
    assert "installations" in first[0]
    assert writes(pocket) == first
    assert standing(pocket) == (1, 1)


def test_a_changed_file_updates_the_app_and_keeps_its_id(
    session: ZendeskSession, folder: Path, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanting(folder), memory)
    before = memory.known.app_id
    (folder / "assets/app.js").write_text("'use strict'; 1;")
    planned = plan_app(session, wanting(folder), memory.known)

    apply(session, wanting(folder), memory)

    assert [step.verb for step in planned.steps] == ["change", "keep"]
    assert memory.known.app_id == before
    assert pocket.box.store.all("app")[0]["version"] == wanting(folder).package.version
    assert standing(pocket) == (1, 1)


def test_a_setting_changed_by_hand_is_shown_and_set_back_alone(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanted, memory)
    (installation,) = pocket.box.store.all("installation")
    settings = {**installation["settings"], "backend": "https://elsewhere.example"}
    pocket.box.store.put("installation", {**installation, "settings": settings})

    (_, step) = plan_app(session, wanted, memory.known).steps
    apply(session, wanted, memory)

    (after,) = pocket.box.store.all("installation")
    assert [(c.key, c.old, c.new) for c in step.changes] == [
        ("backend", "https://elsewhere.example", URL)
    ]
    assert after["settings"]["backend"] == URL
    assert after["settings"]["shared_secret"] == SECRET


def test_a_new_secret_is_sent_and_never_shown(
    session: ZendeskSession, folder: Path, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanting(folder), memory)
    changed = wanting(folder, secret="n" * 40)

    planned = plan_app(session, changed, memory.known)
    apply(session, changed, memory)

    (after,) = pocket.box.store.all("installation")
    assert after["settings"]["shared_secret"] == "n" * 40
    assert after["settings"]["backend"] == URL
    assert "n" * 40 not in repr(planned)
    assert "n" * 40 not in repr(memory.known)


def test_groups_and_roles_are_found_by_name(
    session: ZendeskSession, folder: Path, memory: Memory, pocket: SandboxServer
) -> None:
    table = AppTable(title="L", settings=TABLE.settings, groups=("support",), roles=("Staff",))

    apply(session, wanting(folder, table), memory)

    (after,) = pocket.box.store.all("installation")
    (group,) = pocket.box.store.all("group")
    assert after["group_restrictions"] == [group["id"]]
    assert len(after["role_restrictions"]) == 1
    assert apply(session, wanting(folder, table), memory) == 0


def test_a_group_that_does_not_exist_stops_it_before_any_write(
    session: ZendeskSession, folder: Path, memory: Memory, pocket: SandboxServer
) -> None:
    table = AppTable(title="L", settings=TABLE.settings, groups=("Nobody",))

    with pytest.raises(AppError, match="0 groups are called 'Nobody'"):
        apply(session, wanting(folder, table), memory)

    assert writes(pocket) == []


def test_a_strangers_app_of_the_same_name_is_left_alone(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    record = {"id": 7, "name": wanted.package.name, "version": "3.1", "single_install": False,
              "parameters": []}  # fmt: skip
    pocket.box.store.put("app", record)

    with pytest.raises(AppError, match="was not built by us"):
        apply(session, wanted, memory)

    assert writes(pocket) == []


def test_two_apps_of_our_name_are_not_guessed_between(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    for key in (7, 8):
        record = {"id": key, "name": wanted.package.name, "version": wanted.package.version}
        pocket.box.store.put("app", record)

    with pytest.raises(AppError, match="several apps"):
        apply(session, wanted, memory)


def test_a_switched_off_installation_stays_off_and_is_told(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanted, memory)
    (installation,) = pocket.box.store.all("installation")
    pocket.box.store.put("installation", {**installation, "enabled": False})

    planned = plan_app(session, wanted, memory.known)

    assert planned.writes == 0
    assert "switched it off" in planned.notices[0]


def test_a_package_that_zendesk_refuses_is_told_in_its_words(
    session: ZendeskSession, wanted: AppWanted, memory: Memory
) -> None:
    broken = replace(wanted, package=replace(wanted.package, data=b"no zip"))

    with pytest.raises(AppError, match=r"could not build the app: .*not a zip file"):
        apply(session, broken, memory)


def test_a_job_that_never_ends_is_given_up_with_the_way_out(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    moments = iter([0.0, *[BUILD_SECONDS * n / 3 for n in range(1, 9)]])
    shelf = AppShelf(session, lambda _seconds: freeze(pocket), lambda: next(moments))
    job = shelf.create(shelf.upload(wanted.package), "x")

    with pytest.raises(AppError, match="run `provision apply` again"):
        shelf.await_job(job)


def freeze(pocket: SandboxServer) -> None:
    """Nobody has looked at the job yet, so it goes on working."""
    for job in pocket.box.store.all("app_job"):
        pocket.box.store.put("app_job", {**job, "looks": 0})


def test_destroying_removes_what_was_made_and_nothing_else(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanted, memory)

    removed = destroy_app(session, memory.known.app_id)

    assert [step.kind for step in removed] == ["installation", "app"]
    assert standing(pocket) == (0, 0)
    assert destroy_app(session, memory.known.app_id) == ()


def test_without_the_scope_it_says_so(
    pocket: SandboxServer, wanted: AppWanted, memory: Memory
) -> None:
    narrow = open_session(pocket, "read tickets:write")

    with pytest.raises(ScopeMissing):
        apply(narrow, wanted, memory)

    narrow.close()


def test_the_sandbox_of_another_make_may_hide_the_version(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanted, memory)
    (app,) = pocket.box.store.all("app")
    pocket.box.store.put("app", {**app, "version": None})
    memory.keep(replace(memory.known, shown=""))

    assert plan_app(session, wanted, memory.known).writes == 0
