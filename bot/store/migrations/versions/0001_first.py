"""The first schema: events, notes, diagnoses, switches, budgets, objects, heartbeats, queue."""

import psycopg
from alembic import op

from bot.store.migrate import queue_migrations, queue_schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE events (
    key text PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    kind text NOT NULL,
    attachments text NOT NULL,
    actor_id bigint,
    received_at timestamptz NOT NULL,
    closed_at timestamptz,
    outcome text
);
COMMENT ON TABLE events IS 'Accepted events: look at this ticket. No text of a customer.';
CREATE INDEX events_ticket ON events (ticket_id, number DESC);
CREATE INDEX events_received ON events (received_at);

CREATE TABLE notes (
    key text PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    marker text NOT NULL UNIQUE,
    ticket_id bigint NOT NULL,
    digest text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('automatic', 'command')),
    state text NOT NULL CHECK (state IN ('intent', 'done', 'abandoned')),
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    comment_id bigint,
    audit_id bigint,
    updated_stamp text,
    scenario text NOT NULL,
    branch text NOT NULL,
    rule_ids text[] NOT NULL,
    revision text NOT NULL,
    version text NOT NULL,
    reason text
);
COMMENT ON COLUMN notes.revision IS 'of the manifests';
COMMENT ON COLUMN notes.version IS 'of the bot';
COMMENT ON COLUMN notes.updated_stamp IS 'updated_at as Zendesk wrote it after our write';
CREATE INDEX notes_ticket ON notes (ticket_id, number);
CREATE INDEX notes_created ON notes (created_at);
CREATE INDEX notes_rules ON notes USING gin (rule_ids);

CREATE TABLE diagnoses (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    event_key text NOT NULL,
    digest text NOT NULL,
    scenario text NOT NULL,
    branch text,
    confidence text NOT NULL,
    silence text,
    markdown text NOT NULL,
    details jsonb NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX diagnoses_ticket ON diagnoses (ticket_id, number DESC);
CREATE INDEX diagnoses_decided ON diagnoses (decided_at);

CREATE TABLE switches (
    name text PRIMARY KEY,
    value text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE switches IS 'paused, watermark, and mode:<scope>';

CREATE TABLE objects (
    kind text NOT NULL,
    key text NOT NULL,
    object_id text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, key)
);
COMMENT ON TABLE objects IS 'Zendesk ids of what provision apply made, by our own keys';

CREATE TABLE heartbeats (
    role text NOT NULL,
    name text NOT NULL,
    version text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (role, name)
);

CREATE TABLE budgets (
    bucket text PRIMARY KEY,
    capacity integer,
    seconds double precision,
    remaining integer,
    learnt_at timestamptz,
    resets_at timestamptz,
    blocked_until timestamptz
);
COMMENT ON TABLE budgets IS 'What Zendesk said about its limits; bucket all: its Retry-After';

CREATE TABLE budget_calls (
    bucket text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX budget_calls_window ON budget_calls (bucket, at);

CREATE TABLE queue_migrations (
    file text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE queue_migrations IS 'Files of Procrastinate that the schema contains';
"""

_BUDGET = """
CREATE FUNCTION budget_acquire(
    p_buckets text[], p_capacities integer[], p_seconds double precision[], p_command boolean
) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    v_now timestamptz;
    v_wait double precision;
    v_longest double precision := 0;
    v_bucket record;
    v_keep integer;
BEGIN
    -- Losing a count in a crash costs at most one 429; waiting for the disk would cost every call.
    PERFORM set_config('synchronous_commit', 'off', true);
    -- One at a time, or two callers would both take the last call.
    PERFORM pg_advisory_xact_lock(7206117);
    v_now := clock_timestamp();
    SELECT extract(epoch FROM blocked_until - v_now) INTO v_wait
        FROM budgets WHERE bucket = 'all';
    IF v_wait > 0 THEN
        RETURN v_wait;
    END IF;
    FOR v_bucket IN
        SELECT bucket, coalesce(known.capacity, asked.capacity) AS capacity,
            make_interval(secs => coalesce(known.seconds, asked.seconds)) AS span,
            known.remaining, known.learnt_at, known.resets_at
        FROM unnest(p_buckets, p_capacities, p_seconds) AS asked (bucket, capacity, seconds)
        LEFT JOIN budgets AS known USING (bucket)
        WHERE coalesce(known.capacity, asked.capacity) IS NOT NULL
    LOOP
        -- An automatic call leaves a little for an agent who waits.
        v_keep := CASE WHEN p_command THEN 0 ELSE least(5, v_bucket.capacity / 4) END;
        -- The call that must leave the window before there is room again.
        SELECT extract(epoch FROM at + v_bucket.span - v_now) INTO v_wait
            FROM budget_calls
            WHERE bucket = v_bucket.bucket AND at > v_now - v_bucket.span
            ORDER BY at DESC OFFSET greatest(v_bucket.capacity - v_keep - 1, 0) LIMIT 1;
        v_longest := greatest(v_longest, v_wait);
        IF v_bucket.resets_at > v_now AND v_bucket.remaining - (
            SELECT count(*) FROM budget_calls
            WHERE bucket = v_bucket.bucket AND at > v_bucket.learnt_at
        ) <= v_keep THEN
            v_longest := greatest(v_longest, extract(epoch FROM v_bucket.resets_at - v_now));
        END IF;
    END LOOP;
    IF v_longest > 0 THEN
        RETURN greatest(v_longest, 0.05);
    END IF;
    DELETE FROM budget_calls USING unnest(p_buckets, p_seconds) AS asked (bucket, seconds)
        WHERE budget_calls.bucket = asked.bucket AND at < v_now - interval '15 minutes';
    INSERT INTO budget_calls SELECT unnest(p_buckets), v_now;
    RETURN 0;
END;
$$;
"""

_JOB_FAILURES = """
CREATE TABLE job_failures (
    job_id bigint PRIMARY KEY REFERENCES procrastinate_jobs (id) ON DELETE CASCADE,
    reason text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE job_failures IS 'Why the last try of a job failed';
-- rescue and the queue depth look for these among many finished jobs
CREATE INDEX procrastinate_jobs_waiting ON procrastinate_jobs (queue_name, scheduled_at)
    WHERE status IN ('todo', 'doing');
CREATE INDEX procrastinate_jobs_failed ON procrastinate_jobs (id) WHERE status = 'failed';
"""


def upgrade() -> None:
    """Make every table."""
    op.execute(_TABLES)
    op.execute(_BUDGET)
    connection = op.get_bind().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("the store speaks psycopg")
    # As bytes and without parameters: the text has percent signs and many statements.
    connection.execute(queue_schema().encode())
    for file in queue_migrations():
        connection.execute("INSERT INTO queue_migrations (file) VALUES (%s)", (file,))
    op.execute(_JOB_FAILURES)
