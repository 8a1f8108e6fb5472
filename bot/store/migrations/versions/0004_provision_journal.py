"""Who changed Zendesk from files, when, and what it was before."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE provision_runs (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    command text NOT NULL,
    host text NOT NULL,
    who text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    undone_by bigint REFERENCES provision_runs (id)
);
COMMENT ON TABLE provision_runs IS 'One command that wrote to Zendesk';

CREATE TABLE provision_deeds (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    run_id bigint NOT NULL REFERENCES provision_runs (id) ON DELETE CASCADE,
    deed text NOT NULL CHECK (deed IN ('created', 'changed', 'deleted')),
    kind text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    object_id text,
    before jsonb,
    after jsonb,
    intended_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz
);
COMMENT ON COLUMN provision_deeds.before IS 'the whole object as Zendesk showed it; no secrets';
COMMENT ON COLUMN provision_deeds.after IS 'the keys that were sent';
COMMENT ON COLUMN provision_deeds.done_at IS 'empty: the command died, or Zendesk refused';
CREATE INDEX provision_deeds_run ON provision_deeds (run_id, number);
CREATE INDEX provision_deeds_object ON provision_deeds (kind, object_id, number);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_TABLES)
