"""One running bot (pocket Zendesk, Postgres, web, two workers) for every test of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket

from scripts.spine import Spine, spine


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spine]:
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("spine")
    open_to_all(folder)
    with spine(folder / "state", extra={"QUIET_SECONDS": "1"}) as body:
        body.start_web()
        for _ in range(2):
            body.start_worker()
        yield body


@pytest.fixture
def body(running: Spine, loopback: None) -> Iterator[Spine]:
    """The running bot, without faults before and after."""
    running.sandbox.set_faults()
    yield running
    running.sandbox.set_faults()


def open_to_all(folder: Path) -> None:
    """As root the embedded Postgres runs as a user of its own, who must reach its folder."""
    for parent in (folder, *folder.parents):
        if "pytest" in str(parent):
            parent.chmod(parent.stat().st_mode | 0o055)
