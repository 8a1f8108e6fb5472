"""Budgets by the second instead of by the call, and a fetch that keeps to them.

`budget_acquire` keeps its signature: the version before this one goes on calling it.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE budget_counts (
    bucket text NOT NULL,
    second bigint NOT NULL,
    calls integer NOT NULL,
    PRIMARY KEY (bucket, second)
) WITH (fillfactor = 50);
COMMENT ON TABLE budget_counts IS 'Calls to Zendesk by bucket and second of the epoch';
ALTER TABLE budgets ADD COLUMN taken integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN budgets.taken IS 'calls taken since remaining was learnt';
"""

#: What an automatic call leaves for an agent who waits: a twentieth, at least one.
_KEEP = """
CREATE FUNCTION budget_kept(p_capacity integer, p_command boolean)
RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_command OR p_capacity < 4 THEN 0
        ELSE least(5, greatest(1, p_capacity / 20)) END
$$;
"""

#: Reads only. A second that has begun counts until it has passed the window whole, so the window
#: is up to a second longer than Zendesk's: what is on its way may arrive late.
_WAIT = """
CREATE FUNCTION budget_wait(
    p_buckets text[], p_calls integer[], p_capacities integer[], p_seconds double precision[],
    p_command boolean, OUT seconds double precision, OUT bucket text
) LANGUAGE plpgsql AS $$
DECLARE
    v_now double precision := extract(epoch FROM clock_timestamp());
    v_wait double precision;
    v_ask record;
    v_room integer;
    v_used integer;
BEGIN
    seconds := 0;
    SELECT extract(epoch FROM blocked_until) - v_now INTO v_wait
        FROM budgets WHERE budgets.bucket = 'all';
    -- Nobody is told to wait for longer than a quarter of an hour: then the clock has jumped.
    IF v_wait BETWEEN 0 AND 900 THEN
        seconds := v_wait;
        bucket := 'all';
        RETURN;
    END IF;
    FOR v_ask IN
        SELECT asked.bucket, asked.calls, coalesce(known.capacity, asked.capacity) AS capacity,
            ceil(coalesce(known.seconds, asked.seconds))::bigint AS span,
            known.remaining - known.taken AS remaining,
            extract(epoch FROM known.resets_at) - v_now AS resets
        FROM unnest(p_buckets, p_calls, p_capacities, p_seconds)
            AS asked (bucket, calls, capacity, seconds)
        LEFT JOIN budgets AS known USING (bucket)
        WHERE coalesce(known.capacity, asked.capacity) IS NOT NULL
    LOOP
        v_room := v_ask.capacity - budget_kept(v_ask.capacity, p_command) - v_ask.calls;
        SELECT coalesce(sum(calls), 0) INTO v_used FROM budget_counts AS count
            WHERE count.bucket = v_ask.bucket
                AND second BETWEEN floor(v_now) - v_ask.span AND floor(v_now) + 1;
        v_wait := 0;
        IF v_used > 0 AND v_used > v_room THEN
            -- The second that must leave the window before there is room again.
            SELECT min(second) + v_ask.span + 1 - v_now INTO v_wait FROM (
                SELECT second, sum(calls) OVER (ORDER BY second) AS gone
                FROM budget_counts AS count
                WHERE count.bucket = v_ask.bucket
                    AND second BETWEEN floor(v_now) - v_ask.span AND floor(v_now) + 1
            ) AS leaving WHERE v_used - gone <= greatest(v_room, 0);
        END IF;
        IF v_ask.resets BETWEEN 0 AND 900 AND v_ask.remaining - v_ask.calls
            < budget_kept(v_ask.capacity, p_command) THEN
            v_wait := greatest(v_wait, v_ask.resets);
        END IF;
        IF v_wait > seconds THEN
            seconds := greatest(v_wait, 0.05);
            bucket := v_ask.bucket;
        END IF;
    END LOOP;
END;
$$;
"""

_TAKE = """
CREATE FUNCTION budget_take(
    p_buckets text[], p_calls integer[], p_capacities integer[], p_seconds double precision[],
    p_command boolean, OUT seconds double precision, OUT bucket text, OUT at bigint
) LANGUAGE plpgsql AS $$
BEGIN
    -- Losing a count in a crash costs at most one 429; waiting for the disk would cost every call.
    PERFORM set_config('synchronous_commit', 'off', true);
    -- One at a time, or two callers would both take the last call.
    PERFORM pg_advisory_xact_lock(7206117);
    SELECT waiting.seconds, waiting.bucket INTO seconds, bucket
        FROM budget_wait(p_buckets, p_calls, p_capacities, p_seconds, p_command) AS waiting;
    IF seconds > 0 THEN
        RETURN;
    END IF;
    at := floor(extract(epoch FROM clock_timestamp()));
    INSERT INTO budget_counts AS count (bucket, second, calls)
        SELECT asked.bucket, at, asked.calls
        FROM unnest(p_buckets, p_calls) AS asked (bucket, calls)
        ON CONFLICT ON CONSTRAINT budget_counts_pkey
        DO UPDATE SET calls = count.calls + excluded.calls;
    UPDATE budgets SET taken = taken + asked.calls
        FROM unnest(p_buckets, p_calls) AS asked (bucket, calls)
        WHERE budgets.bucket = asked.bucket AND resets_at > clock_timestamp();
    IF random() < 0.001 THEN
        DELETE FROM budget_counts WHERE second < at - 1800;
    END IF;
END;
$$;
CREATE FUNCTION budget_return(p_buckets text[], p_calls integer[], p_at bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM pg_advisory_xact_lock(7206117);
    UPDATE budget_counts AS count SET calls = greatest(count.calls - given.calls, 0)
        FROM unnest(p_buckets, p_calls) AS given (bucket, calls)
        WHERE count.bucket = given.bucket AND second = p_at;
    UPDATE budgets SET taken = greatest(taken - given.calls, 0)
        FROM unnest(p_buckets, p_calls) AS given (bucket, calls)
        WHERE budgets.bucket = given.bucket;
END;
$$;
DROP FUNCTION budget_acquire;
CREATE FUNCTION budget_acquire(
    p_buckets text[], p_capacities integer[], p_seconds double precision[], p_command boolean
) RETURNS double precision LANGUAGE sql AS $$
    SELECT seconds FROM budget_take(
        p_buckets, array_fill(1, ARRAY[cardinality(p_buckets)]), p_capacities, p_seconds, p_command)
$$;
"""

#: What may be fetched now: everything, only commands, or nothing. A ticket is a read and a write.
_LEAST = """
CREATE FUNCTION budget_least_priority(p_calls integer, p_updates integer, p_command integer)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_asked text[] := '{account,updates}';
    v_limits integer[] := ARRAY[p_calls, p_updates];
BEGIN
    IF (SELECT seconds FROM budget_wait(v_asked, '{2,1}', v_limits, '{60,60}', false)) = 0 THEN
        RETURN -2147483648;
    END IF;
    IF (SELECT seconds FROM budget_wait(v_asked, '{2,1}', v_limits, '{60,60}', true)) = 0 THEN
        RETURN p_command;
    END IF;
    RETURN 2147483647;
END;
$$;
"""

#: As procrastinate_fetch_job_v2, but nothing below a priority.
_FETCH = """
CREATE FUNCTION fetch_job(
    p_queues character varying[], p_worker_id bigint, p_least integer
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
            AND job.queue_name = ANY (p_queues)
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
    """Make the table and the functions."""
    for part in (_TABLES, _KEEP, _WAIT, _TAKE, _LEAST, _FETCH):
        op.execute(part)
