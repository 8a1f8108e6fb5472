"""The embedded Postgres: shared, restarted after any death, and refused with the way out."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from bot.store import programs
from bot.store.embedded import EmbeddedPostgres, start_embedded
from bot.store.programs import EmbeddedError, first_private_parent, programs_for

QUICK = {"fsync": "off"}


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def pid_of(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])


def title_of(process: psutil.Process) -> str:
    try:
        return str(process.cmdline()[:1])
    except psutil.NoSuchProcess:  # a short-lived backend
        return ""


def test_the_last_handle_stops_the_server(folder: Path) -> None:
    first = start_embedded(folder, QUICK)
    second = start_embedded(folder, QUICK)

    assert first.url == second.url
    first.stop()
    assert answers(second.url)
    second.stop()
    assert not answers(second.url)
    second.stop()


def test_what_was_written_is_there_after_the_server_was_killed(folder: Path) -> None:
    with start_embedded(folder, QUICK) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(pid_of(server), signal.SIGKILL)
        with start_embedded(folder, QUICK) as again, psycopg.connect(again.url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_server_that_died_is_started_again_by_whoever_holds_it(folder: Path) -> None:
    with start_embedded(folder, QUICK) as server:
        killed = pid_of(server)
        os.kill(killed, signal.SIGKILL)

        deadline = time.monotonic() + 120
        while not (answers(server.url) and pid_of(server) != killed):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert not answers(server.url)


def test_a_server_that_hangs_while_it_stops_is_ended_and_started_again(folder: Path) -> None:
    with start_embedded(folder, QUICK, stop_seconds=1) as server:
        hung = pid_of(server)
        checkpointer = next(
            child for child in psutil.Process(hung).children() if "checkpointer" in title_of(child)
        )
        checkpointer.suspend()
        os.kill(hung, signal.SIGTERM)

        deadline = time.monotonic() + 120
        while not (answers(server.url) and pid_of(server) != hung):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_pid_that_now_belongs_to_another_program_does_not_keep_the_server_down(
    folder: Path,
) -> None:
    with start_embedded(folder, QUICK) as server:
        rest = (server.data / "postmaster.pid").read_text().split("\n", 1)[1]
    with subprocess.Popen(["sleep", "60"]) as other:
        # As after the restart of a container: the numbers are given out anew.
        (server.data / "postmaster.pid").write_text(f"{other.pid}\n{rest}")
        with start_embedded(folder, QUICK) as again:
            assert answers(again.url)
        other.kill()


def test_a_killed_caller_leaves_the_server_to_the_next(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path;"
        "from bot.store.embedded import start_embedded;"
        "server = start_embedded(Path(sys.argv[1])); print(server.url, flush=True); time.sleep(99)"
    )
    words = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        url = caller.stdout.readline().strip()
        caller.kill()

    assert answers(url)
    server = start_embedded(folder)
    assert server.url == url
    server.stop()
    assert not answers(url)


def test_a_folder_of_another_major_version_is_refused_with_the_way_out(folder: Path) -> None:
    (folder / "postgres" / "PG_VERSION").write_text("16\n")

    with pytest.raises(EmbeddedError, match=r"written by Postgres 16.*pg_dumpall.*DATABASE_URL"):
        start_embedded(folder)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_a_private_parent_is_refused_and_stays_private(folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)

    with pytest.raises(EmbeddedError, match=rf"{private} is private.*STATE_DIR.*DATABASE_URL"):
        start_embedded(private / "state")
    assert private.stat().st_mode & 0o777 == 0o700


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_a_strict_umask_does_not_hide_what_we_make_ourselves(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        with start_embedded(folder / "new" / "state", QUICK) as server:
            assert answers(server.url)
            assert server.data.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_no_parent_is_opened_up(folder: Path) -> None:
    folder.chmod(0o711)
    with start_embedded(folder / "state", QUICK) as server:
        assert answers(server.url)

    assert folder.stat().st_mode & 0o777 == 0o711


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_programs_in_a_private_folder_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The check says what it would say of a clone below root's home.
    monkeypatch.setattr(programs, "_usable", lambda _: False)

    owner = programs.account_for("pgserver")
    found = programs_for(folder, owner)

    assert folder in found.parents
    with start_embedded(folder, QUICK) as server:
        assert answers(server.url)


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(folder: Path) -> None:
    deep = folder / ("x" * 60) / ("y" * 60)

    with start_embedded(deep, QUICK) as server:
        assert answers(server.url)
        assert "/tmp/licensing-bot-" in server.url
    assert not Path(server.url.partition("host=")[2]).exists()


def test_a_folder_that_cannot_be_made_is_refused_with_the_way_out(folder: Path) -> None:
    (folder / "file").write_text("")

    with pytest.raises(EmbeddedError, match="STATE_DIR"):
        start_embedded(folder / "file" / "state")


def test_the_outermost_private_parent_is_named(folder: Path) -> None:
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "a" / "b").chmod(0o700)

    assert first_private_parent(folder / "a" / "b" / "c") == folder / "a" / "b"
    assert first_private_parent(folder / "a" / "b") is None


def test_an_ordinary_user_needs_no_other_account(folder: Path) -> None:
    python = next((p for p in ("/usr/bin/python3",) if Path(p).exists()), None)
    if os.geteuid() != 0 or python is None:
        pytest.skip("every other test here runs as an ordinary user already")
    program = (
        "import sys; from pathlib import Path; from bot.store.embedded import start_embedded;"
        "server = start_embedded(Path(sys.argv[1]));"
        "import psycopg; print(psycopg.connect(server.url).execute('SELECT 5').fetchone()[0]);"
        "server.stop()"
    )
    home = folder / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    done = subprocess.run(
        [python, "-c", program, str(home / "state")],
        user=65534,
        group=65534,
        extra_groups=(),
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if "Permission denied" in done.stderr or "ModuleNotFoundError" in done.stderr:
        pytest.skip("the clone, or its Python, is private to root")

    assert done.stdout.strip() == "5", done.stderr
