"""Keep who is told of events, each telling with its attempts, and what trackers report.

Why: other systems are told what happened, in order and until they took it; trackers tell what has shipped.
Locks: SHARE ROW EXCLUSIVE on `initiative`, for a moment, because issues and receipts point to it; the other
tables are new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0018"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "webhook_endpoint",
    "webhook_delivery",
    "webhook_attempt",
    "tracker",
    "tracker_issue",
    "tracker_receipt",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0018_webhooks.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
