"""Every host goes by the store's clock: one that is hours wrong neither silences nor delays it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.store.clock import KEPT_SECONDS, StoreClock
from bot.store.database import Database

HOURS = 2 * 3600.0
NOWHERE = "host=/nowhere dbname=none"


@dataclass(slots=True)
class _Host:
    """A host's two clocks."""

    steady: float = 1000.0
    own: float = 0.0

    def wait(self, seconds: float) -> None:
        self.steady += seconds
        self.own += seconds

    def clock(self, database: Database) -> StoreClock:
        return StoreClock(database, lambda: self.steady, lambda: self.own)


def true_time(database: Database) -> datetime:
    with database.statement() as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    return datetime.fromisoformat(str(row[0]))


def go_away(database: Database) -> None:
    database.close()
    database.url = NOWHERE


@pytest.mark.parametrize("wrong_by", [-HOURS, HOURS])
def test_a_host_whose_clock_is_wrong_by_hours_tells_the_right_time(
    database: Database, wrong_by: float
) -> None:
    before = true_time(database)
    host = _Host(own=before.timestamp() + wrong_by)
    told = host.clock(database)()

    assert before <= told <= true_time(database)


def test_between_two_looks_it_counts_on_without_asking(database: Database) -> None:
    host = _Host()
    clock = host.clock(database)
    first = clock()
    go_away(database)
    host.wait(KEPT_SECONDS / 2)

    assert clock() - first == timedelta(seconds=KEPT_SECONDS / 2)


def test_it_counts_on_while_the_store_is_away(database: Database) -> None:
    host = _Host()
    clock = host.clock(database)
    first = clock()
    go_away(database)
    host.wait(KEPT_SECONDS * 30)

    assert clock() - first == timedelta(seconds=KEPT_SECONDS * 30)


def test_after_a_jump_of_its_own_clock_it_asks_anew(database: Database) -> None:
    """A machine that slept: neither of its clocks tells how long."""
    host = _Host(own=true_time(database).timestamp())
    clock = host.clock(database)
    clock()
    host.own += HOURS
    host.steady -= KEPT_SECONDS  # whatever it counted meanwhile is not believed
    before = true_time(database)

    assert before <= clock() <= true_time(database)


def test_without_a_store_there_is_only_its_own_clock(database: Database) -> None:
    go_away(database)

    assert _Host(own=86400.0).clock(database)() == datetime(1970, 1, 2, tzinfo=UTC)
