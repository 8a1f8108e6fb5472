"""A stub Zendesk and sessions with it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.object_files import read_objects
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.reading import FieldIds
from bot.zendesk.session import ZendeskSession
from tests.zendesk.provisioned import FOLDER
from tests.zendesk.stub_zendesk import StubZendesk, stub_zendesk

OpenSession = Callable[..., ZendeskSession]


@pytest.fixture
def zendesk(loopback: None) -> Iterator[StubZendesk]:
    with stub_zendesk() as stub:
        yield stub


@pytest.fixture
def open_session(zendesk: StubZendesk) -> Iterator[OpenSession]:
    opened: list[ZendeskSession] = []

    def open_one(**changes: Any) -> ZendeskSession:
        account = changes.pop("account", Account(zendesk.url, "bot", "s3cret"))
        budget = changes.pop("budget", None) or InMemoryBudget()
        opened.append(ZendeskSession(account, budget, **{"deadline": 20.0} | changes))
        return opened[-1]

    yield open_one
    for session in opened:
        session.close()


@pytest.fixture
def session(open_session: OpenSession) -> ZendeskSession:
    return open_session()


@pytest.fixture
def desk(session: ZendeskSession) -> ZendeskDesk:
    return ZendeskDesk(session, FieldIds({"scenario": 21, "license_id": 22, "version": 23}))


@pytest.fixture
def stub(zendesk: StubZendesk) -> StubZendesk:
    """The stub with one ticket, number 1001."""
    zendesk.add_ticket()
    return zendesk


@pytest.fixture
def files() -> ZendeskObjects:
    return read_objects([FOLDER])


@pytest.fixture
def account(zendesk: StubZendesk, open_session: OpenSession) -> ZendeskSession:
    zendesk.headers = {"x-rate-limit": "100000", "x-rate-limit-remaining": "99999"}
    return open_session(patience=60.0)
