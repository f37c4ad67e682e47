"""Who did what? One row for each write, in the same transaction; nothing ever changes or hides it."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB

from service.ground.personal import Sensitivity, personal
from service.ground.reads import Entity, Order, all_of, column
from service.ground.tables import Moment, SortedText, TenantRow, index

DEEDS = Sensitivity.DEEDS


class AuditEntry(TenantRow, table=True):
    """What one subject did; `subjects` names the things by the events that tell of them, never a person."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        index("ix_audit_entry_actor", "actor", "occurred_at", "id"),
        index("ix_audit_entry_occurred_at", "occurred_at", "id"),
    )

    action: str = personal(DEEDS)
    actor: str = personal(DEEDS, sa_type=SortedText)
    actor_kind: str = personal(DEEDS)
    subjects: dict[str, Any] = personal(DEEDS, default_factory=dict, sa_type=JSONB)
    occurred_at: datetime = personal(DEEDS, sa_type=Moment, nullable=False)


AUDIT_ENTRY = Entity(AuditEntry, "aud")
AUDIT_ENTRIES = all_of(AuditEntry, {"OCCURRED_AT": Order(column("occurred_at"))})
