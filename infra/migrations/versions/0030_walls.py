"""Let the database keep tenants apart by itself.

Why: a statement that forgets the tenant, or names another one, finds nothing and changes nothing. What was
entered into the audit log stays as it is, whatever the service is made to say.
Locks: every tenant's table exclusively, one after the other, without reading a row; the step is one
transaction, so run it while few statements take long.
"""

from infra.migrations import walls
from infra.migrations.scripts import before

revision = "0030"
down_revision = before(revision)
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the schema forward."""
    walls.make_roles()
    walls.wall_in_all()
    walls.keep(("audit_entry", "audit_seal"))
    walls.share("tenant")
    walls.share("alembic_version")
    walls.show_relay("outbox_event")


def downgrade() -> None:
    """Takes the schema back; the roles stay, other databases of the server may use them."""
    walls.open_all()
    walls.show_relay_no_longer("outbox_event")
    walls.share_no_longer("tenant")
    walls.share_no_longer("alembic_version")
