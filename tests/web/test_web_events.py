"""Both shapes of event, read strictly where it matters and leniently where it does not."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.events import Ignored, MalformedEvent, TicketEvent, Watched, read_event
from tests.web.web_factories import raw, subscription_body, trigger_body

WATCHED = Watched()


def read(body: object) -> TicketEvent | Ignored:
    return read_event(raw(body), WATCHED)


def problem_of(body: bytes) -> str:
    with pytest.raises(MalformedEvent) as caught:
        read_event(body, WATCHED)
    return str(caught.value)


def test_our_trigger_is_read() -> None:
    assert read(trigger_body(attachments="yes")) == TicketEvent(
        ticket_id=4711,
        kind="created",
        attachments="yes",
        actor_id=900,
        account_id=None,
        host="acme.zendesk.com",
    )


@pytest.mark.parametrize("kind", ["created", "replied", "field_changed", "command"])
def test_each_kind_of_our_trigger_keeps_its_name(kind: str) -> None:
    event = read(trigger_body(event=kind))

    assert isinstance(event, TicketEvent)
    assert event.kind == kind


@pytest.mark.parametrize(
    "url",
    [
        "acme.zendesk.com/agent/tickets/1",
        "https://ACME.zendesk.com/agent/tickets/1",
        "http://acme.zendesk.com:8443/tickets/1",
        "//acme.zendesk.com/1",
        " acme.zendesk.com ",
    ],
)
def test_the_tickets_address_may_come_with_or_without_a_scheme(url: str) -> None:
    event = read(trigger_body(ticket_url=url))

    assert isinstance(event, TicketEvent)
    assert event.host == "acme.zendesk.com"


@pytest.mark.parametrize("url", [None, "", "   ", "/agent/tickets/1", "https://", "http://[::1"])
def test_a_ticket_without_an_address_is_malformed(url: str | None) -> None:
    assert (
        problem_of(raw(trigger_body(ticket_url=url))) == "ticket_url must be the ticket's address"
    )


def test_numbers_are_read_where_strings_are_promised() -> None:
    event = read(trigger_body(ticket_id=4711, actor_id=-1))

    assert isinstance(event, TicketEvent)
    assert (event.ticket_id, event.actor_id) == (4711, None)


@pytest.mark.parametrize(
    "ticket_id",
    [
        "",
        "0",
        "-1",
        "1.5",
        "12a",
        "x",
        "1" * 19,
        "9" * 5000,
        -1,
        0,
        10**30,
        "４７１１",
        "1 2",
        "0x10",
    ],
)
def test_what_cannot_be_a_tickets_number_is_malformed(ticket_id: object) -> None:
    assert problem_of(raw(trigger_body(ticket_id=ticket_id))) == (
        "ticket_id must be the number of a ticket"
    )


@pytest.mark.parametrize("ticket_id", [1.5, 1e300, True, [1], {"id": 1}])
def test_another_type_of_number_is_malformed(ticket_id: object) -> None:
    assert problem_of(raw(trigger_body(ticket_id=ticket_id))).endswith("at `$.ticket_id`")


def test_placeholders_that_zendesk_blanked_do_not_matter() -> None:
    event = read(trigger_body(actor_id="", updated_at="", attachments=""))

    assert isinstance(event, TicketEvent)
    assert (event.actor_id, event.attachments) == (None, "unknown")


def test_unknown_keys_are_ignored() -> None:
    assert isinstance(read(trigger_body(brand={"name": "x"}, satisfaction=1)), TicketEvent)


def test_an_unknown_kind_of_trigger_is_ignored() -> None:
    assert read(trigger_body(event="solved")) == Ignored("unknown_type")


def test_a_subscription_is_read() -> None:
    assert read(subscription_body()) == TicketEvent(
        ticket_id=4711,
        kind="created",
        attachments="unknown",
        actor_id=900,
        account_id=22129848,
        host=None,
    )


@pytest.mark.parametrize(
    ("kind", "event", "expected", "attachments"),
    [
        (
            "ticket.comment_added",
            {"comment": {"id": "1", "author": {"id": "5"}}},
            "replied",
            "unknown",
        ),
        ("ticket.comment_added", {"comment": {"author": {"is_staff": True}}}, "replied", "unknown"),
        (
            "ticket.attachment_linked_to_comment",
            {"comment": {"id": "1", "attachment": {"id": "2", "filename": "x.har"}}},
            "replied",
            "yes",
        ),
        (
            "ticket.custom_field_changed",
            {"custom_field": {"id": "1"}, "current": {"value": "a"}, "previous": {"value": None}},
            "field_changed",
            "unknown",
        ),
        ("ticket.subject_changed", {"current": "a", "previous": "b"}, "field_changed", "unknown"),
        ("ticket.tags_changed", {"tags_added": ["cl_run_probes"]}, "command", "unknown"),
        ("ticket.tags_changed", {"tags_added": ["cloud-licensing"]}, "field_changed", "unknown"),
    ],
)
def test_subscribed_events_become_our_kinds(
    kind: str, event: dict[str, object], expected: str, attachments: str
) -> None:
    read_back = read(subscription_body(kind, event))

    assert isinstance(read_back, TicketEvent)
    assert (read_back.kind, read_back.attachments) == (expected, attachments)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("ticket.status_changed", "unknown_type"),
        ("ticket.updated", "unknown_type"),
        ("user.created", "unknown_type"),
        ("organization.tags_changed", "unknown_type"),
        ("ticket.tags_changed", "irrelevant"),
    ],
)
def test_events_that_cannot_concern_us_are_ignored(kind: str, outcome: str) -> None:
    body = subscription_body(kind, {"tags_added": ["vip"]}, subject="zen:user:1")

    assert read(body) == Ignored(outcome)  # type: ignore[arg-type]  # a parameter


@pytest.mark.parametrize("tag", ["cl_scenario_proxy", "vip", "my_cl_run_probes"])
def test_a_tag_that_no_macro_of_ours_sets_is_irrelevant(tag: str) -> None:
    body = subscription_body("ticket.tags_changed", {"tags_added": [tag]})

    assert read(body) == Ignored("irrelevant")


def test_a_type_outside_zendesks_scheme_is_ignored() -> None:
    assert read({"type": "ping"}) == Ignored("unknown_type")


def test_a_ticket_without_our_tag_does_not_matter() -> None:
    assert read(subscription_body(detail={"tags": ["vip"]})) == Ignored("irrelevant")
    assert read(subscription_body(detail={"tags": []})) == Ignored("irrelevant")


def test_without_a_list_of_tags_the_job_must_look() -> None:
    assert isinstance(read(subscription_body(detail={"tags": None})), TicketEvent)


def test_the_author_of_a_comment_stands_in_for_a_missing_actor() -> None:
    body = subscription_body(
        "ticket.comment_added", {"comment": {"author": {"id": "31"}}}, {"actor_id": None}
    )
    event = read(body)

    assert isinstance(event, TicketEvent)
    assert event.actor_id == 31


def test_a_ticket_is_named_by_subject_or_by_detail() -> None:
    by_subject = read(subscription_body(detail={"id": None}))
    by_detail = read(subscription_body(subject=None))

    assert isinstance(by_subject, TicketEvent)
    assert isinstance(by_detail, TicketEvent)
    assert by_subject.ticket_id == by_detail.ticket_id == 4711


def test_a_subscription_that_names_two_tickets_is_malformed() -> None:
    assert problem_of(raw(subscription_body(detail={"id": "4712"}))) == (
        "subject and detail.id name different tickets"
    )


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "Input data was truncated"),
        (b"{", "Input data was truncated"),
        (b"\x1f\x8b\x08\x00\x00\x00", "JSON is malformed: invalid character (byte 0)"),
        (b"[]", "Expected `object`, got `array`"),
        (b'"text"', "Expected `object`, got `str`"),
        (b"{}", "ticket_id and event are missing"),
        (b'{"ticket_id":"1"}', "event must be a word"),
        (b'{"ticket_id":"\xff","event":"created"}', "body is not UTF-8"),
        (b'{"a":' * 50_000, "JSON is nested too deeply"),
        (b'{"zz":' + b"[" * 100_000, "JSON is nested too deeply"),
        (b'{"event":"created"} x', "JSON is malformed: trailing characters (byte 21)"),
    ],
)
def test_broken_bodies_are_malformed_and_the_problem_is_named(body: bytes, problem: str) -> None:
    assert problem_of(body) == problem


def test_a_text_cut_inside_an_emoji_is_no_reason_to_lose_an_event() -> None:
    body = raw(subscription_body()).replace(b"Activation fails", rb"Activation \ud83d")

    assert isinstance(read_event(body, WATCHED), TicketEvent)


@given(st.binary() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["ticket_id", "event", "type", "detail", "subject", "ticket_url", "tags"])
        | st.text(), inner,
    ),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_every_body_is_read_ignored_or_malformed(body: bytes) -> None:
    with suppress(MalformedEvent):
        assert isinstance(read_event(body, WATCHED), (TicketEvent, Ignored))
