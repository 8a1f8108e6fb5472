"""What happens by itself: who lives, the search for missed changes, the purge, the handbook."""

from collections.abc import Iterator
from typing import Final

from bot.cli.checks.finding import Finding, ok, warn
from bot.jobs.drift import read_drift
from bot.runbook.handbook import Handbook
from bot.store.database import Database
from bot.store.errands import Errands
from bot.store.heartbeats import Heartbeats

_SEARCH_LATE: Final = 1800.0
_PURGE_LATE: Final = 3 * 24 * 3600.0


def check_web(database: Database) -> Iterator[Finding]:
    """Does a web process share this store?"""
    alive = Heartbeats(database).alive("web")
    if not alive:
        yield warn("web", "no web process is alive in this store: no event comes in",
                   "Start `licensing-bot serve` with this store")  # fmt: skip
        return
    versions = ", ".join(sorted({beat.version for beat in alive}))
    yield ok("web", f"{len(alive)} processes alive, version {versions}")


def check_errands(database: Database) -> Iterator[Finding]:
    """Are missed changes looked for, and deleted tickets erased?"""
    errands = Errands(database)
    search, purge = errands.get("reconcile"), errands.get("purge")
    if search is None or search.seconds_ago is None:
        yield warn("missed events", "nobody has searched yet", "A worker does within five minutes")
    elif search.seconds_ago > _SEARCH_LATE:
        late = f"last searched {search.seconds_ago / 60:.0f} min ago"
        yield warn("missed events", late, "The worker's log says why the search fails")
    else:
        yield ok("missed events", f"last searched {search.seconds_ago / 60:.0f} min ago")
    if purge is None:
        return
    if purge.state.get("refused"):
        yield warn("deleted tickets", "Zendesk does not list them to us: they are not erased here",
                   "Give the bot's role the right to view deleted tickets")  # fmt: skip
    elif purge.seconds_ago is None or purge.seconds_ago > _PURGE_LATE:
        yield warn("deleted tickets", "not erased for three days", "The worker's log says why")
    else:
        yield ok("deleted tickets", f"erased {purge.seconds_ago / 3600:.0f} h ago")


def check_handbook(database: Database, handbook: Handbook) -> Iterator[Finding]:
    """Has the page changed that the runbook was built from?"""
    seen = read_drift(database, handbook)
    if seen is None:
        return
    for section, scenarios in seen.changed.items():
        on_it = ", ".join(scenarios) or "no scenario"
        yield warn("handbook", f"{section} has changed; {on_it} was built on it",
                   "Read it, mend the scenario, then `licensing-bot drift --accept`")  # fmt: skip
    if seen.trouble:
        yield warn("handbook", f"the page cannot be read: {seen.trouble}",
                   "Is `page` in handbook.toml right?")  # fmt: skip
    elif not seen.changed:
        yield ok("handbook", "unchanged" if seen.checked else "not read yet; once a week")
