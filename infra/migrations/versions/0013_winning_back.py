"""Keep authority, consent, invitations and links for replies.

Why: what may be granted has limits; customers answer by signed links; whoever objected, or was written to
lately, is left alone.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations.scripts import before, drop, run

revision = "0013"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "customer_consent",
    "survey_invitation",
    "loop_policy",
    "authority_limit",
    "reply_link",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0013_winning_back.sql")


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
