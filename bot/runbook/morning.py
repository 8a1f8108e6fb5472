"""Can it wait until morning? From the end of the license, where the ticket names it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from bot.runbook.book import Runbook
from bot.runbook.choose import Course
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.extract import values_of
from bot.runbook.snippet import render

#: After the end the instance goes on for so long (facts: constants of the product).
GRACE: Final = timedelta(days=14)
#: An end so long ago belongs to an older license.
_FORGOTTEN: Final = 60
#: Of the server's time zone nothing is known: one day either way is close.
_CLOSE: Final = 1


def morning(book: Runbook, diagnosis: Diagnosis, course: Course, today: date) -> str:
    """Return the sentence; without a date in the ticket the scenario's own one, which asks."""
    ends = _ends(diagnosis, today)
    if not ends or course.scenario.silent:
        return render(course.scenario.wait, course.values)
    words = book.head.note
    if len(ends) > 1 or (ends[0] > today and _says_expired(diagnosis)):
        named = ", ".join(day.isoformat() for day in ends)
        return render(words["wait_unsure"], {"dates": named})
    end = ends[0]
    values = {
        "date": end.isoformat(),
        "days": str(abs((end - today).days)),
        "read_only": (end + GRACE).isoformat(),
    }
    return render(words[_case(end, today)], values)


def _case(end: date, today: date) -> str:
    left = (end - today).days
    if left > _CLOSE:
        return "wait_ahead"
    if left >= -_CLOSE:
        return "wait_close"
    return "wait_grace" if left + GRACE.days > _CLOSE else "wait_over"


def _ends(diagnosis: Diagnosis, today: date) -> Sequence[date]:
    stated = values_of(diagnosis.extracted, "license_ends")
    days = sorted({date.fromisoformat(text) for text in stated})
    return [day for day in days if (today - day).days <= _FORGOTTEN]


def _says_expired(diagnosis: Diagnosis) -> bool:
    causes = {look.cause for look in diagnosis.observations if look.verdict == "fail"}
    return "app_subscription_expired" in causes
