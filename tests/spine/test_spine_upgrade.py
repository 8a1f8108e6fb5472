"""An upgrade rolls, or is rolled back, with jobs in flight: neither version loses the other's."""

import json

import pytest

from bot.store.schema import REVISION
from scripts.spine import Spine, wait_for

pytestmark = pytest.mark.slow

PATIENCE = 120.0
NEWER = "9999"


def put_job(body: Spine, task: str, ticket: int, arguments: dict[str, object]) -> int:
    """Put a job into the queue as another version would have written it."""
    rows = body.sql(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
        f" VALUES ('events', '{task}', 'ticket:{ticket}', '{json.dumps(arguments)}') RETURNING id"
    )
    return int(str(rows[0][0]))


def jobs_of(body: Spine, ticket: int) -> list[str]:
    rows = body.sql(f"SELECT status FROM procrastinate_jobs WHERE lock = 'ticket:{ticket}'")
    return [str(row[0]) for row in rows]


def noted_once(body: Spine, ticket: int) -> bool:
    return body.sandbox.notes().get(ticket) == 1


def test_jobs_of_the_version_before_and_after_are_handled(body: Spine) -> None:
    body.sandbox.set_faults({"match": "WEBHOOK", "what": "loss"})
    older, newer = body.file_ticket(), body.file_ticket()
    body.sandbox.set_faults()

    put_job(body, "handle_event", older, {"key": "older", "ticket_id": older, "kind": "created"})
    put_job(
        body, "handle_event", newer,
        {"key": "newer", "ticket_id": newer, "kind": "created", "attachments": "no",
         "actor_id": None, "received_at": None, "colour": "green", "parts": [1, 2]},
    )  # fmt: skip

    for ticket in (older, newer):
        wait_for("the note", lambda ticket=ticket: noted_once(body, ticket), PATIENCE)  # type: ignore[misc]  # a lambda's default has no type
    # The note is there a moment before its job is done.
    for ticket in (older, newer):
        wait_for("the job's end", lambda ticket=ticket: not jobs_of(body, ticket), PATIENCE)  # type: ignore[misc]  # a lambda's default has no type


def test_a_task_of_a_newer_version_waits_for_it(body: Spine) -> None:
    put_job(body, "dance", 77, {"steps": 3})
    ticket = body.file_ticket()
    wait_for("another ticket's note", lambda: noted_once(body, ticket), PATIENCE)

    assert jobs_of(body, 77) == ["todo"]
    body.sql("DELETE FROM procrastinate_jobs WHERE task_name = 'dance' RETURNING id")


def test_a_version_that_was_rolled_back_starts_on_the_newer_schema(body: Spine) -> None:
    body.sql(f"UPDATE alembic_version SET version_num = '{NEWER}' RETURNING 1")
    try:
        extra = body.start_worker()
        body.command("migrate")
        ticket = body.file_ticket()
        wait_for("the note", lambda: noted_once(body, ticket), PATIENCE)

        assert extra.poll() is None
    finally:
        body.sql(f"UPDATE alembic_version SET version_num = '{REVISION}' RETURNING 1")
