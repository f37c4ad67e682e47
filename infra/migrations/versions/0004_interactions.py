"""Keep interactions.

Why: matters with their append-only ledger, teams, contact reasons, and the calendars that later tables name.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0004"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "contact_reason",
    "business_calendar",
    "team",
    "contact_reason_edition",
    "interaction",
    "interaction_event",
    "interaction_reason",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0004_interactions.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
