"""`ZENDESK_PROXY` is the way to Zendesk, for httpx and zenpy alike, and for nothing else."""

from io import BytesIO
from pathlib import Path

import pytest

from bot.config import SettingsError, read_settings
from bot.pipeline.assemble import account_of
from bot.runbook.ticket import Attachment
from bot.zendesk.attachments import AttachmentFetcher
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Call
from bot.zendesk.errors import ZendeskError
from bot.zendesk.session import ZendeskSession
from bot.zendesk.zenpy_client import open_zenpy
from tests.zendesk.stub_zendesk import StubZendesk

#: Nobody listens here: whatever is answered came through the proxy.
BEYOND = "http://127.0.0.1:9"
READ = Call("GET", "/api/v2/tickets/1001", "tickets.read")


@pytest.fixture
def beyond(stub: StubZendesk, tmp_path: Path) -> ZendeskSession:
    """A session as the settings make it; the stub plays the proxy and what lies behind it."""
    settings = read_settings(
        {
            "ZENDESK_URL": BEYOND,
            "ZENDESK_CLIENT_ID": "bot",
            "ZENDESK_CLIENT_SECRET": "s3cret",
            "ZENDESK_PROXY": stub.url,
        },
        tmp_path,
    )
    return ZendeskSession(account_of(settings), InMemoryBudget())


def test_the_proxy_of_the_settings_is_the_way_to_zendesk_for_every_call(
    stub: StubZendesk, beyond: ZendeskSession
) -> None:
    assert beyond.ask(READ)
    assert open_zenpy(beyond).tickets(id=1001).id == 1001
    fetcher = AttachmentFetcher(beyond)
    with pytest.raises(ZendeskError) as caught:
        fetcher.fetch(Attachment(1, "a.txt", f"{BEYOND}/attachments/token/x/"), BytesIO())

    assert "no connection" not in caught.value.reason
    fetcher.close()
    beyond.close()


@pytest.mark.parametrize("url", ["proxy.example.com:3128", "socks5://proxy:1080", "http://", "x"])
def test_an_address_that_is_no_proxy_is_named_without_being_shown(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"ZENDESK_PROXY": url.replace("proxy", "user:pa55@proxy")}, tmp_path)

    assert "ZENDESK_PROXY must look like" in str(caught.value)
    assert "pa55" not in str(caught.value)


def test_the_proxys_password_is_never_shown(tmp_path: Path) -> None:
    settings = read_settings({"ZENDESK_PROXY": "http://u:pa55@proxy.example.com:3128"}, tmp_path)

    assert "pa55" not in repr(settings)
    assert "pa55" not in repr(account_of(settings))
