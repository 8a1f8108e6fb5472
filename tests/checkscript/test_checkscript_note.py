"""What a note says of a check script's block that came damaged."""

import pytest

from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.note import write_note
from bot.runbook.observe import observe_ticket
from tests.checkscript.blocks import BEGIN, block_of, records, sample
from tests.factories import make_comment, make_context, make_ticket

BOOK = load_manifests().runbook
CAUTION = BOOK.head.note["caution_damaged_block"]
WHOLE = sample("healthy").text
CHANGED = WHOLE.replace("sent=12", "sent=11", 1)
CUT = WHOLE[: WHOLE.index("sum;") - 200]
EMPTY = f"{BEGIN}\n{records(WHOLE)[0]}\n"


def _note(*texts: str) -> str:
    ticket = make_ticket(
        f"Activation fails.\n\n{texts[0]}", comments=tuple(make_comment(one) for one in texts[1:])
    )
    return write_note(BOOK, classify(BOOK, ticket, observe_ticket(ticket, BOOK)), make_context())


@pytest.mark.parametrize("text", [CHANGED, CUT, EMPTY], ids=["changed", "cut", "empty"])
def test_a_damaged_block_without_a_fault_is_asked_for_again(text: str) -> None:
    assert CAUTION in _note(text)
    assert CAUTION in _note(WHOLE, text)


def test_a_whole_block_asks_for_nothing_also_after_a_damaged_one() -> None:
    assert CAUTION not in _note(WHOLE)
    assert CAUTION not in _note(CHANGED, WHOLE)


def test_a_block_without_its_checksum_is_believed_and_not_asked_for_again() -> None:
    parts = records(WHOLE)[:-1]

    assert CAUTION not in _note(block_of([*parts, f"sum;crc=none;n={len(parts)};;"]))


def test_a_fault_in_a_damaged_block_is_told_instead() -> None:
    faulty = sample("dns_nxdomain").text

    assert CAUTION not in _note(faulty.replace("check;", "check;x=1;", 1))
