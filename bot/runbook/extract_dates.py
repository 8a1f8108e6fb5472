"""When does the license end, where the ticket says so with a day, a month and a year?"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from bot.runbook.passages import Passage

_MONTHS: Final = {
    "juin": 6, "juil": 7, "jan": 1, "ene": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3,
    "apr": 4, "avr": 4, "abr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8, "aoû": 8,
    "ago": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip
_YEAR: Final = r"(?P<y>20[2-4]\d)"
_MONTH: Final = r"(?P<m>[a-zäéû]{3,10})\.?"
_DATES: Final = (
    re.compile(rf"(?<![\d-]){_YEAR}[-/](?P<m>\d{{1,2}})[-/](?P<d>\d{{1,2}})(?!\d)"),
    re.compile(rf"{_YEAR}年\s?(?P<m>\d{{1,2}})月\s?(?P<d>\d{{1,2}})日"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s(?:de\s|of\s)?{_MONTH},?\s(?:de\s|del\s)?{_YEAR}"
    ),
    re.compile(rf"\b{_MONTH}\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s{_YEAR}"),
    re.compile(rf"(?<![\d.])(?P<d>\d{{1,2}})\.\s?(?P<m>\d{{1,2}})\.\s?{_YEAR}(?!\d)"),
    re.compile(rf"(?<![\d/])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/{_YEAR}(?!\d)"),
)
_RELATIVE: Final = re.compile(
    r"\b(?:in (?P<n>\d{1,3}) (?:days|tagen)|dans (?P<j>\d{1,3}) jours|en (?P<s>\d{1,3}) d[ií]as"
    r"|(?P<word>tonight|today|tomorrow|yesterday|heute|morgen|gestern|demain|hier|mañana|ayer))\b"
    r"|(?P<t>\d{1,3})日後|(?P<ja>本日|明日|昨日)"
)
_SHIFTS: Final = {
    "tonight": 0, "today": 0, "heute": 0, "本日": 0, "tomorrow": 1, "morgen": 1, "demain": 1,
    "mañana": 1, "明日": 1, "yesterday": -1, "gestern": -1, "hier": -1, "ayer": -1, "昨日": -1,
}  # fmt: skip
#: It is about an end, just before the day.
_ENDS: Final = re.compile(
    r"(?:expir\w*|\bends?\b|\bended\b|\bending\b|\bend date\b|runs? out|ran out|\blapse[sd]?\b"
    r"|\buntil\b|\btill\b|valid (?:through|to)\b|läuft|lief|abgelaufen|ablauf\w*|gültig bis"
    r"|\bendet\w*|\bbis (?:zum )?|échéance|valable|jusqu'au|se termine|\bfin\b|caduc\w*|venc\w*"
    r"|termina\b|\bhasta\b|期限|失効|満了)[^\n]{0,40}$"
)
#: Or just after it, where the language puts the verb last.
_ENDS_AFTER: Final = re.compile(
    r"^[^\n.]{0,12}(?:\baus(?:läuft)?\b|\bab(?:gelaufen|läuft)?\b|\bendet\b|に(?:失効|期限|終了|満了|切れ)|まで)"
)
_BEGINS: Final = re.compile(r"\b(?:start|begin|beginn|début|inicio|from|since|seit|ab dem)\w*\b")
_LICENSE: Final = re.compile(
    r"licen[sc]|lizenz|subscription|\babo|souscription|suscripci|\bterm\b|ライセンス"
    r"|サブスクリプション|契約"
)
#: Other things end as well.
_OTHERS: Final = re.compile(
    r"certif|zertifik|証明書|\bcert\b|notafter|token|passwor|passwort|freeze|wartung|maintenance"
    r"|invoice|rechnung|factur|quote|angebot|devis|release|\btrial\b"
)
_BEFORE: Final = 90
_MONTHS_OF_A_YEAR: Final = 12
_AROUND: Final = 140


def find_ends(passage: Passage) -> Iterable[str]:
    """Return the days, as 2026-11-30, on which a license is said to end."""
    text = passage.plain
    for start, end, day in (*_dates(text), *_relative(passage)):
        before = text[max(0, start - _BEFORE) : start]
        around = text[max(0, start - _AROUND) : end + _AROUND // 2]
        if (
            _is_end(before, text[end : end + 20])
            and _LICENSE.search(around)
            and not _OTHERS.search(around)
        ):
            yield day.isoformat()


def _is_end(before: str, after: str) -> bool:
    found = _ENDS.search(before)
    said = found is not None and not _BEGINS.search(before, found.start())
    return said or _ENDS_AFTER.search(after) is not None


def _dates(text: str) -> Iterator[tuple[int, int, date]]:
    for pattern in _DATES:
        for match in pattern.finditer(text):
            day = _day(match.groupdict())
            if day is not None:
                yield match.start(), match.end(), day


def _day(found: Mapping[str, str]) -> date | None:
    """Return the date; of 03/04 nobody knows which is the month."""
    month, day = found.get("m", ""), found.get("d", "")
    if "a" in found:
        low, high = sorted((found["a"], found["b"]), key=int)
        if int(high) <= _MONTHS_OF_A_YEAR and low != high:
            return None
        month, day = low, high
    try:
        return date(int(found["y"]), int(month) if month.isdigit() else _month(month), int(day))
    except ValueError:
        return None


def _month(name: str) -> int:
    return _MONTHS.get(name[:4], _MONTHS.get(name[:3], 0))


def _relative(passage: Passage) -> Iterator[tuple[int, int, date]]:
    """Yield `tomorrow` and `in 3 days`, counted from the day on which it was written."""
    if passage.at is None or passage.kind == "quoted":
        return
    for match in _RELATIVE.finditer(passage.plain):
        word = match["word"] or match["ja"]
        days = next((match[key] for key in ("n", "j", "s", "t") if match[key]), None)
        shift = int(days) if days else _SHIFTS[word]
        yield match.start(), match.end(), passage.at.date() + timedelta(days=shift)
