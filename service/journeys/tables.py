"""Which tables hold journeys? Their editions, stages in order, and each customer's way through them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

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


class JourneyStatus(StrEnum):
    """What an edition of a journey is good for."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


class StageKind(StrEnum):
    """Which part of the relationship a stage belongs to."""

    AWARENESS = "AWARENESS"
    CONSIDERATION = "CONSIDERATION"
    ACQUISITION = "ACQUISITION"
    ONBOARDING = "ONBOARDING"
    USE = "USE"
    SERVICE = "SERVICE"
    RETENTION = "RETENTION"
    ADVOCACY = "ADVOCACY"


class InstanceStatus(StrEnum):
    """How one customer's way through a journey stands."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    ABANDONED = "ABANDONED"


class Journey(VersionedRow, table=True):
    """One edition of a designed journey; once published it never changes again, except to be archived."""

    __tablename__ = "journey"
    __table_args__ = (
        unique("key", "edition"),
        one_of("status", JourneyStatus),
        holds("edition_counts_from_one", "edition >= 1"),
        holds("published_has_its_time", "status <> 'PUBLISHED' OR published_at IS NOT NULL"),
        index("ix_journey_key", "key", "id"),
        index("ix_journey_created_at", "created_at", "id"),
        index("ix_journey_name", "name", "id"),
        index("ix_journey_status", "status", "created_at", "id"),
    )

    key: str = Field(sa_type=SortedText)
    edition: int
    name: str = Field(sa_type=SortedText)
    description: str | None = None
    brand_promise: str | None = None
    goal: str | None = None
    owner: str | None = None
    status: JourneyStatus = Field(default=JourneyStatus.DRAFT, sa_type=SortedText)
    published_at: datetime | None = moment(nullable=True)


class JourneyStage(TenantRow, table=True):
    """One stage of one edition, at its place from 1."""

    __tablename__ = "journey_stage"
    __table_args__ = (
        unique("journey_id", "key"),
        belongs_to("journey_id", "journey", with_parent=True),
        one_of("kind", StageKind),
        holds("target_is_positive", "target_seconds > 0"),
        index("ix_journey_stage_journey", "journey_id", "position", "id"),
    )

    journey_id: UUID
    position: int
    key: str = Field(sa_type=SortedText)
    name: str
    kind: StageKind = Field(sa_type=SortedText)
    target_seconds: int | None = None


class JourneyInstance(VersionedRow, table=True):
    """One customer's way through one edition of a journey."""

    __tablename__ = "journey_instance"
    __table_args__ = (
        belongs_to("customer_id", "customer"),
        belongs_to("journey_id", "journey"),
        belongs_to("current_stage_id", "journey_stage"),
        one_of("status", InstanceStatus),
        holds("ended_has_its_time", "(status = 'ACTIVE') = (ended_at IS NULL)"),
        holds("ends_after_it_starts", "ended_at >= started_at"),
        index("ix_journey_instance_customer", "customer_id", "started_at", "id"),
        index("ix_journey_instance_journey", "journey_id", "started_at", "id"),
        index("ix_journey_instance_status", "journey_id", "status", "started_at", "id"),
        index("ix_journey_instance_stage", "current_stage_id", "started_at", "id"),
    )

    customer_id: UUID
    journey_id: UUID
    status: InstanceStatus = Field(default=InstanceStatus.ACTIVE, sa_type=SortedText)
    current_stage_id: UUID
    started_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
    end_reason: str | None = personal(Sensitivity.WORDS, default=None)


class StageVisit(TenantRow, table=True):
    """One stay of an instance in a stage; open until it is left."""

    __tablename__ = "stage_visit"
    __table_args__ = (
        belongs_to("instance_id", "journey_instance", with_parent=True),
        belongs_to("stage_id", "journey_stage"),
        holds("leaves_after_it_enters", "exited_at >= entered_at"),
        index("ix_stage_visit_instance", "instance_id", "entered_at", "id"),
        index("ix_stage_visit_stage", "stage_id", "entered_at", "id"),
    )

    instance_id: UUID
    stage_id: UUID
    entered_at: datetime = moment()
    exited_at: datetime | None = moment(nullable=True)
