"""An index by lock: the fetch asks of every candidate whether its ticket has an earlier job."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index, and drop the one that the planner wrongly preferred for the fetch."""
    op.execute(
        "CREATE INDEX procrastinate_jobs_by_lock ON procrastinate_jobs (lock)"
        " WHERE status IN ('todo', 'doing')"
    )
    op.execute("DROP INDEX procrastinate_jobs_waiting")
