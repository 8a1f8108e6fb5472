"""Fixtures for every test: sockets are closed unless a test asks for loopback."""

from collections.abc import Iterator

import pytest
import pytest_socket

pytest_plugins = ["fixtures_store"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--golden`, which writes the golden plans and notes anew."""
    parser.addoption("--golden", action="store_true", help="write tests/golden anew; read the diff")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their parameter: a packed file holds the time and would differ per worker."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture
def loopback() -> Iterator[None]:
    """Open 127.0.0.1 and ::1 for one test; anything else stays closed."""
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    pytest_socket.disable_socket(allow_unix_socket=True)
