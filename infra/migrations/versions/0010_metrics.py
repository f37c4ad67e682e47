"""Keep roll-ups of metrics.

Why: a year of any volume is read from its months, days and hours, and what changes is written in few rows.
Rows that are there already are counted by `python -m infra metrics recount`, at leisure.
Locks: none that anybody could wait for; every table is new.
"""

from alembic import op

from infra.migrations.scripts import before, drop, run

revision = "0010"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = ("metric_bin", "metric_change", "metric_tally")


def upgrade() -> None:
    """Brings the schema forward."""
    run("0010_metrics.sql")


def downgrade() -> None:
    """Takes the schema back."""
    op.execute("DROP AGGREGATE stages_reached(integer, timestamp with time zone)")
    op.execute("DROP FUNCTION reach_stage(double precision[], integer, timestamp with time zone)")
    op.execute("DROP FUNCTION poisson_limit(bigint, double precision)")
    drop(TABLES)
