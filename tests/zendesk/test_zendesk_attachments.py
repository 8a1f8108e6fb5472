"""Files come from Zendesk's hosts only, within limits, and our credentials stay at home."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.runbook.ticket import Attachment
from bot.zendesk.attachments import (
    AttachmentFetcher,
    AttachmentRefused,
    own_address,
    temporary_address,
)
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.errors import GatewayTrouble, NotFound, Unreachable
from bot.zendesk.reading import People, read_comment
from bot.zendesk.session import ZendeskSession

Act = Callable[[BaseHTTPRequestHandler], None]


class FileHost:
    """A server of files that does as it is told and notes what it was asked."""

    def __init__(self) -> None:
        self.acts: dict[str, Act] = {}
        self.seen: list[tuple[str, str]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.seen.append((self.path, self.headers.get("authorization", "")))
                host.acts[self.path](self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def sends(body: bytes, *, said: int | None = None) -> Act:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", str(len(body) if said is None else said))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def redirects(location: str) -> Act:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("location", location)
        handler.send_header("content-length", "0")
        handler.end_headers()

    return act


def answers(status: int) -> Act:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("content-length", "0")
        handler.end_headers()

    return act


def drips(stop: threading.Event) -> Act:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        end = time.monotonic() + 30
        while not stop.is_set() and time.monotonic() < end:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            stop.wait(0.05)

    return act


@pytest.fixture
def account(loopback: None) -> Iterator[FileHost]:
    host = FileHost()
    yield host
    host.close()


@pytest.fixture
def elsewhere(loopback: None) -> Iterator[FileHost]:
    host = FileHost()
    yield host
    host.close()


@pytest.fixture
def fetcher(account: FileHost) -> Iterator[AttachmentFetcher]:
    yield from opened(account)


def opened(account: FileHost, **changes: float) -> Iterator[AttachmentFetcher]:
    known = Account(account.url, email="bot@acme.test", api_token="t0ken")
    session = ZendeskSession(known, InMemoryBudget())
    fetcher = AttachmentFetcher(session, **{"largest": 1000} | changes)  # type: ignore[arg-type]
    yield fetcher
    fetcher.close()
    session.close()


def file_at(url: str, *, size: int = 0, malware: bool = False) -> Attachment:
    return Attachment(1, "../../etc/passwd", url, "text/html", size, malware)


def fetched(fetcher: AttachmentFetcher, url: str) -> bytes:
    into = io.BytesIO()
    assert fetcher.fetch(file_at(url), into) == len(into.getvalue())
    return into.getvalue()


pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def test_a_file_is_fetched_with_our_credentials_from_the_account(
    account: FileHost, fetcher: AttachmentFetcher
) -> None:
    account.acts["/attachments/token/a/?name=x.har"] = sends(b"content")

    assert fetched(fetcher, f"{account.url}/attachments/token/a/?name=x.har") == b"content"
    assert account.seen[0][1].startswith("Basic ")


def test_the_temporary_address_gets_no_credentials(
    account: FileHost, elsewhere: FileHost, fetcher: AttachmentFetcher
) -> None:
    account.acts["/a"] = redirects(f"{elsewhere.url}/temporary")
    elsewhere.acts["/temporary"] = sends(b"moved")

    assert fetched(fetcher, f"{account.url}/a") == b"moved"
    assert elsewhere.seen == [("/temporary", "")]


def test_a_second_redirect_is_not_followed(
    account: FileHost, elsewhere: FileHost, fetcher: AttachmentFetcher
) -> None:
    account.acts["/a"] = redirects(f"{elsewhere.url}/one")
    elsewhere.acts["/one"] = redirects(f"{elsewhere.url}/two")

    with pytest.raises(AttachmentRefused, match="more than once"):
        fetched(fetcher, f"{account.url}/a")
    assert len(elsewhere.seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/a",
        "http://acme.zendesk.com/a",
        "https://acme.zendesk.com.evil.test/a",
        "https://acme.zendesk.com@evil.test/a",
        "https://acme.zendesk.com:8443/a",
        "https://other.zendesk.com/a",
        "file:///etc/passwd",
        "https://[bad/a",
        "",
    ],
)
def test_a_file_elsewhere_is_never_asked_for(url: str) -> None:
    with pytest.raises(AttachmentRefused):
        own_address("https://acme.zendesk.com", url)


@pytest.mark.parametrize(
    "location",
    [
        "http://p1.zdusercontent.com/a",
        "https://zdusercontent.com.evil.test/a",
        "https://evilzdusercontent.com/a",
        "https://u:p@p1.zdusercontent.com/a",
        "https://p1.zdusercontent.com:444/a",
        "https://127.0.0.1/a",
        "https://169.254.169.254/latest",
        "//evil.test/a",
        "",
    ],
)
def test_a_redirect_to_somebody_else_is_refused(location: str) -> None:
    with pytest.raises(AttachmentRefused):
        temporary_address("https://acme.zendesk.com/attachments/token/a/", location)


@pytest.mark.parametrize(
    "location", ["https://p18.zdusercontent.com/attachment/1?token=x", "/system/files/1"]
)
def test_a_redirect_to_zendesks_files_is_followed(location: str) -> None:
    moved = temporary_address("https://acme.zendesk.com/attachments/token/a/", location)

    assert moved.startswith("https://")
    assert location in moved


def test_a_file_that_says_it_is_too_large_is_not_read(
    account: FileHost, fetcher: AttachmentFetcher
) -> None:
    account.acts["/a"] = sends(b"", said=1001)

    with pytest.raises(AttachmentRefused, match="larger"):
        fetched(fetcher, f"{account.url}/a")


def test_a_file_that_grows_too_large_is_cut(account: FileHost, fetcher: AttachmentFetcher) -> None:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 5000)

    account.acts["/a"] = act

    with pytest.raises(AttachmentRefused, match="larger"):
        fetched(fetcher, f"{account.url}/a")


def test_a_file_whose_ticket_says_too_large_is_not_asked_for(
    account: FileHost, fetcher: AttachmentFetcher
) -> None:
    with pytest.raises(AttachmentRefused, match="larger"):
        fetcher.fetch(file_at(f"{account.url}/a", size=1001), io.BytesIO())
    assert not account.seen


def test_a_file_with_malware_is_not_asked_for(
    account: FileHost, fetcher: AttachmentFetcher
) -> None:
    with pytest.raises(AttachmentRefused, match="malware"):
        fetcher.fetch(file_at(f"{account.url}/a", malware=True), io.BytesIO())
    assert not account.seen


def test_a_file_that_drips_is_given_up(account: FileHost) -> None:
    stop = threading.Event()
    account.acts["/a"] = drips(stop)

    for fetcher in opened(account, patience=1.0):
        with pytest.raises((GatewayTrouble, Unreachable)):
            fetched(fetcher, f"{account.url}/a")
        stop.set()


def test_a_file_that_breaks_off_is_no_file(account: FileHost, fetcher: AttachmentFetcher) -> None:
    def act(handler: BaseHTTPRequestHandler) -> None:
        sends(b"half", said=400)(handler)
        handler.close_connection = True

    account.acts["/a"] = act

    with pytest.raises((GatewayTrouble, Unreachable)):
        fetched(fetcher, f"{account.url}/a")


def test_a_deleted_file_is_not_found(account: FileHost, fetcher: AttachmentFetcher) -> None:
    account.acts["/a"] = answers(404)

    with pytest.raises(NotFound):
        fetched(fetcher, f"{account.url}/a")


@pytest.mark.parametrize(
    ("result", "override", "refused"),
    [
        ("malware_found", False, True),
        ("malware_found", True, False),
        ("malware_not_found", False, False),
        ("not_scanned", False, False),
    ],
)
def test_the_scan_of_zendesk_is_read(result: str, override: bool, refused: bool) -> None:  # noqa: FBT001
    comment = {
        "id": 1,
        "attachments": [
            {"id": 5, "malware_scan_result": result, "malware_access_override": override}
        ],
    }

    read = read_comment(comment, People({}, None))

    assert read.attachments[0].malware is refused
