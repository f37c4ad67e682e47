"""Keep what a proof rests on.

Why: what a plan treats, compares and looks at beside; every number an evaluation saw.
Locks: measurement_plan and impact_evaluation exclusively, for a moment: few rows, constant defaults.
"""

from alembic import op

from infra.migrations.scripts import before, drop, run

revision = "0012"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "plan_scope",
    "plan_metric",
    "proof_guard",
    "evaluation_point",
    "evaluation_metric",
    "evaluation_overlap",
)
COLUMNS = {
    "measurement_plan": (
        "time_zone",
        "population",
        "exposure",
        "threshold_scale",
        "detectable_effect",
        "detectable_windows",
        "baseline_periods",
        "baseline_sample",
        "foreseen_at",
    ),
    "impact_evaluation": (
        "metric_id",
        "method",
        "effect_scale",
        "threshold",
        "p_value",
        "dispersion",
        "autocorrelation",
        "comparison_estimate",
        "comparison_ci_low",
        "comparison_ci_high",
        "placebos_tried",
        "placebos_as_strong",
        "periods_before",
        "periods_after",
        "counted_from",
        "baseline_until",
        "resumed_at",
        "counted_until",
        "inputs_digest",
    ),
}


def upgrade() -> None:
    """Brings the schema forward."""
    run("0012_proof.sql")


def downgrade() -> None:
    """Takes the schema back; a column takes its conditions along."""
    drop(TABLES)
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
