"""Who did what? One row for each write, in the same transaction; nothing ever changes or hides it."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from service.ground.reads import Entity, Order, all_of, column
from service.ground.tables import SortedText, TenantRow, free_attributes, index, moment


class AuditEntry(TenantRow, table=True):
    """What one subject did; `subjects` names the things by the events that tell of them, never a person."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        index("ix_audit_entry_actor", "actor", "occurred_at", "id"),
        index("ix_audit_entry_occurred_at", "occurred_at", "id"),
    )

    action: str
    actor: str = Field(sa_type=SortedText)
    actor_kind: str
    subjects: dict[str, Any] = free_attributes()
    occurred_at: datetime = moment()


AUDIT_ENTRY = Entity(AuditEntry, "aud")
AUDIT_ENTRIES = all_of(AuditEntry, {"OCCURRED_AT": Order(column("occurred_at"))})
