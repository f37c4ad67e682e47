"""Keep journeys.

Why: journeys in editions, their stages, and the customers who go through them.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0002"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "journey",
    "journey_stage",
    "journey_instance",
    "stage_visit",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0002_journeys.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
