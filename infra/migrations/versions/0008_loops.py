"""Keep loops.

Why: recoveries and the rules that open them, follow-ups, outer loops and huddles.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0008"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "huddle",
    "feedback_loop",
    "huddle_decision",
    "follow_up",
    "recovery_rule",
    "recovery",
    "recovery_action",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0008_loops.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
