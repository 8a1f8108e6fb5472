"""A block that arrived damaged: it says so, it may name a fault, and it never proves health."""

import random

import pytest

from bot.evidence.checkscript import telling
from bot.evidence.headline import headline
from bot.evidence.observation import Observation
from bot.evidence.pasted import read_pasted
from tests.checkscript.blocks import BEGIN, END, Sample, block_of, records, sample, samples

SAMPLES = samples()
WHOLE = sample("healthy").text


def read(text: str) -> Observation:
    head = headline(read_pasted(text))
    assert head is not None
    return head


def damaged(one: Sample) -> list[str]:
    """One line lost, one record lost, one letter changed, the end lost, the beginning lost."""
    lines, parts = one.text.splitlines(), records(one.text)
    chance = random.Random(one.id)
    found = []
    for _ in range(3):
        line, part = chance.randrange(2, len(lines) - 2), chance.randrange(1, len(parts) - 1)
        place = chance.randrange(one.text.index("check;"), one.text.index("sum;"))
        found += [
            "\n".join(lines[:line] + lines[line + 1 :]),
            block_of(parts[:part] + parts[part + 1 :]),
            one.text[:place] + ("7" if one.text[place] != "7" else "8") + one.text[place + 1 :],
            one.text[: one.text.index("check;") + place // 2],
            "\n".join([*lines[:line], END]),
            "\n".join([BEGIN, *lines[line:]]),
        ]
    return found


@pytest.mark.parametrize("one", SAMPLES, ids=[one.id for one in SAMPLES])
def test_what_is_damaged_says_so_and_is_never_healthy(one: Sample) -> None:
    for text in damaged(one):
        head = headline(read_pasted(text))
        if head is None:
            continue
        assert head.facts.get("damaged"), text
        assert head.verdict != "ok", text
        assert head.facts.get("activates") != "yes", text


def test_a_healthy_block_that_was_changed_proves_nothing_and_tells_nothing() -> None:
    text = WHOLE.replace("sent=12", "sent=11", 1)

    seen = read_pasted(text)
    head = read(text)

    assert (head.layer, head.cause, head.verdict) == ("unknown", "truncated", "unknown")
    assert head.detail == "the block's checksum does not fit"
    assert all(look.facts["damaged"] == "changed" for look in seen)
    assert not [look for look in telling(seen) if look.verdict == "ok"]


def test_a_changed_block_still_names_its_fault_without_certainty() -> None:
    head = read(sample("tls_expired").text.replace("sent=12", "sent=11", 1))

    assert (head.layer, head.cause, head.verdict) == ("tls", "tls_expired", "fail")
    assert head.facts["confidence"] == "likely"


def test_lost_records_are_counted() -> None:
    parts = records(WHOLE)

    head = read(block_of(parts[:4] + parts[6:]))

    assert head.facts["records_lost"] == 2
    assert f"2 of {len(parts) - 1} records are missing" in head.detail


def test_a_block_that_was_cut_says_that_its_end_is_missing() -> None:
    head = read(WHOLE[: len(WHOLE) * 3 // 4])

    assert head.facts["damaged"] == "cut"
    assert head.detail == "the end of the block is missing"


def test_only_the_last_marker_may_be_missing() -> None:
    head = read(WHOLE.partition(END)[0])

    assert "damaged" not in head.facts
    assert head.verdict == "ok"


def test_a_record_without_its_end_is_left_out() -> None:
    """A status that was cut to two digits is another one."""
    text = sample("healthy_v4_only").text
    place = text.index("code=302") + len("code=30")

    seen = read_pasted(f"{text[:place]}\n{END}")

    assert not any(look.facts.get("http_status") == 30 for look in seen)


def test_a_host_without_cksum_is_believed_when_all_records_are_there() -> None:
    text = WHOLE[: WHOLE.index("sum;crc=")] + f"sum;crc=none;n={len(records(WHOLE)) - 1};;\n{END}"

    head = read(text)

    assert head.facts["damaged"] == "unchecked"
    assert (head.verdict, head.facts["confidence"]) == ("ok", "likely")


def test_a_host_without_cksum_is_not_believed_when_records_are_missing() -> None:
    kept = [part for part in records(WHOLE)[:-1] if "req=POST" not in part]

    head = read(block_of([*kept, f"sum;crc=none;n={len(kept) + 4};;"]))

    assert head.facts["damaged"] == "changed"
    assert head.verdict == "unknown"


def test_a_proxy_that_nothing_was_sent_through_is_an_open_question() -> None:
    """Without curl the direct way is all that was tried, and the application does not use it."""
    kept = [part for part in records(sample("proxy_ok").text)[:-1] if "way=proxy" not in part]

    head = read(block_of([*kept, f"sum;crc=none;n={len(kept)};;"]))

    assert (head.layer, head.cause, head.verdict) == ("proxy", "proxy_configured", "unknown")


def test_two_nodes_in_one_paste_keep_their_looks_apart() -> None:
    other = sample("tls_expired").text.replace("node=", "node=9", 1)

    seen = read_pasted(f"node a:\n{WHOLE}\nnode b:\n{other}")

    assert len({look.facts["machine"] for look in seen}) == 2
