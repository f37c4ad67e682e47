"""Keep rules of recoveries, authority, consent, invitations and links for replies.

Why: recoveries open by rules that a tenant sets, with due times and limits of what may be granted; customers
answer by signed links; whoever objected, or was written to lately, is left alone.
Locks: ACCESS EXCLUSIVE on `recovery`, `recovery_action`, `follow_up`, `feedback_loop`, `survey` and
`initiative`, briefly: columns come without a default or with a constant one, so no table is rewritten. The
checks of `recovery` and `recovery_action` read those tables once; they hold one row a recovery.
"""

from infra.migrations.scripts import before, drop, run

revision = "0013"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = (
    "customer_consent",
    "survey_invitation",
    "recovery_rule",
    "loop_policy",
    "authority_limit",
    "reply_link",
)


def upgrade() -> None:
    """Brings the schema forward."""
    run("0013_winning_back.sql")


def downgrade() -> None:
    """Takes the schema back."""
    run("0013_winning_back_down.sql")
    drop(TABLES)
