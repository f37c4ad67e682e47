"""Tell a write that what it goes by no longer holds.

Why: policies and rules change rarely and are looked at by every write; a token lets them be kept in memory.
Locks: none that anybody could wait for; the table is new.
"""

from alembic import op

from infra.migrations.scripts import before, drop, run

revision = "0023"
down_revision = before(revision)
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema forward."""
    run("0023_arrangements.sql")


def downgrade() -> None:
    """Takes the schema back."""
    op.execute("DROP FUNCTION refuse_as_rearranged()")
    drop(("arrangement",))
