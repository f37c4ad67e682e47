"""Keep insights.

Why: claims, the evidence behind them, elevations and themes.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0006"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "theme",
    "insight",
    "elevation",
    "elevation_signal",
    "evidence",
    "feedback_theme",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0006_insights.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
