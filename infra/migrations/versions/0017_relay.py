"""Remember how far events were counted and sent, and which no bus would take.

Why: the ids of events do not follow the order of commits; a position given by the relay does, so that nobody
who reads on from where they were misses an event.
Locks: none that anybody could wait for; every table is new.
"""

from infra.migrations import walls
from infra.migrations.scripts import before, drop, run

revision = "0017"
down_revision = before(revision)
branch_labels = None
depends_on = None

TABLES = ("outbox_relay", "dead_letter")


def upgrade() -> None:
    """Brings the schema forward."""
    run("0017_relay.sql")
    walls.make_roles()
    for table in TABLES:
        walls.show_relay(table)


def downgrade() -> None:
    """Takes the schema back."""
    drop(TABLES)
