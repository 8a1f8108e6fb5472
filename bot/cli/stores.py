"""The store that a command works on: the one of `DATABASE_URL`, or the embedded one."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from bot.cli.session import Refused
from bot.config import Settings
from bot.store.database import Database, StoreDown
from bot.store.embedded import start_embedded
from bot.store.migrate import migrate
from bot.store.programs import EmbeddedError


@contextmanager
def store_url(settings: Settings, *, separate: bool = False) -> Iterator[str]:
    """Give the address of a store with a current schema, for as long as the block runs.

    `separate` marks a process that must share the store with others: on a platform without a
    shared disk the embedded Postgres would be a store of its own, and jobs would never be seen.
    """
    if settings.database_url:
        _bring_up_to_date(settings.database_url)
        yield settings.database_url
        return
    if separate and settings.platform:
        raise Refused(
            f"{settings.platform} is set: on this platform the web and the worker do not share a "
            "disk, so the embedded Postgres cannot serve both. Set DATABASE_URL"
        )
    try:
        server = start_embedded(settings.state_dir)
    except EmbeddedError as error:
        raise Refused(str(error)) from error
    with server:
        _bring_up_to_date(server.url)
        yield server.url


@contextmanager
def open_store(settings: Settings) -> Iterator[Database]:
    """Give the store's connections; a store that does not answer ends the command in words."""
    with store_url(settings) as url:
        database = Database(url)
        try:
            yield database
        except StoreDown as error:
            raise Refused(str(error)) from error
        finally:
            database.close()


def _bring_up_to_date(url: str) -> None:
    import psycopg  # noqa: PLC0415  only its error is wanted, and only here

    try:
        migrate(url)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise Refused(
            f"the store of DATABASE_URL does not answer ({reason}): is Postgres running, and are "
            "host, user and password right?"
        ) from error


def operator() -> str:
    """Return who turns a switch, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
