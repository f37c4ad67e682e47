"""Which tables hold interactions? Teams, contact reasons, matters, and the ledger each matter has."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field

from service.ground.personal import Sensitivity, personal
from service.ground.tables import (
    SortedText,
    TenantRow,
    VersionedRow,
    belongs_to,
    holds,
    index,
    moment,
    one_of,
    unique,
)
from service.touchpoints.tables import Channel

OWN_SOURCE = "direct"
"""The source of a matter that was logged here and has no key elsewhere: its key is then its own id."""


class ReasonKind(StrEnum):
    """What kind of contact a reason stands for."""

    QUESTION = "QUESTION"
    COMPLAINT = "COMPLAINT"
    REQUEST = "REQUEST"
    INCIDENT = "INCIDENT"
    ADVICE = "ADVICE"
    COMPLIMENT = "COMPLIMENT"


class InteractionStatus(StrEnum):
    """Where a matter stands."""

    NEW = "NEW"
    OPEN = "OPEN"
    WAITING_ON_CUSTOMER = "WAITING_ON_CUSTOMER"
    ON_HOLD = "ON_HOLD"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


class Priority(StrEnum):
    """How soon a matter needs attention."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class Origin(StrEnum):
    """Who made the first step."""

    REACTIVE = "REACTIVE"
    PROACTIVE = "PROACTIVE"


class LedgerType(StrEnum):
    """What happened in a matter."""

    OPENED = "OPENED"
    QUEUED = "QUEUED"
    MESSAGE = "MESSAGE"
    ASSIGNED = "ASSIGNED"
    STATUS_CHANGED = "STATUS_CHANGED"
    HELD = "HELD"
    HANDED_OVER = "HANDED_OVER"
    ABANDONED = "ABANDONED"
    HANDLED = "HANDLED"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"
    CLOSED = "CLOSED"
    UPDATED = "UPDATED"


class Party(StrEnum):
    """Who did something in a matter."""

    CUSTOMER = "CUSTOMER"
    AGENT = "AGENT"
    BOT = "BOT"
    SYSTEM = "SYSTEM"


class Visibility(StrEnum):
    """Who may read what was written."""

    PUBLIC = "PUBLIC"
    INTERNAL = "INTERNAL"


class Team(VersionedRow, table=True):
    """A group of agents that matters are assigned to."""

    __tablename__ = "team"
    __table_args__ = (unique("key"), index("ix_team_name", "name", "id"))

    key: str = Field(sa_type=SortedText)
    name: str = Field(sa_type=SortedText)


class ContactReason(VersionedRow, table=True):
    """Why customers get in touch: one node of the tenant's tree of reasons, as it is worded now."""

    __tablename__ = "contact_reason"
    __table_args__ = (
        unique("key"),
        belongs_to("parent_id", "contact_reason"),
        one_of("kind", ReasonKind),
        holds("not_its_own_parent", "parent_id <> id"),
        holds("retired_after_it_was_valid", "retired_at >= valid_from"),
        index("ix_contact_reason_parent", "parent_id", "key", "id"),
    )

    key: str = Field(sa_type=SortedText)
    parent_id: UUID | None = None
    name: str = Field(sa_type=SortedText)
    kind: ReasonKind = Field(sa_type=SortedText)
    area: str | None = None
    policy: str | None = None
    valid_from: datetime = moment()
    retired_at: datetime | None = moment(nullable=True)


class ContactReasonEdition(TenantRow, table=True):
    """How a contact reason was worded in one of its versions; never changed afterwards."""

    __tablename__ = "contact_reason_edition"
    __table_args__ = (
        unique("contact_reason_id", "version"),
        belongs_to("contact_reason_id", "contact_reason", with_parent=True),
        one_of("kind", ReasonKind),
    )

    contact_reason_id: UUID
    version: int
    parent_id: UUID | None = None
    name: str
    kind: ReasonKind = Field(sa_type=SortedText)
    area: str | None = None
    policy: str | None = None
    retired_at: datetime | None = moment(nullable=True)
    actor: str
    recorded_at: datetime = moment()


class Interaction(VersionedRow, table=True):
    """One matter between a customer and the service organisation, as its ledger tells it."""

    __tablename__ = "interaction"
    __table_args__ = (
        unique("source", "key"),
        belongs_to("customer_id", "customer"),
        belongs_to("team_id", "team"),
        belongs_to("contact_reason_id", "contact_reason"),
        belongs_to("journey_instance_id", "journey_instance"),
        belongs_to("touchpoint_id", "touchpoint"),
        one_of("channel", Channel),
        one_of("status", InteractionStatus),
        one_of("priority", Priority),
        one_of("origin", Origin),
        holds("counts_reopenings", "reopen_count >= 0"),
        index("ix_interaction_opened_at", "opened_at", "id"),
        index("ix_interaction_updated_at", "updated_at", "id"),
        index("ix_interaction_customer", "customer_id", "opened_at", "id"),
        index("ix_interaction_team", "team_id", "opened_at", "id"),
        index("ix_interaction_contact_reason", "contact_reason_id", "opened_at", "id"),
        index("ix_interaction_status", "status", "opened_at", "id"),
        index("ix_interaction_priority", "priority", "opened_at", "id"),
        index("ix_interaction_channel", "channel", "opened_at", "id"),
        index("ix_interaction_resolved", text("(resolved_at IS NOT NULL)"), "opened_at", "id"),
        index("ix_interaction_reopened", text("(reopen_count > 0)"), "opened_at", "id"),
        index("ix_interaction_sla", "sla_met", "opened_at", "id", where=text("sla_met IS NOT NULL")),
        index(
            "ix_interaction_touchpoint",
            "touchpoint_id",
            "opened_at",
            "id",
            where=text("touchpoint_id IS NOT NULL"),
        ),
        index(
            "ix_interaction_journey_instance",
            "journey_instance_id",
            "opened_at",
            "id",
            where=text("journey_instance_id IS NOT NULL"),
        ),
    )

    source: str = Field(sa_type=SortedText)
    key: str = personal(Sensitivity.REFERENCE, sa_type=SortedText)
    customer_id: UUID | None = None
    channel: Channel = Field(sa_type=SortedText)
    subject: str | None = personal(Sensitivity.WORDS, default=None)
    status: InteractionStatus = Field(default=InteractionStatus.NEW, sa_type=SortedText)
    priority: Priority = Field(default=Priority.NORMAL, sa_type=SortedText)
    origin: Origin = Field(default=Origin.REACTIVE, sa_type=SortedText)
    team_id: UUID | None = None
    assignee: str | None = None
    contact_reason_id: UUID | None = None
    sla_met: bool | None = None
    reopen_count: int = 0
    opened_at: datetime = moment()
    first_responded_at: datetime | None = moment(nullable=True)
    resolved_at: datetime | None = moment(nullable=True)
    closed_at: datetime | None = moment(nullable=True)
    last_event_at: datetime = moment()
    journey_instance_id: UUID | None = None
    touchpoint_id: UUID | None = None


class InteractionReason(TenantRow, table=True):
    """A further contact reason of a matter, beside its primary one."""

    __tablename__ = "interaction_reason"
    __table_args__ = (
        unique("interaction_id", "contact_reason_id"),
        belongs_to("interaction_id", "interaction", with_parent=True),
        belongs_to("contact_reason_id", "contact_reason"),
        index("ix_interaction_reason_contact_reason", "contact_reason_id", "interaction_id", "id"),
    )

    interaction_id: UUID
    contact_reason_id: UUID


class InteractionEvent(TenantRow, table=True):
    """One entry of a matter's ledger: written once, never changed, in the order of its position."""

    __tablename__ = "interaction_event"
    __table_args__ = (
        unique("interaction_id", "position"),
        belongs_to("interaction_id", "interaction", with_parent=True),
        belongs_to("team_id", "team"),
        one_of("type", LedgerType),
        one_of("actor_kind", Party),
        one_of("status", InteractionStatus),
        one_of("visibility", Visibility),
        holds("counted_from_one", "position >= 1"),
        holds("handle_seconds", "handle_seconds >= 0"),
        index("ix_interaction_event_occurred_at", "occurred_at", "id"),
        index("ix_interaction_event_type", "type", "occurred_at", "id"),
    )

    interaction_id: UUID
    position: int
    type: LedgerType = Field(sa_type=SortedText)
    occurred_at: datetime = moment()
    recorded_at: datetime = moment()
    actor: str | None = personal(Sensitivity.NAME, default=None)
    actor_kind: Party = Field(sa_type=SortedText)
    status: InteractionStatus | None = Field(default=None, sa_type=SortedText)
    team_id: UUID | None = None
    assignee: str | None = None
    body: str | None = personal(Sensitivity.WORDS, default=None)
    visibility: Visibility = Field(default=Visibility.PUBLIC, sa_type=SortedText)
    handle_seconds: int | None = None
