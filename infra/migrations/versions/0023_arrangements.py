"""Tell a write that what it goes by no longer holds.

Why: policies and rules change rarely and are looked at by every write; a token lets them be kept in memory.
Locks: the tables of policies, calendars and rules against writes, for the moment in which a trigger is made.
"""

from infra.migrations.scripts import before, run

revision = "0023"
down_revision = before(revision)
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema forward."""
    run("0023_arrangements.sql")


def downgrade() -> None:
    """Takes the schema back."""
    run("0023_arrangements_down.sql")
