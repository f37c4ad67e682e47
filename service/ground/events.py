"""What happened? One row in the outbox for each event, written together with its effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.ground.personal import Sensitivity, personal
from service.ground.tables import TenantRow, index, moment


class OutboxEvent(TenantRow, table=True):
    """An event as consumers will read it, in the order of its id within the tenant."""

    __tablename__ = "outbox_event"
    __table_args__ = (index("ix_outbox_event_subject", "subject_id", "id"),)

    type: str
    subject_id: UUID
    payload: dict[str, Any] = personal(Sensitivity.WORDS, default_factory=dict, sa_type=JSONB)
    actor: str
    traceparent: str | None = Field(default=None)
    occurred_at: datetime = moment()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one subject; `type` reads like `feedback.submitted`."""

    type: str
    subject_id: UUID
    payload: Mapping[str, Any]
