"""Which words of a ticket still stand? Not what was cured since, nor what instructions say."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.evidence.observation import Observation
from bot.runbook.excuse import Span, shown_in
from bot.runbook.outlived import outlived
from bot.runbook.passages import Passage, sentence_around
from bot.runbook.words import Matcher

Words = Mapping[str, Matcher]
#: So far before its cure an error is looked for, and so soon after it the text turns.
_BEFORE: Final = 500
_AFTER: Final = 140
#: One step of a list.
_STEP: Final = re.compile(
    r"^[ \t]*(?:\d+[.)]|[-*•])[ \t]*[^\n]+(?:\n(?![ \t]*(?:\n|\d+[.)]|[-*•]))[^\n]+)*", re.MULTILINE
)
#: A step with its result is a report.
_RESULT: Final = re.compile(r"->|=>|→|✓|✗|\b(?:ok|done|erledigt)\b")
_STEPS: Final = 2


def standing(
    parts: Sequence[Passage], seen: Sequence[Observation], words: Words
) -> tuple[tuple[Passage, ...], list[Observation]]:
    """Blank what no longer stands, and drop what was only seen there."""
    void: dict[int, list[Span]] = defaultdict(list)
    for passage, span in (
        *_cured(parts, words), *_turned(parts, words), *_told(parts, words),
        *_supposed(parts, words), *_filled_in(parts, words), *outlived(parts, seen, words),
    ):  # fmt: skip
        void[id(passage)].append(span)
    if not void:
        return tuple(parts), list(seen)
    shown = shown_in(parts, seen)
    stands = {
        id(one.look)
        for one in shown
        if not any(low < one.until and one.at < high for low, high in void[id(one.passage)])
    }
    gone = {id(one.look) for one in shown} - stands
    kept = [look for look in seen if id(look) not in gone]
    return tuple(_blanked(passage, void[id(passage)]) for passage in parts), kept


def _blanked(passage: Passage, spans: Sequence[Span]) -> Passage:
    text = passage.plain
    for low, high in spans:
        text = text[:low] + re.sub(r"[^\n]", " ", text[low:high]) + text[high:]
    return replace(passage, plain=text) if spans else passage


def _cured(parts: Sequence[Passage], words: Words) -> Iterator[tuple[Passage, Span]]:
    """Where the customer's newest message says that it works, all before it is history."""
    own = [part for part in parts if part.kind == "text" and part.author == "customer"]
    newest = max((part.order for part in own), default=0)
    news = [part for part in own if part.order == newest] if newest else []
    hits = words["settled"].hits(news)
    if not hits or words["not_settled"].hits(news):
        return
    for part in parts:
        if part.order < newest or part.kind == "quoted":
            yield part, (0, len(part.plain))
    yield hits[0].passage, (0, hits[0].start)


def _turned(parts: Sequence[Passage], words: Words) -> Iterator[tuple[Passage, Span]]:
    """A fault, its cure, and then 'however': only what follows is asked."""
    for part in parts:
        if part.kind == "subject":
            continue
        for hit in words["settled"].hits([part]) + words["settled_then"].hits([part]):
            low = max(0, hit.start - _BEFORE)
            high = min(len(part.plain), hit.end + _AFTER)
            if words["turn"].is_in(part, hit.end, high) and words["broken"].is_in(
                part, low, hit.start
            ):
                yield part, (low, hit.start)
        for asked in words["new_question"].hits([part]):
            if words["settled"].is_in(part, max(0, asked.start - _BEFORE), asked.start):
                yield part, (0, asked.start)


def _supposed(parts: Sequence[Passage], words: Words) -> Iterator[tuple[Passage, Span]]:
    """What would happen if: a question about a day that has not come."""
    for part in parts:
        for hit in words["supposed"].hits([part]):
            yield part, sentence_around(part, hit.start, hit.end)


def _filled_in(parts: Sequence[Passage], words: Words) -> Iterator[tuple[Passage, Span]]:
    """The headings of a form that somebody's ticket system has put around the text."""
    for part in parts:
        for hit in words["form_line"].hits([part]):
            yield part, (hit.start, hit.end)


def _told(parts: Sequence[Passage], words: Words) -> Iterator[tuple[Passage, Span]]:
    """What instructions say about errors was not seen by anybody."""
    for part in parts:
        for hit in words["instruction"].hits([part]):
            yield part, _told_around(part, hit.start, hit.end)
        steps = [
            step.span()
            for step in _STEP.finditer(part.plain)
            if (part.author == "agent" or words["imperative"].is_in(part, *step.span()))
            and not _RESULT.search(step.group())
        ]
        if len(steps) >= _STEPS:
            yield from ((part, step) for step in steps)


def _told_around(part: Passage, start: int, end: int) -> Span:
    """Return the sentence; of what was quoted or is listed, the whole line."""
    low, high = sentence_around(part, start, end)
    first = part.plain.rfind("\n", 0, start) + 1
    if part.kind != "quoted" and not _STEP.match(part.plain, first):
        return low, high
    last = part.plain.find("\n", end)
    return min(low, first), max(high, last if last >= 0 else len(part.plain))
