"""Deletes what is older than the retention says, and keeps the planner's statistics fresh."""

from collections.abc import Mapping
from typing import Final

from bot.store.database import Database

#: In this order: a note is kept while its ticket still has events, so that nothing is said twice,
#: and for two years at least: a ticket can rest for months before its next event, and the ledger
#: holds no text.
_OLD: Final[Mapping[str, str]] = {
    "events": "DELETE FROM events WHERE received_at < now() - make_interval(days => %(days)s)",
    "diagnoses": "DELETE FROM diagnoses WHERE decided_at < now() - make_interval(days => %(days)s)",
    "notes": "DELETE FROM notes"
    " WHERE created_at < now() - make_interval(days => greatest(%(days)s, 730))"
    " AND NOT EXISTS (SELECT FROM events WHERE events.ticket_id = notes.ticket_id)",
    "jobs": "DELETE FROM procrastinate_jobs WHERE status NOT IN ('todo', 'doing')"
    " AND NOT EXISTS (SELECT FROM procrastinate_events AS event"
    " WHERE event.job_id = procrastinate_jobs.id"
    " AND event.at >= now() - make_interval(days => %(days)s))",
    # Every ten minutes a pulse: its history is of use for days, not for months.
    "looks": "DELETE FROM looks WHERE run_id IS NULL"
    " AND seen_at < now() - make_interval(days => least(%(days)s, 14))",
    "probe_runs": "DELETE FROM probe_runs WHERE asked_at < now() - make_interval(days => %(days)s)",
    "step_ticks": "DELETE FROM step_ticks WHERE at < now() - make_interval(days => %(days)s)",
    "corrections": "DELETE FROM corrections WHERE at < now() - make_interval(days => %(days)s)",
    "sidebar_visits": "DELETE FROM sidebar_visits WHERE accepted_at < now() - interval '1 day'",
    "heartbeats": "DELETE FROM heartbeats WHERE seen_at < now() - interval '1 day'",
    "workers": "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - interval '1 day'",
    "budget_calls": "DELETE FROM budget_counts WHERE second < extract(epoch FROM now()) - 3600",
    "budgets": "DELETE FROM budgets WHERE bucket LIKE 'ticket:%%'"
    " AND resets_at < now() - interval '1 hour'",
}


def delete_old(database: Database, days: int) -> Mapping[str, int]:
    """Delete what is older than `days`; return how much of each kind went."""
    gone = {}
    for kind, statement in _OLD.items():
        with database.connection() as connection:
            gone[kind] = connection.execute(statement, {"days": days}).rowcount
    return gone


def analyze(database: Database) -> None:
    """Renew the planner's statistics of what changes most.

    Without them the lock-aware fetch of a job falls to a tenth of its speed.
    """
    with database.connection() as connection:
        connection.execute(
            "ANALYZE procrastinate_jobs, procrastinate_events, procrastinate_workers,"
            " job_failures, events, notes, diagnoses, budget_counts, looks"
        )
