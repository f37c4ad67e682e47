"""Keep touchpoints.

Why: the catalogue of touchpoints, their places in journeys, and what happened there.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0003"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "touchpoint",
    "stage_touchpoint",
    "touchpoint_event",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0003_touchpoints.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
