"""What a note may never say, over random tickets."""

import re
import shutil
import subprocess
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.manifests import load_manifests
from bot.runbook.choose import course_of
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.html import CEILING, to_html
from bot.runbook.note import fits_short, write_note
from bot.runbook.observe import observe_ticket
from bot.runbook.reply import Reply
from bot.runbook.ticket import Ticket
from tests.factories import make_comment, make_context, make_ticket

BOOK = load_manifests().runbook
SECRET_CODE = "AbCdEfGh1234IjKlMnOp5678"
PIECES = (
    "We do not want cloud licensing", "opted in by the bug", "our legal entity changed",
    "activation code not received", "please resend", "certificate verify failed",
    "Could not resolve host", "Connection refused", "407 Proxy Authentication Required",
    "sync fails", "500 on /admin/subscription", "Version 15.4", "Version 16.9", "docker", "helm",
    "invoice", "{{ticket.id}}", "{% if x %}", "[[ portal ]]", "[% for x in y %]", "<script>",
    "License.find(123).destroy", "License.destroy_all", "curl -k https://x.example",
    f"activation code: {SECRET_CODE}", "password: hunter2secret", "> quoted", "```", "|", "\\",
    "http://svc:Pa55word@proxy.int.example:3128", "A-S00012345", "\u202e", "日本語", "\x00",
)  # fmt: skip
tickets = st.builds(
    lambda parts, subject, answer, wish: make_ticket(
        "\n".join(parts),
        subject=subject,
        fields={"should_be_on_cloud_licensing": wish},
        comments=(make_comment(answer),),
    ),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=40), max_size=12),
    st.sampled_from(PIECES) | st.text(max_size=40),
    st.sampled_from(PIECES),
    st.sampled_from(["yes", "no", "unknown"]),
)


def _diagnose(ticket: Ticket) -> Diagnosis:
    return classify(BOOK, ticket, observe_ticket(ticket, BOOK))


@settings(max_examples=80, deadline=None)
@given(tickets, st.booleans())
def test_no_ticket_makes_a_note_dangerous(ticket: Ticket, full: bool) -> None:  # noqa: FBT001
    found = _diagnose(ticket)
    note = write_note(BOOK, found, make_context(), full=full)
    html = to_html(note)
    copied = "\n".join(item.text for item in course_of(BOOK, found, full=full).snippets)

    removes = found.branch in ("remove_cloud_license", "switch_and_reactivate")
    assert "{{" not in html
    assert "{%" not in html
    assert "<script" not in html
    assert SECRET_CODE not in note
    assert "Pa55word" not in note
    assert "hunter2secret" not in note
    assert "License.find" not in note
    assert "destroy_all" not in note
    assert not re.search(r"curl -\w*k|--insecure|VERIFY_NONE", note)
    assert removes or ".destroy" not in copied
    assert len(html.encode()) <= CEILING
    assert full or fits_short(note)


@pytest.mark.parametrize(
    ("version", "wanted", "forbidden"),
    [
        ("15.4.6", "SUBSCRIPTIONS_URL", "subscription_portal_url"),
        ("16.0.0", "subscription_portal_url", "SUBSCRIPTIONS_URL"),
        ("17.2", "subscription_portal_url", "SUBSCRIPTIONS_URL"),
    ],
)
def test_the_console_line_is_that_of_the_version(version: str, wanted: str, forbidden: str) -> None:
    found = _diagnose(make_ticket("The daily sync fails.", fields={"version": version}))
    note = write_note(BOOK, found, make_context(), full=True)

    assert wanted in note
    assert forbidden not in note


@pytest.mark.parametrize("texts", [(), ("Version 15.11", "Version 16.3")])
def test_both_lines_are_offered_and_marked_when_the_version_is_open(
    texts: tuple[str, ...],
) -> None:
    found = _diagnose(make_ticket("\n".join(("The daily sync fails.", *texts))))
    note = write_note(BOOK, found, make_context())

    assert "SUBSCRIPTIONS_URL" in note
    assert "subscription_portal_url" in note
    assert note.count(BOOK.head.note["version_unknown"]) == 2


def test_the_guarded_removal_holds_the_number_of_the_portal() -> None:
    found = _diagnose(
        make_ticket(
            "Opted in by the bug, cloud licensing is active, we do not want cloud licensing. "
            "https://customers.example_company.com/admin/license/123123123"
        )
    )
    (snippet,) = course_of(BOOK, found).snippets

    assert snippet.id == "license_destroy"
    assert "want = '123123123'" in snippet.text


RUBY = shutil.which("ruby")
CONSOLE = """
Row = Struct.new(:id, :license_id, :cloud) do
  def plan = 'premium'
  def starts_at = '2026-01-01'
  def expires_at = '2027-01-01'
  def cloud_license? = cloud
  def current? = true
  def destroy = (puts("GONE #{id}"); true)
end
class License
  def self.all = [[1, 55, true], [2, 123, true], [123, 7, true], [9, 8, false]].map { Row.new(*_1) }
end
"""


@pytest.mark.skipif(RUBY is None, reason="needs ruby to run the snippet")
@pytest.mark.parametrize(
    ("number", "typed", "said"),
    [
        ("123", "REMOVE 123", "GONE 2"),
        ("123", "yes", "Kept. Nothing was removed."),
        ("123", "", "Kept. Nothing was removed."),
        ("999", "REMOVE 999", "Stop: 0 licenses have the number 999. Nothing was removed."),
        ("8", "REMOVE 8", "Stop: this is not a cloud license. Nothing was removed."),
        ("", "REMOVE", "Stop: 0 licenses"),
    ],
)
def test_the_guarded_removal_removes_only_what_was_meant(
    number: str, typed: str, said: str
) -> None:
    fields = {"should_be_on_cloud_licensing": "no"} | ({"license_id": number} if number else {})
    ticket = make_ticket("Opted in by the bug. Remove the cloud license.", fields=fields)
    (snippet,) = course_of(BOOK, _diagnose(ticket)).snippets
    done = subprocess.run(
        [RUBY or "ruby", "-e", CONSOLE + snippet.text],
        input=typed + "\n", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert said in done.stdout
    assert done.stderr == ""
    assert ("GONE" in done.stdout) is said.startswith("GONE")


@pytest.mark.parametrize(("reviewed", "shown"), [("M. Sato", "届いて"), ("", "Hello,")])
def test_a_reply_in_another_language_is_offered_only_when_somebody_reviewed_it(
    reviewed: str, shown: str
) -> None:
    scenario = BOOK.scenarios["resend_activation_code"]
    replies = {**scenario.reply, "ja": Reply(text="コードは届いていますか。", reviewed_by=reviewed)}
    scenarios = {
        **BOOK.scenarios,
        scenario.id: msgspec.structs.replace(scenario, reply=replies),
    }
    book = replace(BOOK, scenarios=scenarios)
    ticket = replace(make_ticket("Activation code not received."), requester_locale="ja-JP")

    note = write_note(book, classify(book, ticket), make_context())

    assert shown in note


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("docker", "docker exec -it <container> bash"),
        ("helm chart", "kubectl exec -it <toolbox pod> -c toolbox -- bash"),
    ],
)
def test_the_checks_run_inside_the_container(text: str, prefix: str) -> None:
    found = _diagnose(make_ticket(f"Could not resolve host, {text}"))

    assert course_of(BOOK, found).snippets[0].text.startswith(prefix)


def test_the_switch_steps_never_tick_the_box() -> None:
    found = _diagnose(make_ticket("Please switch A-S00012345 to cloud licensing from the file."))
    note = write_note(BOOK, found, make_context())

    assert "DO NOT tick the `Cloud Licensing` checkbox" in note
    assert "https://customers.example_company.com/admin/customer/<customer id>" in note


def test_below_likely_the_note_asks_instead_of_advising() -> None:
    found = _diagnose(make_ticket("hello"))
    note = write_note(BOOK, found, make_context())

    assert "Ask first:" in note.splitlines()[0]
    assert "irreversible" not in note
    assert course_of(BOOK, found).snippets == ()


def test_an_endless_note_is_cut_under_the_ceiling() -> None:
    html = to_html("line of words {{x}}\n\n" * 20_000)

    assert len(html.encode()) <= CEILING
    assert "{{" not in html


def test_a_link_keeps_https_only() -> None:
    html = to_html("[a](javascript:alert(1)) [b](https://x.example) <b onclick=x>c</b>")

    assert "javascript:" not in html.split("href")[-1]
    assert 'href="https://x.example"' in html
    assert "<b onclick" not in html
