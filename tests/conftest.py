"""Fixtures for every test: sockets are closed unless a test asks for loopback."""

import logging
from collections.abc import Iterator
from itertools import chain, groupby, zip_longest

import pytest
import pytest_socket

pytest_plugins = ["fixtures_store"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--golden`, which writes the golden plans and notes anew."""
    parser.addoption("--golden", action="store_true", help="write tests/golden anew; read the diff")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start slow files first, one beside each quick one: the last keep nobody waiting."""
    files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    slow = [tests for tests in files if any(map(_is_slow, tests))]
    quick = [tests for tests in files if not any(map(_is_slow, tests))]
    items[:] = chain.from_iterable(chain.from_iterable(zip_longest(slow, quick, fillvalue=[])))


def _is_slow(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("slow", "browser", "root"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their parameter: a packed file holds the time and would differ per worker."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _keep_log_levels() -> Iterator[None]:
    """Put back what a command that ran in this process set: later tests read its log lines."""
    loggers = [logging.getLogger(name) for name in (None, "bot", "psycopg.pool")]
    before = [(one, one.level, one.handlers[:]) for one in loggers]
    yield
    for one, level, handlers in before:
        one.setLevel(level)
        one.handlers[:] = handlers


@pytest.fixture
def loopback() -> Iterator[None]:
    """Open 127.0.0.1 and ::1 for one test; anything else stays closed."""
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    pytest_socket.disable_socket(allow_unix_socket=True)
