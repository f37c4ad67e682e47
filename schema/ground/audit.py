"""How do administrators see who did what? One connection over the audit log."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from schema.ground.connections import Connection
from schema.ground.fields import column, connection, entity, extend, where
from schema.ground.inputs import StringFilter
from schema.ground.roots import Node, Query
from service.ground import audit


@entity(audit.AUDIT_ENTRY, description="What one subject did in one write. It is never changed afterwards.")
class AuditEntry(Node):
    """An entry of the audit log."""

    action: str = column("The field of the mutations, or the event where the service acted by itself.")
    actor: str = column("Who did it.")
    actor_kind: str = column("What kind of subject that is: HUMAN, INTEGRATION or SYSTEM.")
    subjects: JSON = column("The ids of the things it was done to, by the events that tell of it.")
    occurred_at: datetime = column("When it was done.")


@strawberry.input(description="Which entries.")
class AuditEntryFilter:
    """A choice of entries."""

    actor: StringFilter | None = where("By who did it.")


@extend(Query)
class AuditQueries:
    """Where reading the audit log begins."""

    audit_entries: Connection[AuditEntry] = connection(
        "Who did what, latest first; needs the scope `audit:read`.",
        audit.AUDIT_ENTRIES,
        filter_by=AuditEntryFilter,
    )
