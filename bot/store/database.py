"""The store's connections: opened on first use after a fork, few, and with every wait capped."""

import contextlib
import os
import select
import threading
import time
from collections.abc import Iterator
from typing import Final

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

_FULL: Final = (errors.DiskFull, errors.InsufficientResources, errors.OutOfMemory, errors.IoError)
_GOING: Final = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow)
#: A failed connect counts for this long; then the next caller looks anew.
_DOWN_SECONDS: Final = 1.0
#: Callers look up this often, so that they learn of it and are not kept for the whole time-out.
_IMPATIENT: Final = 0.4
#: A connection that was used within this time is only looked at, not asked whether it works.
_FRESH_SECONDS: Final = 5.0


#: A condition, always true, of a statement that need not wait for the disk: what a crash of the
#: server loses of it is found out again. It holds for this statement's own transaction only.
UNHURRIED: Final = "set_config('synchronous_commit', 'off', true) = 'off'"


class StoreDown(Exception):  # noqa: N818  a state of the world, and what web answers 503 to
    """The store cannot be used right now; the message says why, in words, and without secrets."""


class _Connection(psycopg.Connection):
    """A connection that knows when it was last given back."""

    used_at = 0.0


class Database:
    """A small pool of connections to one Postgres.

    Nothing is opened before the first `connection()`, and a forked child opens a pool of its own.
    """

    def __init__(
        self,
        url: str,
        *,
        size: int = 4,
        timeout: float = 2.0,
        statement_seconds: float = 5.0,
        name: str = "licensing-bot",
    ) -> None:
        self.url = url
        self._size = size
        self._timeout = timeout
        self._statement_ms = round(statement_seconds * 1000)
        self._name = name
        self._lock = threading.Lock()
        self._pool: ConnectionPool[_Connection] | None = None
        self._pid = 0
        self._down_until = 0.0

    @contextlib.contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """One transaction: committed at the end of the block, rolled back by an exception.

        Raises `StoreDown` when the server is away, its disk is full, or every connection is busy.
        """
        with self.statement() as connection, connection.transaction():
            yield connection

    @contextlib.contextmanager
    def statement(self) -> Iterator[psycopg.Connection]:
        """Give a connection on which each statement is a transaction of its own: one round trip.

        Raises `StoreDown` as `connection` does.
        """
        pool = self._open()
        try:
            connection = self._take(pool)
            try:
                yield connection
            finally:
                connection.used_at = time.monotonic()
                pool.putconn(connection)
        except (PoolTimeout, TooManyRequests) as error:
            raise StoreDown(self._why_no_connection()) from error
        except psycopg.Error as error:
            reason = _reason(error)
            if reason is None:
                raise
            raise StoreDown(reason) from error

    def _take(self, pool: ConnectionPool[_Connection]) -> _Connection:
        """Wait for a connection, but not on when the server was found to be away meanwhile."""
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                connection = pool.getconn(_IMPATIENT)
            except PoolTimeout:
                if self._is_down() or time.monotonic() > deadline:
                    raise
            else:
                self._down_until = 0.0
                return connection

    def _is_down(self) -> bool:
        return time.monotonic() < self._down_until

    def close(self) -> None:
        """Close every connection of this process; a later use opens them again."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.close()

    def _open(self) -> ConnectionPool[_Connection]:
        with self._lock:
            if self._pool is None or self._pid != os.getpid():
                self._pid = os.getpid()
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> ConnectionPool[_Connection]:
        return ConnectionPool(
            self.url,
            connection_class=_Connection,
            kwargs={
                "autocommit": True,
                "connect_timeout": 3,
                "application_name": self._name,
                "tcp_user_timeout": 5000,
                "keepalives_idle": 10,
            },
            min_size=0,
            max_size=self._size,
            open=True,
            configure=self._configure,
            check=_check,
            # One try per request for a connection: a pool that backs off by itself would stay
            # closed for a minute after the server is back.
            reconnect_timeout=0.0,
            reconnect_failed=self._mark_down,
            max_waiting=self._size * 16,
            num_workers=1,
            name=self._name,
        )

    def _configure(self, connection: _Connection) -> None:
        connection.execute(
            "SELECT set_config('statement_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', '60s', false)",
            (str(self._statement_ms),),
        )

    def _mark_down(self, pool: ConnectionPool[_Connection]) -> None:  # noqa: ARG002  the pool's callback
        self._down_until = time.monotonic() + _DOWN_SECONDS

    def _why_no_connection(self) -> str:
        if self._is_down():
            return "the store does not answer: is Postgres running, and is DATABASE_URL right?"
        return f"all {self._size} connections to the store have been busy for too long"


def _check(connection: _Connection) -> None:
    """Raise when the server has closed it: a server that went down sends something to say so.

    Asking costs a round trip each time, so a connection that was just in use is only looked at.
    """
    fresh = time.monotonic() - connection.used_at < _FRESH_SECONDS
    if not fresh or _has_news(connection):
        ConnectionPool.check_connection(connection)


def _has_news(connection: _Connection) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _reason(error: psycopg.Error) -> str | None:
    """Say in words why the store is unusable; None when the error is ours and not the store's."""
    if isinstance(error, _FULL):
        return f"the store's server is out of room ({error.sqlstate}): free disk space or memory"
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return "the store is read-only: DATABASE_URL names a standby, or the server was switched"
    if isinstance(error, errors.QueryCanceled):
        return "the store took too long to answer"
    if isinstance(error, _GOING):
        return "the store's server is starting or stopping"
    if isinstance(error, psycopg.OperationalError):
        return "the connection to the store was lost"
    return None
