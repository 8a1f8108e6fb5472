"""The app's test client, and what the store holds after a delivery."""

import json
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.config import Settings
from bot.store.database import Database
from bot.web.account import Account, Known
from bot.web.app import create_app
from tests.web.web_factories import HOST, SECRET

BOT = 31337
ACCOUNT = 22129848


def client_of(database: Database, *secrets: str, account_id: int | None = None) -> FlaskClient:
    known = Known(bot_user_id=BOT, account_id=account_id)
    chosen = Settings(
        zendesk_url=f"https://{HOST}",
        zendesk_webhook_secrets=secrets or (SECRET,),
        state_dir=Path(),
    )
    return create_app(chosen, database, account=Account(HOST, lambda: known)).test_client()


def jobs(database: Database) -> list[tuple[str, int, str, dict[str, object], float]]:
    """Lock, priority, queue, arguments and delay of every job."""
    with database.connection() as connection:
        return connection.execute(
            "SELECT job.lock, job.priority, job.queue_name, job.args, coalesce(extract("
            " epoch FROM job.scheduled_at - event.at), 0)::float8"
            " FROM procrastinate_jobs AS job JOIN procrastinate_events AS event"
            " ON event.job_id = job.id AND event.type = 'deferred' ORDER BY job.id"
        ).fetchall()


def stored(database: Database) -> tuple[int, int]:
    """How many events and how many jobs there are."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM procrastinate_jobs)"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, str(json.loads(response.data)["error"])
