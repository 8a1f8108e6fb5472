"""An agent waits for a command that became a dead letter: one line on the ticket says so, once."""

from typing import Final

from bot.queue import COMMAND, HANDLE_EVENT, defer_event
from bot.store.database import Database
from bot.store.events import AcceptedEvent, accept

STUCK: Final = "stuck"
#: Only commands: nobody waits for what the bot does of its own accord. An old one is no news.
_WAITED_FOR: Final = """
SELECT job.id, (job.args ->> 'ticket_id')::bigint, now()
FROM procrastinate_jobs AS job JOIN job_failures AS failure ON failure.job_id = job.id
WHERE job.status = 'failed' AND job.task_name = %s AND job.args ->> 'kind' = 'command'
    AND failure.failed_at > now() - interval '1 hour'
    AND NOT EXISTS (SELECT FROM events WHERE key = 'stuck-' || job.id)
ORDER BY job.id LIMIT 20
"""


def tell_waiting_agents(database: Database) -> int:
    """Put an event that says it on the ticket of every command that failed for good."""
    told = 0
    with database.connection() as connection:
        for job_id, ticket_id, now in connection.execute(_WAITED_FOR, (HANDLE_EVENT,)).fetchall():
            key = f"{STUCK}-{job_id}"
            if accept(connection, AcceptedEvent(key, ticket_id, STUCK, "no", now)):
                defer_event(
                    connection, key, ticket_id, STUCK, "no", None, now, priority=COMMAND
                )  # fmt: skip
                told += 1
    return told
