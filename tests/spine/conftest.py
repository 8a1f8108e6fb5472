"""One running bot (pocket Zendesk, Postgres, web, two workers) for the tests of one module."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.spine import Spine, spine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave sockets open here: the pocket Zendesk answers real processes between two tests, too."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("enable_socket")
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def running() -> Iterator[Spine]:
    """End with its module: a test of another folder must not find these processes alive."""
    with tempfile.TemporaryDirectory(prefix="spine-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the embedded Postgres runs as a user of its own
        with spine(folder / "state", extra={"QUIET_SECONDS": "1"}) as body:
            body.start_web()
            for _ in range(2):
                body.start_worker()
            yield body


@pytest.fixture
def body(running: Spine) -> Iterator[Spine]:
    """The running bot, without faults before and after."""
    running.sandbox.set_faults()
    yield running
    running.sandbox.set_faults()
