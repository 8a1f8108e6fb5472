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

CREATE TABLE queue_migrations (
    file text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE queue_migrations IS 'Files of Procrastinate that the schema contains';
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
    connection = op.get_bind().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("the store speaks psycopg")
    # As bytes and without parameters: the text has percent signs and many statements.
    connection.execute(queue_schema().encode())
    for file in queue_migrations():
        connection.execute("INSERT INTO queue_migrations (file) VALUES (%s)", (file,))
    op.execute(_JOB_FAILURES)
