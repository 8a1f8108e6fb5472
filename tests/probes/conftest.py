"""Takes the system resolver away, and opens loopback for servers of the tests' own."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
import pytest_socket
import trustme

from tests.probes.certificate_factory import Authority

_LOOPBACK = ["localhost", "::1", *(f"127.0.0.{last}" for last in range(1, 10))]


@pytest.fixture(autouse=True)
def no_system_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """UDP escapes pytest-socket, and so would a question to the system's name server."""
    real = socket.getaddrinfo

    def only_literals(host: str, *arguments: object, **more: object) -> object:
        try:
            ip_address(host)
        except ValueError:
            raise socket.gaierror(socket.EAI_NONAME, "no resolver in tests") from None
        return real(host, *arguments, **more)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(socket, "getaddrinfo", only_literals)


@pytest.fixture
def many_loopbacks() -> Iterator[None]:
    """Open several addresses of 127.0.0.0/8, for tests about more than one address."""
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(_LOOPBACK, allow_unix_socket=True)
    yield
    pytest_socket.disable_socket(allow_unix_socket=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A root of the test's own."""
    return Authority(trustme.CA(), tmp_path)
