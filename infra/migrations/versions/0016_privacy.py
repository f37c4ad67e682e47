"""Keep what was erased, how long words are kept, and the seals of the audit log.

Why: receipts of erasures, retention per kind of data, a chain over who did what.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0016"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = ("erasure", "retention_rule", "audit_seal")


def upgrade() -> None:
    """Brings the schema forward."""
    run("0016_privacy.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
