"""Read a year from months, and write what changes in few rows.

Why: the hours of a year fill up as more happens, and rows for every node cost the write more than it itself.
Locks: the roll-ups exclusively while they are copied by hour, day and month; stop writers for a large one.
"""

from infra.migrations.scripts import before, run

revision = "0019"
down_revision = before(revision)
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema forward."""
    run("0019_grains.sql")


def downgrade() -> None:
    """Takes the schema back."""
    run("0019_grains_down.sql")
