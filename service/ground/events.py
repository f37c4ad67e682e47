"""What happened? One row in the outbox for each event, written together with its effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.ground.personal import Sensitivity, personal
from service.ground.tables import TenantRow, belongs_to, index, moment


class OutboxEvent(TenantRow, table=True):
    """An event as consumers will read it, in the order of its id within the tenant."""

    __tablename__ = "outbox_event"
    __table_args__ = (
        index("ix_outbox_event_subject", "subject_id", "id"),
        index("ix_outbox_event_waiting", "id", where=text("position = 0")),
        index("ix_outbox_event_position", "position", "id"),
        index("ix_outbox_event_type", "type", "position", "id"),
    )

    type: str
    subject_id: UUID
    payload: dict[str, Any] = personal(Sensitivity.WORDS, default_factory=dict, sa_type=JSONB)
    actor: str
    traceparent: str | None = Field(default=None)
    occurred_at: datetime = moment()
    customer_id: UUID | None = Field(default=None)
    # Ids do not follow the order of commits, so whoever reads on from an id would miss what commits late.
    # The relay counts events when it sees them: 0 before that, and never changed after.
    position: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})


class OutboxRelay(TenantRow, table=True):
    """How far a tenant's events were counted and sent, and who carries them; its id is the tenant's."""

    __tablename__ = "outbox_relay"

    position: int = Field(default=0, sa_type=BigInteger)
    sent: int = Field(default=0, sa_type=BigInteger)
    holder: str | None = Field(default=None)
    claimed_until: datetime | None = moment(nullable=True)
    attempts: int = Field(default=0)


class DeadLetter(TenantRow, table=True):
    """An event that no bus would take, put aside so that the others could go on; its id is the event's."""

    __tablename__ = "dead_letter"
    __table_args__ = (belongs_to("id", "outbox_event", with_parent=True),)

    reason: str
    attempts: int
    parked_at: datetime = moment()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one subject; `type` reads like `feedback.submitted`."""

    type: str
    subject_id: UUID
    payload: Mapping[str, Any]
