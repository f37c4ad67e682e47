"""Keep the keys of requests with their answers, and who did what.

Why: a repeated request is carried out once; the audit log is written with every write and sealed in a chain.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0015"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = ("idempotent_answer", "audit_entry")


def upgrade() -> None:
    """Brings the schema forward."""
    run("0015_idempotency.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
