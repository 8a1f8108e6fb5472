"""The sidebar app in an account: built once, installed once, never twice, and proved to stand."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox.serve import SandboxServer
from bot.zendesk.app_apply import apply_app, destroy_app
from bot.zendesk.app_package import AppError, pack, read_app
from bot.zendesk.app_plan import NOTHING_KNOWN, AppKnown, plan_app
from bot.zendesk.app_wanted import AppTable, AppWanted, read_app_table, wanted_app
from bot.zendesk.apps import BUILD_SECONDS, AppShelf
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.credentials import PROVISIONING_SCOPE
from bot.zendesk.errors import ScopeMissing, ZendeskError
from bot.zendesk.session import ZendeskSession
from tests.zendesk.app_folder import app_files, write_app

URL = "https://bot.example.com"
SECRET = "s" * 40
TABLE = AppTable(
    title="Licensing", settings={"backend": "@public_url", "shared_secret": "@sidebar_secret"}
)


@pytest.fixture
def pocket(loopback: None) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def session(pocket: SandboxServer) -> Iterator[ZendeskSession]:
    opened = open_session(pocket)
    yield opened
    opened.close()


def open_session(pocket: SandboxServer, scope: str = PROVISIONING_SCOPE) -> ZendeskSession:
    account = Account(pocket.url, pocket.admin_client_id, pocket.admin_client_secret, scope=scope)
    return ZendeskSession(account, InMemoryBudget(), deadline=30.0, patience=30.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "app", app_files())


@pytest.fixture
def wanted(folder: Path) -> AppWanted:
    return wanting(folder)


def wanting(folder: Path, table: AppTable = TABLE, secret: str = SECRET) -> AppWanted:
    return wanted_app(table, pack(read_app(folder), URL), URL, (secret,))


class Memory:
    """What a store would keep."""

    def __init__(self) -> None:
        self.known = NOTHING_KNOWN

    def keep(self, known: AppKnown) -> None:
        self.known = known


@pytest.fixture
def memory() -> Memory:
    return Memory()


def apply(session: ZendeskSession, wanted: AppWanted, memory: Memory) -> int:
    return apply_app(session, wanted, memory.known, memory.keep, lambda _seconds: None).writes


def standing(pocket: SandboxServer) -> tuple[int, int]:
    """How many apps and installations the account has."""
    return len(pocket.box.store.all("app")), len(pocket.box.store.all("installation"))


def writes(pocket: SandboxServer) -> list[str]:
    return [f"{call.method} {call.path}" for call in pocket.calls(path=r"^/api/v2/apps")
            if call.method != "GET"]  # fmt: skip


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


WRITES = ("POST /api/v2/apps/uploads", "POST /api/v2/apps$", "POST /api/v2/apps/installations")


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


def test_destroying_removes_what_was_made_and_nothing_else(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanted, memory)

    removed = destroy_app(session, memory.known.app_id)

    assert removed == 2
    assert standing(pocket) == (0, 0)
    assert destroy_app(session, memory.known.app_id) == 0


def test_without_the_scope_it_says_so(
    pocket: SandboxServer, wanted: AppWanted, memory: Memory
) -> None:
    narrow = open_session(pocket, "read tickets:write")

    with pytest.raises(ScopeMissing):
        apply(narrow, wanted, memory)

    narrow.close()


def test_a_secret_must_be_there_and_long_enough(folder: Path) -> None:
    package = pack(read_app(folder), URL)

    with pytest.raises(AppError, match="SIDEBAR_SECRETS is not set"):
        wanted_app(TABLE, package, URL, ())
    with pytest.raises(AppError, match="at least 32"):
        wanted_app(TABLE, package, URL, ("short",))


def test_settings_and_parameters_must_fit(folder: Path) -> None:
    package = pack(read_app(folder), URL)
    table = AppTable(title="L", settings={"backend": "@publik_url", "hue": "blue"})

    with pytest.raises(AppError) as error:
        wanted_app(table, package, URL, (SECRET,))

    assert "app.settings.hue: the app has no such parameter" in str(error.value)
    assert "app.settings.shared_secret: is missing" in str(error.value)
    assert "@publik_url is not known" in str(error.value)


def test_a_secret_in_a_setting_that_everybody_reads_is_refused(folder: Path) -> None:
    package = pack(read_app(folder), URL)
    settings = {"backend": "@sidebar_secret", "shared_secret": "@sidebar_secret"}

    with pytest.raises(AppError, match="backend: the parameter is not secure"):
        wanted_app(AppTable(title="L", settings=settings), package, URL, (SECRET,))


def test_a_later_file_stands_in_for_an_earlier_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.toml").write_text(f'[app]\ntitle = "{name}"\n[app.settings]\n')

    assert read_app_table([tmp_path / "a", tmp_path / "b"]).title == "b"
    with pytest.raises(AppError, match="is missing"):
        read_app_table([tmp_path])


def test_a_misspelt_key_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "app.toml").write_text('[app]\ntitel = "x"\n')

    with pytest.raises(AppError, match="titel"):
        read_app_table([tmp_path])


def test_the_sandbox_of_another_make_may_hide_the_version(
    session: ZendeskSession, wanted: AppWanted, memory: Memory, pocket: SandboxServer
) -> None:
    apply(session, wanted, memory)
    (app,) = pocket.box.store.all("app")
    pocket.box.store.put("app", {**app, "version": None})
    memory.keep(replace(memory.known, shown=""))

    assert plan_app(session, wanted, memory.known).writes == 0
