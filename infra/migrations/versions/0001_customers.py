"""Keep customers.

Why: the first chapter, the outbox and the history of state machines: nothing stands without them.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0001"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "account",
    "outbox_event",
    "segment",
    "state_change",
    "tenant",
    "account_external_id",
    "customer",
    "customer_external_id",
    "customer_merge",
    "lifecycle_change",
    "segment_membership",
    "merged_row",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0001_customers.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
