"""Keep the keys of integrations.

Why: programs prove who they are with a key; only a digest of its secret is kept.
Locks: none that anybody could wait for; the table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0014"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = ("api_key",)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0014_access.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
