"""Two sessions on one Postgres, and an account that keeps a limit and says so in no header."""

import time
from collections import deque

import pytest

from bot.store.budgets import SharedBudget
from bot.store.database import Database
from bot.store.guessed_limits import raise_guesses
from bot.zendesk.calls import Account
from bot.zendesk.errors import RateLimited
from bot.zendesk.session import ZendeskSession
from tests.zendesk.session_calls import READ
from tests.zendesk.stub_zendesk import Handler, StubZendesk, stub_zendesk

LIMIT = 100


class UntoldLimit:
    """Lets a hundred calls through in each sixty seconds, and refuses without a header."""

    def __init__(self, stub: StubZendesk) -> None:
        self.skipped = 0.0
        self.refused = 0
        self._passed: deque[float] = deque()
        stub.fail("GET", "/tickets/1001", self._answer, times=100_000)

    def _answer(self, handler: Handler) -> None:
        now = time.monotonic() + self.skipped
        while self._passed and self._passed[0] <= now - 60:
            self._passed.popleft()
        if len(self._passed) >= LIMIT:
            self.refused += 1
            handler.reply(429, {})
            return
        self._passed.append(now)
        handler.reply(200, {"ticket": {"id": 1001}})


def pass_a_minute(database: Database) -> None:
    """What was counted, learnt and forbidden happened a minute earlier."""
    with database.connection() as connection:
        connection.execute(
            "DELETE FROM budget_counts WHERE second < extract(epoch FROM now()) - 61"
        )
        connection.execute("UPDATE budget_counts SET second = second - 70")
        connection.execute(
            "UPDATE budgets SET learnt_at = learnt_at - interval '70 seconds',"
            " blocked_until = blocked_until - interval '70 seconds'"
        )
        raise_guesses(connection, 200, 100)


def call_until_refused(session: ZendeskSession) -> int:
    for times in range(250):
        try:
            session.ask(READ)
        except RateLimited:
            return times
    pytest.fail("nobody said that it is enough")


def test_a_limit_that_no_header_tells_is_met_seldom_after_the_first_minute(
    database: Database, loopback: None
) -> None:
    refused: list[int] = []
    sent: list[int] = []
    with stub_zendesk() as stub:
        account = Account(stub.url, "bot", "s3cret")
        limit = UntoldLimit(stub)
        sessions = [ZendeskSession(account, SharedBudget(database), patience=0.0) for _ in range(2)]
        for minute in range(5):
            before = limit.refused
            sent.append(sum(call_until_refused(sessions[(minute + n) % 2]) for n in range(2)))
            refused.append(limit.refused - before)
            limit.skipped += 70
            pass_a_minute(database)
        for session in sessions:
            session.close()

    assert refused[0] == 1
    assert max(refused[1:]) <= 1
    assert min(sent) >= 85
