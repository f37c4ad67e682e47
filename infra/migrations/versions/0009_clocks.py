"""Keep what customers are promised, and whether it was kept.

Why: hours of calendars, SLA policies, the clocks of matters, and the schedule of the jobs that watch them.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0009"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "business_calendar_edition",
    "calendar_period",
    "calendar_holiday",
    "sla_policy",
    "sla_policy_edition",
    "sla_condition",
    "sla_target",
    "sla_application",
    "clock",
    "clock_pause",
    "periodic_job",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0009_clocks.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
