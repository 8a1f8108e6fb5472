"""What agents tell the bot in the sidebar: ticks, corrections, and who was shown which ticket."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE step_ticks (
    ticket_id bigint NOT NULL,
    step text NOT NULL,
    done boolean NOT NULL,
    by_name text NOT NULL,
    by_id text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ticket_id, step)
);
COMMENT ON TABLE step_ticks IS 'Which steps the team has done; by_* is what a browser claimed';

CREATE TABLE corrections (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    ticket_id bigint NOT NULL,
    said text NOT NULL,
    confidence text NOT NULL,
    scenario text NOT NULL,
    why text NOT NULL,
    by_name text NOT NULL,
    by_id text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE corrections IS 'What agents say a ticket is; equal to said: they confirm it';
COMMENT ON COLUMN corrections.why IS 'redacted; by_* is what a browser claimed';
CREATE INDEX corrections_ticket ON corrections (ticket_id, number DESC);
CREATE INDEX corrections_at ON corrections (at);

CREATE TABLE sidebar_visits (
    ticket_id bigint NOT NULL,
    visitor text NOT NULL,
    proof text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ticket_id, visitor, proof)
);
COMMENT ON TABLE sidebar_visits IS 'Browsers that proved they can read a ticket; digests only';
CREATE INDEX sidebar_visits_accepted ON sidebar_visits (accepted_at);

ALTER TABLE probe_runs ADD COLUMN origin text NOT NULL DEFAULT 'macro'
    CHECK (origin IN ('macro', 'sidebar'));
COMMENT ON COLUMN probe_runs.origin IS 'a run of the sidebar is shown there and gets no note';
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_TABLES)
