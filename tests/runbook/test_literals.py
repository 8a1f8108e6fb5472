"""The guard of a pattern may never hide a match."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evidence.literals import folded, folded_guards, guards, needs
from bot.manifests import load_manifests
from bot.runbook.book import LANGUAGES, Words
from bot.runbook.passages import passages
from bot.runbook.words import compile_words
from tests.factories import make_ticket

BOOK = load_manifests().runbook
PATTERNS = sorted(
    {
        pattern
        for words in (
            *BOOK.words.values(),
            *(signal for s in BOOK.scenarios.values() for signal in s.signals),
        )
        for key in ("any", *LANGUAGES)
        for pattern in getattr(words, key)
        if not pattern.startswith("@")
    }
)


def test_the_guard_of_a_plain_word_is_the_word() -> None:
    assert guards("certificate verify failed") == {"certificate"}


def test_a_letter_that_may_be_missing_is_no_guard() -> None:
    assert guards("colou?r scheme") == {"scheme"}


def test_each_alternative_needs_its_own_guard() -> None:
    assert guards("refused|no route") == {"refused", "route"}
    assert guards("refused|x+") == set()


def test_a_class_of_few_letters_stands_for_its_spellings() -> None:
    assert guards("ca[ií]d[oa]") == {"caido", "caída", "caído", "caida"}
    assert guards("licen[sc]es? gone") == {"license", "licence"}
    assert guards("v[0-9]x[^a]y[a-c ]z") == set()


def test_many_spellings_end_a_guard_before_they_become_too_many() -> None:
    assert guards("st[ab]r[cd]k[ef]m[gh]") == {
        "starckem", "starckfm", "stardkem", "stardkfm",
        "stbrckem", "stbrckfm", "stbrdkem", "stbrdkfm",
    }  # fmt: skip


def test_two_letters_guard_only_where_nothing_better_does() -> None:
    assert guards(r"\bca\b") == {"ca"}
    assert guards(r"(?:ok|fine) \w+ server") == {"server"}
    assert needs(r"is (?:ok|fine) now") == (frozenset({"now"}),)


def test_a_group_guards_when_each_of_its_alternatives_does() -> None:
    assert guards("(?:reset|closed) by \\w+") == {"reset", "closed"}
    assert guards("(?:reset|\\d) now") == {"now"}


def test_what_is_optional_or_looks_around_guards_nothing() -> None:
    assert guards("(?:proxy )?x") == set()
    assert guards("(?!proxy)x") == set()
    assert guards("(?<!proxy)server") == {"server"}


def test_a_pattern_without_alternatives_needs_every_one_of_its_words() -> None:
    assert list(map(set, needs("certificate (?:has|was) verified"))) == [
        {"certificate"},
        {"has", "was"},
        {"verified"},
    ]
    assert list(map(set, needs("refused|no route"))) == [{"refused", "route"}]
    assert needs("(?:proxy )?x") == ()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATTERNS), st.data())
def test_what_a_pattern_matches_holds_one_of_its_guards(pattern: str, data: st.DataObject) -> None:
    matcher = compile_words(Words(any=(pattern,)), BOOK.words)
    guarded = matcher.patterns[0]
    text = data.draw(st.from_regex(guarded.pattern.pattern, fullmatch=False))
    match = guarded.pattern.search(text)

    if match and guarded.guard:
        assert any(literal in text for literal in guarded.guard)
        assert guarded in matcher.vocabulary.present_in(text).able[matcher.idea]
    if match:
        assert all(any(literal in text for literal in need) for need in guarded.needs)


def test_a_guard_is_found_beside_whatever_stands_next_to_it() -> None:
    matcher = compile_words(Words(any=("wi-?fi", "席", r"\(tcp\)")), {})
    texts = ("our (wifi) is down", "Wi-Fi!", "追加の席が必要です", "443 (tcp) 12@34")

    assert [len(matcher.hits(passages(make_ticket(text)))) for text in texts] == [1, 1, 1, 1]


def test_the_guards_of_evidence_are_found_whatever_the_case() -> None:
    assert folded_guards(r"Ok.{1,3}nd v.{1,3}rd|(?P<why>No Route) to host") == {"nd v", "no route"}
    assert folded_guards("Bağlantı reddedildi") == {"bağlanti reddedildi"}
    assert "baglanti" in folded("BAGLANTı")


def test_a_blank_stands_for_any_white_space() -> None:
    matcher = compile_words(Words(any=("no route to host",)), {})

    assert matcher.hits(passages(make_ticket("No route\n  to host")))


def test_a_blank_before_a_question_mark_may_be_missing() -> None:
    matcher = compile_words(Words(any=("クラウド ?ライセンス",)), {})

    assert re.search(matcher.patterns[0].pattern, "クラウドライセンス")
