"""Has the handbook page that the runbook was built from changed? Weekly, section by section.

Only the page is fetched, and nothing of any ticket goes there. A changed section names the
scenarios that were built on it; a person then decides what to do about it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from bot.jobs.handbook import sections_of
from bot.runbook.handbook import Handbook
from bot.store.database import Database
from bot.store.errands import Errand, Errands

log = logging.getLogger(__name__)

NAME: Final = "drift"
#: It is asked every hour: a failed week is made up for within the hour.
WEEKLY: Final = 7 * 24 * 3600.0
_TIMEOUT: Final = 20.0
_LARGEST: Final = 2_000_000
_REDIRECTS: Final = 3


class PageTrouble(Exception):  # noqa: N818  a state of the world
    """The page could not be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What has changed since the page was last accepted."""

    page: str
    checked: bool
    """Was it ever read?"""
    seconds_ago: float | None
    changed: Mapping[str, Sequence[str]]
    """Section, and the scenarios that were built on it."""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """Fetches the page and compares it with what it was."""

    database: Database
    handbook: Handbook
    fetch: Callable[[str], tuple[str, str]]

    def __call__(self) -> None:
        """Look once a week; off while handbook.toml names no page."""
        page = self.handbook.page
        if not page:
            return
        errand = Errands(self.database).begin(NAME, WEEKLY)
        if errand is not None:
            self.look(page, errand)

    def look(self, page: str, errand: Errand) -> None:
        """Read the page and keep what differs from the accepted one; the first is accepted."""
        errands = Errands(self.database)
        known = _hashes(errand, "accepted") if errand.state.get("page") == page else {}
        try:
            seen = sections_of(*self.fetch(page))
        except PageTrouble as error:
            if errand.state.get("trouble") != str(error):
                log.warning("the handbook page cannot be read", extra={"why": str(error)})
            errands.release(NAME, {**errand.state, "trouble": str(error)})
            return
        accepted = known or seen
        changed = changed_sections(accepted, seen, self.handbook)
        errands.end(NAME, {"page": page, "accepted": accepted, "seen": seen, "changed": changed})
        if changed:
            log.warning("the handbook has changed", extra={"sections": dict(changed)})


def read_drift(database: Database, handbook: Handbook) -> Drift | None:
    """Return what is known; None while no page is named."""
    page = handbook.page
    if not page:
        return None
    errand = Errands(database).get(NAME)
    if errand is None or errand.state.get("page") not in (page, None):
        return Drift(page, checked=False, seconds_ago=None, changed={})
    changed = changed_sections(_hashes(errand, "accepted"), _hashes(errand, "seen"), handbook)
    checked = bool(errand.state.get("seen"))
    return Drift(page, checked, errand.seconds_ago, changed, str(errand.state.get("trouble") or ""))


def accept_page(database: Database) -> bool:
    """Take the page as it was last seen for the one the runbook is built on; False without one."""
    errand = Errands(database).get(NAME)
    if errand is None or not errand.state.get("seen"):
        return False
    state = {**errand.state, "accepted": errand.state["seen"], "changed": {}}
    Errands(database).remember(NAME, state)
    return True


def changed_sections(
    accepted: Mapping[str, str], seen: Mapping[str, str], handbook: Handbook
) -> Mapping[str, Sequence[str]]:
    """Return the sections that are new, gone or different, each with its scenarios."""
    changed = [
        name for name in {**accepted, **seen} if accepted.get(name, "") != seen.get(name, "")
    ]
    return {name: handbook.built_on(name) for name in changed}


def fetch_page(address: str) -> tuple[str, str]:
    """Return content type and text of a page; raise `PageTrouble`."""
    if not address.startswith("https://"):
        raise PageTrouble("only https pages are fetched")
    try:
        with (
            httpx.Client(
                timeout=_TIMEOUT, follow_redirects=True, max_redirects=_REDIRECTS
            ) as client,
            client.stream("GET", address) as answer,
        ):
            return _read(answer)
    except httpx.HTTPError as error:
        raise PageTrouble(f"{type(error).__name__}") from error


def _read(answer: httpx.Response) -> tuple[str, str]:
    if not answer.is_success:
        raise PageTrouble(f"status {answer.status_code}")
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > _LARGEST:
            raise PageTrouble(f"larger than {_LARGEST} bytes")
        parts.append(part)
    text = b"".join(parts).decode(answer.encoding or "utf-8", "replace")
    return answer.headers.get("content-type", ""), text


def _hashes(errand: Errand, name: str) -> dict[str, str]:
    found = errand.state.get(name)
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
