"""When was what stands in a paste? Sentences that date the output below them cut it into eras."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from bot.evidence.complaints import is_prose
from bot.evidence.moments import day_in, today_of
from bot.evidence.normalise import Line, Lines
from bot.evidence.prompts import command_of
from bot.evidence.shapes import shape_of
from bot.evidence.timewords import (
    AFTER,
    AGO,
    BEFORE,
    DAYS,
    MORNING,
    NOW,
    SINCE,
    STILL,
    TODAY,
    UNITS,
    WEEKDAYS,
)

#: Days from the present: what is so now, what was so before some change, and this morning.
PRESENT: Final = 0.9
_BEFORE, _MORNING = -0.25, 0.3
_MOST_WORDS, _FEW_WORDS = 30, 6
_LONGEST: Final = 400
_MOST_ERAS: Final = 12
_NEAR: Final = 6
_NEAR_SINCE: Final = 30
#: No sentence: what tools, headers and logins print beside a date.
_NO_HEAD: Final = re.compile(
    r"\s*(?:[<*;{|]|(?:date|expires?|last[- ](?:modified|changed|update\w*)|set-cookie|issued"
    r"|not ?(?:before|after)|valid\w*"
    r"|modify|change|access|birth|start\w*|sent|gesendet|envoyé|enviado|uptime|build\w*"
    r"|version)\b ?\w* ?[:=]|at \S+\("
    r"|[\w ]{0,30}\b(?:valid|expir\w*|start\w*|issued)\b[\w ]{0,20}: ?\d"
    r"|last login|welcome|\d{4}-\d\d-\d\d[t ]\d\d:|\S+=\S)",
    re.IGNORECASE,
)
#: Who wrote the mail that is quoted below.
_WROTE: Final = re.compile(
    r"\b(?:wrote|schrieb|a [ée]crit|escribi[óo]|escreveu|ha scritto)\b.{0,80}:\s*$"
    r"|^\W*-{2,} ?(?:original message|urspr[üu]ngliche nachricht|message d'origine"
    r"|mensaje original|mensagem original)",
    re.IGNORECASE,
)
#: Said of the output above, and not of what follows.
_OF_ABOVE: Final = re.compile(r"\s*(?:\(|\^|↑|<-|←|that was|das war|c'[ée]tait)", re.IGNORECASE)
_REMARK: Final = re.compile(r"\s#+\s(?P<said>[^#]{3,80})$")
_CLOCK: Final = re.compile(
    r"(?:^\W*|\b(?:at|um|gegen|à|a las|às|alle) |, )"
    r"(?P<h>[01]?\d|2[0-3])[:h](?P<m>[0-5]\d)\b(?!:\d)",
    re.IGNORECASE,
)


#: How it was then: what such a sentence dates is what it shows.
_STATE: Final = re.compile(
    r"\b(?:work(?:s|ed|ing)?|fine|ok|okay|good|success\w*|fail\w*|broke\w*|outputs?|results?|look(?:s|ed)"
    r"|answer\w*|test\w*|ran|saw|got|show\w*|responses?|same (?:box|server|host|command|machine)"
    r"|ging|lief|funktionier\w*|klappte|geklappt|gelaufen|ausgaben?|ergebnis\w*|getestet|gesehen"
    r"|marchait|fonctionn\w+|[ée]tait|r[ée]sultats?|sortie|march[ée]|passait"
    r"|funcionaba|funcion[óo]|iba|salida|resultados?|funcionava|funcionou|sa[íi]da|andava)\b"
    r"|動い|動作|でき|成功|失敗|結果|正常|繋が|つなが|出力|通って|問題な",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Era:
    """Consecutive lines of which the paste says when they were seen."""

    lines: Lines
    when: float | None = None
    """Days from the present, negative in the past; None when nothing is said of any time."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """From this line on: `when`, in days."""

    index: int
    when: float


def eras(lines: Lines, today: date | None = None) -> tuple[Era, ...]:
    """The paste in its order, cut where it says that another time begins."""
    told = lines.lines
    marks = _marks(told, _today(told, today))
    if not any(mark.when < 0 for mark in marks) and len({mark.when for mark in marks}) <= 1:
        return (Era(lines),)
    cuts = [*marks[:_MOST_ERAS], _Mark(len(told), PRESENT)]
    if cuts[0].index:
        cuts.insert(0, _Mark(0, PRESENT))
    return tuple(
        Era(Lines(told[one.index : other.index]), one.when)
        for one, other in pairwise(cuts)
        if one.index < other.index
    )


def _today(lines: Sequence[Line], today: date | None) -> date | None:
    """The day that somebody calls today, or the latest that a heading names."""
    named: list[date] = []
    for text in _heads(lines):
        day = day_in(text, today)
        if day and TODAY.search(text):
            return day
        named += [day] if day else []
    return today or today_of(line.text for line in lines) or max(named, default=None)


def _heads(lines: Sequence[Line]) -> Iterator[str]:
    return (text for line in lines if (text := _head(line.text)))


def _marks(lines: Sequence[Line], today: date | None) -> list[_Mark]:
    found: list[_Mark] = []
    for index, line in enumerate(lines):
        text = _head(line.text)
        when = _when(text, today, len(found)) if text else None
        if when is None:
            continue
        if _OF_ABOVE.match(text) and _begins_output(lines, index):
            found = _dated_above(found, index, when)
        else:
            found.append(_Mark(index, when))
            found += _after_quote(lines, index, text)
    return found


def _dated_above(found: list[_Mark], index: int, when: float) -> list[_Mark]:
    """``(that was last week)``: from the mark before it, or from the beginning."""
    start = found[-1].index if found and found[-1].when == PRESENT else 0
    if found and not start:
        return found
    return [*found[: -1 if start else None], _Mark(start, when), _Mark(index + 1, PRESENT)]


def _begins_output(lines: Sequence[Line], index: int) -> bool:
    """Does the line end what came before, with nothing or an empty line below it?"""
    below = lines[index + 1].text if index + 1 < len(lines) else ""
    return not below.strip() and index > 0


def _after_quote(lines: Sequence[Line], index: int, text: str) -> list[_Mark]:
    """Below a quoted mail its reader goes on in the present."""
    if not _WROTE.search(text):
        return []
    quoted = False
    for place in range(index + 1, len(lines)):
        raw = lines[place].raw.strip()
        if raw.startswith(">"):
            quoted = True
        elif raw and quoted and not lines[index].raw.lstrip().startswith(">"):
            return [_Mark(place, PRESENT)]
        elif raw and not quoted:
            return []
    return []


def _head(text: str) -> str:
    """The line when it is a sentence or a heading, or the remark at the end of a command."""
    if not text.strip() or len(text) > _LONGEST:
        return ""
    if _WROTE.search(text):
        return text
    command = command_of(text)
    if command is not None:
        remark = _REMARK.search(command.line)
        return remark["said"] if remark else ""
    if _NO_HEAD.match(text) or shape_of(text) or len(text.split()) > _MOST_WORDS:
        return ""
    short = len(text.split()) <= _FEW_WORDS
    return text if short or text.rstrip().endswith(":") or is_prose(text) else ""


def _when(text: str, today: date | None, place: int) -> float | None:
    """The last time that the sentence speaks of."""
    if AFTER.match(text):
        return PRESENT
    spans = sorted(_spans(text, today, place))
    if not spans:
        return PRESENT if STILL.search(text) else _clock(text)
    kept = spans[:1]
    for start, end, when in spans[1:]:
        if not _absorbed(text, kept[-1], start):
            kept.append((start, end, when))
    return kept[-1][2] if kept[-1][2] >= 0 or _dates_output(text, kept[-1]) else None


def _dates_output(text: str, told: tuple[int, int, float]) -> bool:
    """Is it what was seen that the sentence dates, and not an order, a call or a change?"""
    if _STATE.search(text) or _WROTE.search(text) or len(text.split()) <= _FEW_WORDS:
        return True
    after = text[told[1] :].rstrip()
    return after.endswith(":") and re.search(r"[.!?] ", after) is None


def _absorbed(text: str, before: tuple[int, int, float], start: int) -> bool:
    """``since Monday``, ``today (24 Nov)``, ``last week (16 Nov)``: one time, said twice."""
    between = text[before[1] : start]
    if before[2] < 0 or re.search(r"[,;.]", between):
        return start < before[1]
    since = SINCE.match(text[before[0] : before[1]]) is not None
    return len(between) <= (_NEAR_SINCE if since else _NEAR) or start < before[1]


def _spans(text: str, today: date | None, place: int) -> Iterator[tuple[int, int, float]]:
    """Every time in the text: where it stands, and how many days it is from now."""
    for found in NOW.finditer(text):
        yield found.start(), found.end(), PRESENT
    for found in MORNING.finditer(text):
        yield found.start(), found.end(), _MORNING
    for found in BEFORE.finditer(text):
        yield found.start(), found.end(), _BEFORE
    for words, back in DAYS:
        for found in words.finditer(text):
            yield found.start(), found.end(), _clock(text, -back) or -back + 0.5
    for words in AGO:
        for found in words.finditer(text):
            yield found.start(), found.end(), PRESENT - _days(found)
    yield from _calendar(text, today, place)


def _calendar(text: str, today: date | None, place: int) -> Iterator[tuple[int, int, float]]:
    day = day_in(text, today)
    if day is not None and today is not None:
        start, end = _place_of_day(text)
        back = min((day - today).days, 0)
        yield start, end, _clock(text, back) or back + 0.5
        return
    for number, words in enumerate(WEEKDAYS):
        for found in words.finditer(text):
            back = (today.weekday() - number) % 7 if today else 7 - min(place, 6)
            yield found.start(), found.end(), _clock(text, -back) or -back + 0.5


def _place_of_day(text: str) -> tuple[int, int]:
    digits = list(re.finditer(r"\d{1,4}", text))
    return digits[0].start(), digits[-1].end()


def _days(found: re.Match[str]) -> float:
    unit = found["u"].lower()
    days = next((days for name, days in UNITS if unit.startswith(name)), 365)
    return (int(found["n"]) if found["n"].isdecimal() else 2) * days


def _clock(text: str, day: int = 0) -> float | None:
    """A time of day in a heading, as a part of its day."""
    found = _CLOCK.search(text)
    if found is None or not (day or text.rstrip().endswith(":") or len(text) < _LONGEST / 8):
        return None
    return day + (int(found["h"]) + int(found["m"]) / 60) / 24 * PRESENT
