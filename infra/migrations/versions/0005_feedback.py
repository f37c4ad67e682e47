"""Keep feedback.

Why: surveys and what customers said.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0005"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "survey",
    "feedback",
    "feedback_reason",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0005_feedback.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
