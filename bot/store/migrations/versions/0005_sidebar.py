"""What agents tell the bot in the sidebar: ticks and corrections."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
