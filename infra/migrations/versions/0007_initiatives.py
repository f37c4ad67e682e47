"""Keep initiatives.

Why: funded changes, their locked measurement plans and evaluations.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0007"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "initiative",
    "impact_evaluation",
    "initiative_touchpoint",
    "initiative_update",
    "measurement_plan",
    "plan_cohort_member",
    "initiative_insight",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0007_initiatives.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
