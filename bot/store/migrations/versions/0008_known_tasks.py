"""A fetch that leaves alone what this version does not know: another version runs beside it."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: As fetch_job, but only tasks that the worker has. A job of a newer version would otherwise be a
#: dead letter as soon as an older worker meets it, while an upgrade rolls or is rolled back.
_FETCH = """
CREATE FUNCTION fetch_known_job(
    p_queues character varying[], p_tasks character varying[], p_worker_id bigint, p_least integer
) RETURNS procrastinate_jobs LANGUAGE plpgsql AS $$
DECLARE
    v_found procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT job.* FROM procrastinate_jobs AS job
        WHERE NOT EXISTS (
                SELECT FROM procrastinate_jobs AS other
                WHERE job.lock IS NOT NULL AND other.lock = job.lock AND (
                    other.status = 'doing' OR (other.status = 'todo' AND (
                        other.priority > job.priority
                        OR (other.priority = job.priority AND other.id < job.id)))))
            AND job.status = 'todo' AND job.priority >= p_least
            AND job.queue_name = ANY (p_queues) AND job.task_name = ANY (p_tasks)
            AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
        ORDER BY job.priority DESC, job.id ASC LIMIT 1
        FOR UPDATE OF job SKIP LOCKED
    )
    UPDATE procrastinate_jobs SET status = 'doing', worker_id = p_worker_id
        FROM candidate WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO v_found;
    RETURN v_found;
END;
$$;
"""


def upgrade() -> None:
    """Make the function."""
    op.execute(_FETCH)
