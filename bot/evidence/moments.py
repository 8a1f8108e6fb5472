"""Which day was it when this was pasted? Dates as tools, logs, mails and people write them."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

#: The first letters of the months in the languages that locales print.
_MONTHS: Final = {
    "jan": 1, "ene": 1, "gen": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3,
    "apr": 4, "avr": 4, "abr": 4, "may": 5, "mai": 5, "mag": 5, "jun": 6, "giu": 6, "jul": 7,
    "lug": 7, "aug": 8, "aoû": 8, "ago": 8, "sep": 9, "set": 9, "oct": 10, "okt": 10, "ott": 10,
    "out": 10, "nov": 11, "dec": 12, "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip
_TWO_MONTHS: Final = {"juin": 6, "juil": 7}
_YEAR: Final = r"(?:19[7-9]|20)\d\d"
_CLOCK: Final = r"[\d:.]{4,12}(?: [AP]M)?(?: [A-Z]{2,5}| [+-]\d{2}:?\d{2})?"
_WRITTEN: Final = (
    re.compile(rf"\b(?P<y>{_YEAR})[-/](?P<n>\d\d)[-/](?P<d>\d\d)(?!\d)"),
    re.compile(
        rf"\b(?P<m>[^\W\d_]{{3,9}})\.? +(?P<d>\d{{1,2}})(?:,? {_CLOCK}|,)? +(?P<y>{_YEAR})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})\.?[ -](?:de )?(?P<m>[^\W\d_]{{3,9}})\.?"
        rf"(?: de)?(?:,? {_CLOCK})?[ -](?P<y>{_YEAR})\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?P<d>\d{{1,2}})\.(?P<n>\d{{1,2}})\.(?P<y>{_YEAR})\b"),
    re.compile(rf"\b(?P<n>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>{_YEAR})\b"),
)
_NAME: Final = (
    r"(?P<m>jan(?:uary|uar|vier)?|ene(?:ro)?|janeiro|feb(?:ruary|ruar|rero)?|f[ée]v(?:rier)?"
    r"|fevereiro|mar(?:ch|s|zo)?|m[äa]rz|mrz|mar[çc]o|apr(?:il)?|avr(?:il)?|abr(?:il)?|may|mai|mayo"
    r"|maio|june?|juni|juin|junio|junho|july?|juli|juillet|julio|julho|aug(?:ust)?|ao[ûu]t|ago(?:sto)?"
    r"|sept?(?:ember|embre|iembre|tembre)?|setembro|o[ck]t(?:ober|obre|ubre)?|out(?:ubro)?"
    r"|nov(?:ember|embre|iembre|embro)?|de[cz](?:ember|embre|embro)?|d[ée]c(?:embre)?|dic(?:iembre)?)"
)
#: A day without its year.
_SHORT: Final = (
    re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\.? (?:de |of )?{_NAME}\b", re.IGNORECASE),
    re.compile(rf"\b{_NAME}\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:\d])", re.IGNORECASE),
    re.compile(r"\b(?P<d>\d{1,2})\.(?P<n>\d{1,2})\.(?!\d)"),
    re.compile(r"(?P<n>\d{1,2})月(?P<d>\d{1,2})日"),
    re.compile(r"(?<![/\d])(?P<n>\d{1,2})/(?P<d>\d{1,2})(?![/\d])"),
)
_SOME_YEAR: Final = 2024
#: All that ``date`` prints is the date: the machine's own clock.
_OF_THE_CLOCK: Final = re.compile(
    r"\s*[^\W\d_]{2,10}\.?,? +(?=\S*.{0,24}\d:\d\d).{0,40}"
    rf"{_YEAR}(?: \d{{1,2}}:\d\d:\d\d.{{0,12}})?\s*$"
    r"|\s*(?:local|universal) time: ",
    re.IGNORECASE,
)
#: What stands before the time of a log line, of an answer, of a mail, or before somebody's word.
_TOLD: Final = re.compile(
    r"[\s<*]{0,6}date ?: |\W{0,4}(?:\"?time\"?: ?\")?20\d\d-\d\d-\d\d[T ]\d\d:|;; when:"
    r"|starting (?:nmap|\S+) .{0,60}20\d\d|\s*(?:sent|gesendet|envoyé|enviado) ?:"
    r"|.{0,40}\b(?:today|heute|current (?:date|time)|aujourd|hoy)\b",
    re.IGNORECASE,
)
#: The end of a licence or of a certificate is no time of day, whoever speaks of today beside it.
_OF_A_TERM: Final = re.compile(
    r"not ?(?:valid )?(?:before|after)|expir|valid|until|licen[cs]e", re.IGNORECASE
)


def dates_in(text: str) -> Iterator[date]:
    """The dates in the text, in the order of their notation."""
    for notation in _WRITTEN:
        for match in notation.finditer(text):
            if (found := _date(match)) is not None:
                yield found


def day_in(text: str, today: date | None = None) -> date | None:
    """The first day that the text names; without a year it is the last such day until today."""
    whole = next(dates_in(text), None)
    if whole is not None:
        return whole
    year = today.year if today else _SOME_YEAR
    for notation in _SHORT:
        match = notation.search(text)
        found = _date(match, year) if match else None
        if found is not None:
            ahead = today is not None and (found - today).days > _SOON
            return found.replace(year=year - 1) if ahead and found.day < _LEAP else found
    return None


def today_of(lines: Iterable[str]) -> date | None:
    """The day of the paste: by the machine's clock, or else the latest that anything tells."""
    told: list[date] = []
    clock: date | None = None
    for line in lines:
        if len(line) > _LONGEST or _OF_A_TERM.search(line):
            continue
        shown = _OF_THE_CLOCK.match(line) is not None
        if shown or _TOLD.match(line):
            days = tuple(dates_in(line))
            clock = days[0] if shown and days else clock
            told += days[:1]
    return clock or max(told, default=None)


_LONGEST: Final = 600
#: A day a little ahead is another time zone's, or a clock that is wrong; of February's last one no
#: other year is asked.
_SOON, _LEAP = 7, 29


def _date(match: re.Match[str], year: int = 0) -> date | None:
    groups = match.groupdict()
    month = int(groups["n"]) if groups.get("n") else _month(groups["m"])
    day = int(groups["d"])
    if month > 12 >= day:  # noqa: PLR2004 - months: the day was written first
        month, day = day, month
    try:
        return date(int(groups.get("y") or year), month, day)
    except ValueError:
        return None


def _month(name: str) -> int:
    word = name.lower()
    return _TWO_MONTHS.get(word[:4]) or _MONTHS.get(word[:3], 0)
