"""A backup brings everything back, and what was posted since is not posted again."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.events import AcceptedEvent, EventLog, accept
from bot.store.switches import SwitchBoard

pytestmark = pytest.mark.slow


def run(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "HOME": str(folder)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_restored_store_knows_what_it_knew_and_starts_on_no_old_ticket(
    own_url: str, tmp_path: Path
) -> None:
    database = Database(own_url)
    with database.connection() as connection:
        accept(connection, AcceptedEvent("before", 7, "created", "no", datetime.now(UTC)))
    SwitchBoard(database).set_watermark(datetime(2020, 1, 1, tzinfo=UTC), "test")
    database.close()
    file = tmp_path / "store.dump"

    made = run(own_url, tmp_path, "backup", str(file))
    assert made.returncode == 0, made.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    with database.connection() as connection:
        connection.execute("DELETE FROM events")
        accept(connection, AcceptedEvent("since", 8, "created", "no", datetime.now(UTC)))
    database.close()
    back = run(own_url, tmp_path, "restore", str(file), "--yes")

    assert back.returncode == 0, back.stderr
    log = EventLog(database)
    assert log.get("before") is not None
    assert log.get("since") is None
    assert datetime.now(UTC) - SwitchBoard(database).watermark() < timedelta(minutes=10)
    database.close()


def test_a_backup_never_overwrites_and_a_restore_never_pulls_the_rug(
    own_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "store.dump"
    file.write_text("mine")

    refused = run(own_url, tmp_path, "backup", str(file))
    assert (refused.returncode, file.read_text()) == (2, "mine")
    nowhere = run(own_url, tmp_path, "backup", str(tmp_path / "missing" / "store.dump"))
    assert nowhere.returncode == 2
    assert "name a file in a folder of yours" in nowhere.stderr
    assert "Traceback" not in nowhere.stderr

    busy = Database(own_url, name="licensing-bot worker")
    with busy.connection() as connection:
        connection.execute("SELECT 1")
        stopped = run(own_url, tmp_path, "restore", str(file), "--yes")
    busy.close()

    assert stopped.returncode == 2
    assert "stop `serve` and `work` first" in stopped.stderr
