"""${message}.

Why: say what needs this change.
Locks: say which lock each statement takes, and for how long.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Brings the schema forward."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Takes the schema back."""
    ${downgrades if downgrades else "pass"}
