"""What the files on a ticket say, and what they must not give away."""

import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from typing import IO, Any

import pytest

from bot.pipeline.attached import MOST_FILES, AttachmentReader, look_at_attachments, sniff
from bot.runbook.ticket import Attachment, Comment, Ticket
from bot.zendesk.attachments import AttachmentRefused
from bot.zendesk.errors import RateLimited, Unreachable

COOKIE = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
CODE = "aB3dE6gH9jK2mN5pQ8sT1vW4"


def har(errors: list[str], *, cookie: str = COOKIE) -> bytes:
    answer = {"data": {"gitlabSubscriptionActivate": {"errors": errors, "license": None}}}
    query = "mutation($i: X!) { gitlabSubscriptionActivate(input: $i) { errors } }"
    body = {"operationName": "activate", "variables": {"i": {"activationCode": CODE}},
            "query": query}  # fmt: skip
    headers = [{"name": "Cookie", "value": f"_gitlab_session={cookie}"}] if cookie else []
    request = {"method": "POST", "url": "https://gl.acme.test/api/graphql", "httpVersion": "2",
               "headers": headers, "queryString": [], "cookies": [],
               "postData": {"mimeType": "application/json", "text": json.dumps(body)}}  # fmt: skip
    response = {"status": 200, "statusText": "OK", "headers": [], "cookies": [],
                "content": {"mimeType": "application/json", "text": json.dumps(answer)},
                "redirectURL": ""}  # fmt: skip
    entry = {"startedDateTime": "2026-11-24T09:00:00Z", "time": 1, "request": request,
             "response": response, "cache": {}, "timings": {}}  # fmt: skip
    log: Any = {"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "1"},
                        "entries": [entry]}}  # fmt: skip
    return json.dumps(log).encode()


class Files:
    """Hands out bytes by id and notes what was asked for."""

    def __init__(self, contents: Mapping[int, bytes | Exception]) -> None:
        self.contents = contents
        self.asked: list[int] = []

    def __call__(self, attachment: Attachment, into: IO[bytes]) -> int:
        self.asked.append(attachment.id)
        content = self.contents[attachment.id]
        if isinstance(content, Exception):
            raise content
        return into.write(content)


def file(number: int, name: str = "x.har", kind: str = "", **more: Any) -> Attachment:
    return Attachment(number, name, f"https://acme.zendesk.com/{number}", kind, **more)


def ticket(*files: Attachment) -> Ticket:
    return Ticket("1", comments=(Comment("customer", "see file", attachments=files),))


def zipped(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


FAILED = har(["Your subscription cannot be located. Contact support."])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.har", FAILED),
        ("a.png", FAILED),
        ("a.har.gz", gzip.compress(FAILED)),
        ("a.zip", zipped("dir/trace.har", FAILED)),
        ("a.har", b"\xef\xbb\xbf" + FAILED),
    ],
)
def test_a_har_is_known_by_its_content(name: str, content: bytes) -> None:
    attached = look_at_attachments(ticket(file(1, name)), Files({1: content}))

    (seen,) = attached.observations
    assert (seen.vantage, seen.cause, seen.verdict) == (
        "customer:har", "app_subscription_not_found", "fail",
    )  # fmt: skip
    assert attached.hars[0].report.outcome == "failed"


def test_a_session_inside_is_warned_of_without_its_value() -> None:
    attached = look_at_attachments(ticket(file(1)), Files({1: FAILED}))

    assert attached.live_session
    assert COOKIE not in repr(attached)
    assert CODE not in repr(attached)


def test_a_har_without_secrets_is_no_caution() -> None:
    attached = look_at_attachments(ticket(file(1)), Files({1: har(["x"], cookie="")}))

    assert not attached.live_session


def test_a_log_is_read_as_pasted_output() -> None:
    text = (
        b"$ curl -I https://customers.example_company.com/\n"
        b"curl: (6) Could not resolve host: customers.example_company.com\n"
    )

    attached = look_at_attachments(ticket(file(1, "out.txt")), Files({1: text}))

    assert [seen.cause for seen in attached.observations] == ["dns_resolution_failed"]


def test_a_token_in_a_log_is_a_live_session() -> None:
    text = b"curl -H 'PRIVATE-TOKEN: glpat-3xAmPl3T0k3nVa1ue99x' https://gl.acme.test/api\n" * 3

    attached = look_at_attachments(ticket(file(1, "out.txt")), Files({1: text}))

    assert attached.live_session
    assert "glpat-3xAmPl3" not in repr(attached)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, b"\0" * 99]
)
def test_what_is_no_text_says_nothing(content: bytes) -> None:
    attached = look_at_attachments(ticket(file(1, "a.har")), Files({1: content}))

    assert not attached.observations
    assert not attached.hars


def test_pictures_are_not_fetched() -> None:
    files = Files({})

    look_at_attachments(ticket(file(1, "screen.png", "image/png")), files)

    assert not files.asked


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (AttachmentRefused("too large"), "refused"),
        (Unreachable("no connection"), "not_fetched"),
        (zipped("a.har", FAILED)[:60] + b"\0" * 40, "unreadable"),
    ],
)
def test_a_file_that_cannot_be_had_is_a_caution(trouble: bytes | Exception, kind: str) -> None:
    attached = look_at_attachments(ticket(file(1)), Files({1: trouble}))

    assert [caution.kind for caution in attached.warnings] == [kind]


def test_a_file_with_malware_is_never_fetched() -> None:
    files = Files({})

    attached = look_at_attachments(ticket(file(1, malware=True)), files)

    assert [caution.kind for caution in attached.warnings] == ["malware"]
    assert not files.asked


def test_a_spent_budget_makes_the_whole_look_wait() -> None:
    with pytest.raises(RateLimited):
        look_at_attachments(ticket(file(1)), Files({1: RateLimited("spent", 5)}))


def test_the_newest_files_are_read_and_the_rest_is_named() -> None:
    many = [file(number) for number in range(1, MOST_FILES + 3)]
    files = Files(dict.fromkeys(range(1, MOST_FILES + 3), FAILED))

    attached = look_at_attachments(ticket(*many), files)

    assert files.asked == [8, 7, 6, 5, 4, 3]
    assert [one.attachment_id for one in attached.warnings if one.kind == "left_out"] == [2, 1]


def test_the_newest_file_has_the_last_word() -> None:
    old, new = har(["The activation code is not valid"]), har([])

    attached = look_at_attachments(ticket(file(1), file(2)), Files({1: old, 2: new}))

    assert [har_.attachment_id for har_ in attached.hars] == [1, 2]


def test_our_own_files_are_left_alone() -> None:
    files = Files({})
    ours = Ticket("1", comments=(Comment("bot", "x", attachments=(file(1),)),))

    look_at_attachments(ours, files)

    assert not files.asked


def test_a_file_is_fetched_once_and_remembered() -> None:
    files = Files({1: FAILED})
    read = AttachmentReader(files)

    first, second = read(ticket(file(1))), read(ticket(file(1)))

    assert files.asked == [1]
    assert first == second


def test_a_file_that_did_not_come_is_asked_for_again() -> None:
    files = Files({1: Unreachable("no connection")})
    read = AttachmentReader(files)

    read(ticket(file(1)))
    read(ticket(file(1)))

    assert files.asked == [1, 1]


@pytest.mark.parametrize(
    ("head", "kind"),
    [('{"log":{"entries":[', "har"), ("plain words", "text"), ("\0\1\2\3", "other"), ("", "other")],
)
def test_content_is_sniffed(head: str, kind: str) -> None:
    assert sniff(head) == kind
