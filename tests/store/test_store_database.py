"""The store's connections: nobody waits for long, and whoever fails learns why in words."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from bot.store.database import UNHURRIED, Database, StoreDown
from bot.store.embedded import EmbeddedPostgres, start_embedded
from bot.store.events import AcceptedEvent, EventLog, accept
from bot.store.migrate import migrate


@pytest.fixture
def own_server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server that a test may stop."""
    with start_embedded(folder, {"fsync": "off"}) as server:
        yield server


def one(database: Database) -> object:
    with database.connection() as connection:
        row = connection.execute("SELECT 1").fetchone()
    return row[0] if row else None


def comes_true(claim: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if claim():
            return True
        time.sleep(0.1)
    return False


def works(database: Database) -> bool:
    try:
        return one(database) == 1
    except StoreDown:
        return False


def test_nothing_is_opened_before_the_first_use() -> None:
    Database("postgresql://nobody@/nothing?host=/nowhere").close()


def test_a_server_that_is_not_there_is_told_in_words() -> None:
    database = Database("postgresql://nobody:secret@/nothing?host=/nowhere", timeout=0.5)

    with pytest.raises(StoreDown, match="does not answer: is Postgres running") as caught:
        one(database)
    assert "secret" not in str(caught.value)
    database.close()


def test_a_server_that_is_away_is_not_waited_for_to_the_end() -> None:
    database = Database("postgresql://nobody@/nothing?host=/nowhere", timeout=600.0)
    started = time.monotonic()

    with pytest.raises(StoreDown, match="does not answer"):
        one(database)

    assert time.monotonic() - started < 300
    database.close()


def test_it_works_again_once_the_server_is_back(own_server: EmbeddedPostgres) -> None:
    database = Database(own_server.url, timeout=1.0)
    assert one(database) == 1
    pid = int((own_server.data / "postmaster.pid").read_text().split("\n", 1)[0])

    os.kill(pid, signal.SIGKILL)
    assert comes_true(lambda: not works(database))
    with start_embedded(own_server.data.parent, {"fsync": "off"}):
        assert comes_true(lambda: works(database))
    database.close()


def test_a_connection_cut_in_mid_transaction_is_told_in_words(store_url: str) -> None:
    database = Database(store_url)

    def cut_it() -> None:
        with database.connection() as connection, psycopg.connect(store_url) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
            other.commit()
            connection.execute("SELECT pg_sleep(10)")

    with pytest.raises(StoreDown, match=r"starting or stopping|was lost"):
        cut_it()
    assert works(database)
    database.close()


def test_every_connection_busy_is_told_in_words(store_url: str) -> None:
    database = Database(store_url, size=1, timeout=0.3)
    release = threading.Event()
    taken = threading.Event()

    def keep_it() -> None:
        with database.connection():
            taken.set()
            release.wait(60)

    holder = threading.Thread(target=keep_it)
    holder.start()
    assert taken.wait(60)

    with pytest.raises(StoreDown, match="have been busy"):
        one(database)
    release.set()
    holder.join()
    assert works(database)
    database.close()


def test_a_statement_that_takes_too_long_is_told_in_words(store_url: str) -> None:
    database = Database(store_url, statement_seconds=0.2)

    with pytest.raises(StoreDown, match="too long"), database.connection() as connection:
        connection.execute("SELECT pg_sleep(30)")
    database.close()


def test_a_full_disk_is_told_in_words(store_url: str) -> None:
    database = Database(store_url)

    with pytest.raises(StoreDown, match="out of room"), database.connection() as connection:
        connection.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$")
    database.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 80 MB, which only root can make."""
    with TemporaryDirectory(prefix="bot-disk-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        words = ["mount", "-t", "tmpfs", "-o", "size=80m,mode=755", "tmpfs", name]
        done = subprocess.run(words, capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"no disk of our own: {done.stderr.decode(errors='replace').strip()}")
        yield Path(name)
        subprocess.run(["umount", "--lazy", name], check=True)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="mounts a small disk")
def test_what_was_accepted_before_and_after_a_full_disk_is_kept(small_disk: Path) -> None:
    with start_embedded(small_disk / "state", {"fsync": "off"}) as server:
        migrate(server.url)
        database = Database(server.url)
        kept = put_until_it_fails(database, "before", most=1)
        free = shutil.disk_usage(small_disk).free
        (small_disk / "fill").write_bytes(b"x" * (free - 200_000))

        kept += put_until_it_fails(database, "full", most=20_000)
        assert len(kept) < 20_000
        (small_disk / "fill").unlink()
        assert comes_true(lambda: works(database))
        kept += put_until_it_fails(database, "after", most=1)

        log = EventLog(database)
        assert all(log.get(key) for key in kept)
        assert log.counts().accepted == len(kept)
        database.close()


def put_until_it_fails(database: Database, name: str, most: int) -> list[str]:
    kept: list[str] = []
    with contextlib.suppress(StoreDown):
        for number in range(most):
            event = AcceptedEvent(f"{name}{number}", 7, "created", "no", datetime.now(UTC))
            with database.connection() as connection:
                accept(connection, event)
            kept.append(event.key)
    return kept


def test_an_error_of_ours_stays_what_it_is(database: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), database.connection() as connection:
        connection.execute("SELECT * FROM no_such_table")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_opens_connections_of_its_own(database: Database) -> None:
    assert one(database) == 1

    child = os.fork()
    if child == 0:
        os._exit(0 if works(database) else 1)
    _, code = os.waitpid(child, 0)

    assert code == 0
    assert one(database) == 1


def test_what_can_be_found_out_again_waits_for_no_disk_and_all_else_does(
    database: Database,
) -> None:
    now = "SELECT current_setting('synchronous_commit')"
    with database.statement() as connection:
        connection.execute("SET synchronous_commit = on")
        hurried = connection.execute(now).fetchone()
        unhurried = connection.execute(
            f"WITH asked AS MATERIALIZED (SELECT {UNHURRIED} AS yes) {now} FROM asked WHERE yes"
        ).fetchone()
        after = connection.execute(now).fetchone()
        connection.execute("RESET synchronous_commit")

    assert (hurried, unhurried, after) == (("on",), ("off",), ("on",))
