"""Keep what analyses find.

Why: suggestions, friction, drivers and the risk of churn are found by jobs and read in the graph; themes say
who named and who assigned them; a priority keeps the interval of its gap.
Locks: new tables need none. The columns of `theme`, `feedback_theme` and `insight` are added with a short
exclusive lock and no rewriting; constraints are added unproved and validated under a lock that writers share.
"""

from alembic import op

from infra.migrations.scripts import before, drop, run

revision = "0011"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "analysis_run",
    "suggestion",
    "suggestion_signal",
    "friction_point",
    "friction_period",
    "driver",
    "churn_model",
    "churn_calibration",
    "churn_risk",
    "churn_risk_reason",
)
COLUMNS = {
    "theme": (
        "analysis_run_id",
        "found_name",
        "renamed_by",
        "renamed_at",
        "continues_id",
        "superseded_at",
    ),
    "feedback_theme": ("judge", "judged_by", "withdrawn_at", "withdrawn_by", "withdraw_reason"),
    "insight": (
        "priority_gap_low",
        "priority_gap_high",
        "priority_gap_measure",
        "priority_measured_at",
    ),
}


def upgrade() -> None:
    """Brings the schema forward."""
    run("0011_findings.sql")


def downgrade() -> None:
    """Takes the schema back; constraints go with their columns."""
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    drop(TABLES)
