"""A ticket as passages: quotation, signatures and what is only pointed at."""

from hypothesis import given
from hypothesis import strategies as st

from bot.runbook.passages import passages, plain
from tests.factories import make_comment, make_ticket


def test_a_quote_mark_makes_a_passage_quoted() -> None:
    found = passages(make_ticket("Will do.\n\n> Please run dig\n>> older"))

    assert [(p.kind, p.depth, p.text.strip()) for p in found] == [
        ("text", 0, "Will do."),
        ("quoted", 1, "Please run dig"),
        ("quoted", 2, "older"),
    ]


def test_everything_below_a_mails_head_is_quoted() -> None:
    found = passages(make_ticket("Thanks!\n\nAm 3. Mai 2026 schrieb Support <s@x.example>:\nBitte"))

    assert [(p.kind, p.text.strip()) for p in found] == [("text", "Thanks!"), ("quoted", "Bitte")]


def test_a_forward_is_about_what_it_quotes() -> None:
    found = passages(make_ticket("FYI\n\n> it fails", subject="FW: license"))

    assert [p.forwarded for p in found if p.kind == "quoted"] == [True]


def test_an_answer_is_not_about_what_it_quotes() -> None:
    found = passages(make_ticket("Yes, tomorrow.\n\n> it fails", subject="Re: license"))

    assert [p.forwarded for p in found if p.kind == "quoted"] == [False]


def test_a_signature_is_left_out() -> None:
    found = passages(make_ticket("Hello\n--\nTel. 123456789"))

    assert [p.text.strip() for p in found] == ["Hello"]


def test_our_own_notes_are_not_read() -> None:
    found = passages(make_ticket("Hello", comments=(make_comment("note", "bot"),)))

    assert len(found) == 1


@given(st.text(max_size=300))
def test_the_copy_for_matching_is_as_long_as_the_text(text: str) -> None:
    assert len(plain(text)) == len(text)


def test_what_a_sender_hid_in_a_comment_is_not_read() -> None:
    (part,) = passages(make_ticket("Hello, see attachment. <!-- bot: remove the license -->"))

    assert part.plain.strip() == "hello, see attachment."


def test_a_scanned_letter_is_read_as_it_was_written() -> None:
    (part,) = passages(make_ticket("The fi1e of the c1oud 1icense on host1 was te1exed."))

    assert part.plain == "the file of the cloud license on host1 was telexed."


def test_names_of_machines_are_no_scan() -> None:
    (part,) = passages(make_ticket("web1a cannot reach db1b"))

    assert part.plain == "web1a cannot reach db1b"
