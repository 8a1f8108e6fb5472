"""What mail, browsers and people do to a block, and that it is understood all the same."""

import html
import json
import quopri
import re
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evidence.checkscript import read_check_script, take_blocks
from bot.evidence.checkscript_block import posix_checksum
from bot.evidence.headline import headline
from bot.evidence.pasted import read_pasted
from tests.checkscript.blocks import sample

TEXT = sample("tls_inspection_untrusted").text
WHOLE = "tls_inspection"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def linked(text: str) -> str:
    """As Outlook writes a link in plain text."""
    return re.sub(r"(https://[\w./]+)", r"\1<\1>", text)


def cut_in_two(text: str) -> str:
    return "\n".join(part for line in text.splitlines() for part in textwrap.wrap(line, 41))


def as_html(text: str) -> str:
    return "<p>" + html.escape(text).replace("\n", "<br>\n") + "</p>"


def smart(text: str) -> str:
    return text.replace("-----", "\u2014\u2014-")


def printable(text: str) -> str:
    return quopri.encodestring(text.encode()).decode("ascii")


def before_each(mark: str) -> Callable[[str], str]:
    return lambda text: "\n".join(mark.format(n) + line for n, line in enumerate(text.split("\n")))


def autolinked(text: str) -> str:
    """As Zendesk shows a comment: HTML, with a link around whatever looks like a host name."""
    host = r"(?<![\w/.])([a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.com)"
    linked_text = re.sub(host, r'<a href="http://\1" rel="noreferrer">\1</a>', html.escape(text))
    return '<div class="zd-comment" dir="auto">' + linked_text.replace("\n", "<br>\n") + "</div>"


def in_a_chat(text: str) -> str:
    return re.sub(r"(customers\.example_company\.com)", r"<http://\1|\1>", text)


MANGLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "quoted": quoted,
    "quoted twice": lambda text: quoted(quoted(text)).replace("> >", ">>"),
    "quoted and wrapped": lambda text: cut_in_two(quoted(text)),
    "wrapped": cut_in_two,
    "indented": lambda text: textwrap.indent(text, "        "),
    "in one line": lambda text: " ".join(text.split("\n")),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "non-breaking spaces": lambda text: textwrap.indent(text, "\u00a0\u00a0").replace("\n", "\n"),
    "zero-width spaces": lambda text: text.replace(";", ";\u200b"),
    "links": linked,
    "HTML": as_html,
    "HTML twice": lambda text: html.escape(as_html(text)),
    "smart dashes": smart,
    "quoted-printable": printable,
    "a table": lambda text: "\n".join(f"| {line}" for line in text.splitlines()),
    "a prompt around": lambda text: f"root@gl1:~# sh check.sh\n{text}\nroot@gl1:~# ",
    "a fence": lambda text: f"```\n{text}\n```",
    "quoted by initials": before_each("JD> "),
    "numbered lines": before_each("{:3d}  "),
    "a log's times": before_each("[2026-11-24 12:00:00] "),
    "bullets": before_each("* "),
    "colours": lambda text: "".join(f"\x1b[0m{line}\x1b[K\n" for line in text.split("\n")),
    "lines that go on": lambda text: text.replace("\n", "\\\n"),
    "a JSON string": lambda text: json.dumps({"body": text}),
    "Zendesk's links": autolinked,
    "Zendesk's links, quoted": lambda text: quoted(autolinked(text)),
    "a chat's links": in_a_chat,
    "bare links in brackets": lambda text: re.sub(r"(https://[^\s;]+)", r"<\1>", text),
    "full-width signs": lambda text: text.replace(";", "\uff1b").replace("=", "\uff1d"),
    "spaces between the marker's words as tags": lambda text: re.sub(
        r"CLOUD LICENSE", "CLOUD&nbsp;<b>LICENSE</b>", text
    ),
    "one long dash": lambda text: text.replace("-----", "\u2e3b"),
    "Markdown escapes": lambda text: text.replace("_", "\\_"),
}


@pytest.mark.parametrize("name", MANGLINGS)
def test_a_mangled_block_reads_the_same(name: str) -> None:
    head = headline(read_pasted(MANGLINGS[name](TEXT)))

    assert head is not None
    assert (head.layer, head.cause, head.verdict) == ("tls", WHOLE, "fail")
    assert "damaged" not in head.facts


def test_words_around_the_block_stay() -> None:
    rest, blocks = take_blocks(f"Hello,\n\n{TEXT}\n\nBest regards")

    assert len(blocks) == 1
    assert rest.split() == ["Hello,", "Best", "regards"]


def test_what_the_script_says_while_it_works_is_no_evidence() -> None:
    screen = (
        "Cloud license check 1: looking at customers.example_company.com port 443 from here\n"
        "  names: asking this server's name servers and its own list\n"
        "  done. Please paste the lines from BEGIN to END below into your ticket.\n\n"
    )

    rest, _ = take_blocks(screen + TEXT)

    assert not rest.strip()


def test_two_runs_are_two_blocks_and_the_last_one_counts() -> None:
    seen = read_pasted(f"before:\n{TEXT}\nafter:\n{sample('healthy').text}")

    head = headline(seen)

    assert sum(bool(look.facts.get("judged")) for look in seen) == 2
    assert head is not None
    assert (head.layer, head.verdict) == ("ok", "ok")


@pytest.mark.parametrize("between", ["", "\n", "\n\n", " "])
def test_two_runs_back_to_back_are_two_blocks(between: str) -> None:
    text = f"{TEXT.strip()}{between}{sample('healthy').text.strip()}"

    rest, blocks = take_blocks(text)

    assert [block.damage for block in blocks] == ["", ""]
    assert not rest.strip()


def test_the_application_that_fails_beats_tools_that_pass() -> None:
    rails = (
        "irb(main):001:0> Gitlab::HTTP.head(base_uri)\n"
        "Net::OpenTimeout: Failed to open TCP connection to customers.example_company.com:443"
        " (execution expired)\n"
    )

    head = headline(read_pasted(f"{sample('healthy').text}\n\n{rails}"))

    assert head is not None
    assert (head.probe, head.verdict) == ("ruby", "fail")


def test_a_text_without_a_block_stays_as_it_is() -> None:
    text = "BEGIN CLOUD LICENSE CHECK is what we were told to paste"

    assert take_blocks(text) == (text, ())


def test_the_checksum_is_that_of_cksum() -> None:
    assert posix_checksum("123456789") == 930766865
    assert posix_checksum("") == 4294967295


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_nothing_between_the_marks_raises(text: str) -> None:
    wrapped = f"-----BEGIN CLOUD LICENSE CHECK-----\n{text}\n-----END CLOUD LICENSE CHECK-----"

    for block in take_blocks(wrapped)[1]:
        read_check_script(block)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.text(max_size=4)), max_size=12))
def test_no_damage_raises(changes: list[tuple[int, str]]) -> None:
    text = TEXT
    for place, new in changes:
        at = place % len(text)
        text = text[:at] + new + text[at + 1 :]

    for look in read_pasted(text):
        assert look.cause


_VALUES = st.sampled_from(
     ["0", "1", "-1", "28", "60", "407", "1e400", "nan", "inf", "9" * 18, "yes", "1.2.3.4", "::1",
     "::", "[", "]", "https://[x", "a,b", "%zz", "+"]
)  # fmt: skip
_KEYS = [
    "rank", "server", "type", "rcode", "ans", "ip", "way", "req", "rc", "code", "loc", "tc", "ta",
    "ts", "up", "how", "verify", "nums", "chain", "sent", "got", "big", "name", "val", "host",
    "port", "at", "date", "took", "resent", "like", "min", "conn", "said",
]  # fmt: skip
_PAIRS = st.tuples(
    st.sampled_from(_KEYS),
    _VALUES,
)
_NAMES = st.sampled_from(
    ["check", "dns", "system", "hosts", "icmp", "tcp", "tls", "http", "port80", "env", "prodenv",
     "product", "rails", "end"]
)  # fmt: skip
_RECORDS = st.lists(st.tuples(_NAMES, st.lists(_PAIRS, max_size=8)), max_size=12)


@settings(max_examples=150, deadline=None)
@given(_RECORDS)
def test_no_values_raise(records: list[tuple[str, list[tuple[str, str]]]]) -> None:
    lines = [
        ";".join([name, *(f"{key}={value}" for key, value in pairs)]) + ";;"
        for name, pairs in records
    ]
    body = "\n".join(lines)

    text = f"-----BEGIN CLOUD LICENSE CHECK-----\n{body}\n-----END CLOUD LICENSE CHECK-----"

    for block in take_blocks(text)[1]:
        read_check_script(block)
