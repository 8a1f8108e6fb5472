"""What operating the bot needs to remember: errands, counted signals, retractions, erasures."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE errands (
    name text PRIMARY KEY,
    began_at timestamptz,
    ended_at timestamptz,
    state jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE errands IS 'Housekeeping that one process at a time does; state is its own memory';

CREATE TABLE signals (
    metric text NOT NULL,
    labels text[] NOT NULL,
    value double precision NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (metric, labels)
);
COMMENT ON TABLE signals IS 'Counters of every worker together; the web shows them to Prometheus';

CREATE TABLE retractions (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    rule text NOT NULL,
    since timestamptz NOT NULL,
    why text NOT NULL,
    who text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE retractions IS 'Rules whose notes an operator took back, and the words for it';

CREATE TABLE forgotten (
    digest text PRIMARY KEY,
    forgotten_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE forgotten IS 'Hashes of erased tickets, so that none gets a first note twice';

-- forget and export look for a person's tickets
CREATE INDEX diagnoses_requester ON diagnoses ((details ->> 'requester_id'));
CREATE INDEX events_actor ON events (actor_id);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_TABLES)
