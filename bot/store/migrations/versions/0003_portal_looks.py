"""What our own probes saw of the portal, with history, and the probe runs of tickets."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE probe_runs (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    vantages text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done')),
    refusal text NOT NULL DEFAULT '',
    asked_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    outcome text
);
COMMENT ON COLUMN probe_runs.refusal IS 'why nothing was probed; empty for a real run';
-- a command that is given again while its run is under way is the same run
CREATE UNIQUE INDEX probe_runs_open ON probe_runs (ticket_id) WHERE state = 'running';
CREATE INDEX probe_runs_ticket ON probe_runs (ticket_id, id DESC);
CREATE INDEX probe_runs_asked ON probe_runs (asked_at);

CREATE TABLE looks (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    run_id bigint REFERENCES probe_runs (id) ON DELETE CASCADE,
    asked text NOT NULL,
    vantage text NOT NULL,
    target text NOT NULL,
    layer text NOT NULL,
    cause text NOT NULL,
    activates text NOT NULL,
    confidence text NOT NULL,
    also text[] NOT NULL,
    observations jsonb NOT NULL,
    seen_at timestamptz NOT NULL,
    seconds double precision NOT NULL,
    UNIQUE (run_id, asked)
);
COMMENT ON COLUMN looks.asked IS 'the vantage that was asked; vantage is what it calls itself';
CREATE INDEX looks_newest ON looks (target, vantage, seen_at DESC);
CREATE INDEX looks_seen ON looks (seen_at);

CREATE TABLE vantages (
    name text PRIMARY KEY,
    asked_at timestamptz,
    blocked_until timestamptz
);
COMMENT ON TABLE vantages IS 'When each was last asked for a look, and who must not be asked yet';

CREATE INDEX diagnoses_cause ON diagnoses ((details ->> 'cause'), decided_at DESC);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_TABLES)
