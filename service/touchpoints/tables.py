"""Which tables hold touchpoints? The catalogue, their places in journeys, and what happened at them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
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


class Channel(StrEnum):
    """By which way customer and organisation meet."""

    WEB = "WEB"
    APP = "APP"
    EMAIL = "EMAIL"
    CHAT = "CHAT"
    PHONE = "PHONE"
    SMS = "SMS"
    SOCIAL = "SOCIAL"
    IN_STORE = "IN_STORE"
    LETTER = "LETTER"
    SURVEY = "SURVEY"
    API = "API"
    OTHER = "OTHER"


class Medium(StrEnum):
    """Who or what the customer meets there."""

    DIGITAL = "DIGITAL"
    PHYSICAL = "PHYSICAL"
    HUMAN = "HUMAN"
    PARTNER = "PARTNER"


class StandardMeasure(StrEnum):
    """What a service standard measures, and with it which side of the threshold keeps the promise."""

    SECONDS = "SECONDS"
    SCORE = "SCORE"


class Unmatched(StrEnum):
    """Which references of an event name nothing that is known yet."""

    CUSTOMER = "CUSTOMER"
    TOUCHPOINT = "TOUCHPOINT"
    BOTH = "BOTH"


class Touchpoint(VersionedRow, table=True):
    """A place where customers meet the organisation, with the standard promised there."""

    __tablename__ = "touchpoint"
    __table_args__ = (
        unique("key"),
        one_of("channel", Channel),
        one_of("medium", Medium),
        one_of("standard_measure", StandardMeasure),
        holds("threshold_has_its_measure", "(standard_measure IS NULL) = (standard_threshold IS NULL)"),
        index("ix_touchpoint_created_at", "created_at", "id"),
        index("ix_touchpoint_name", "name", "id"),
        index("ix_touchpoint_channel", "channel", "key", "id"),
        index("ix_touchpoint_medium", "medium", "key", "id"),
        index("ix_touchpoint_moment_of_truth", "moment_of_truth", "key", "id"),
    )

    key: str = Field(sa_type=SortedText)
    name: str = Field(sa_type=SortedText)
    channel: Channel = Field(sa_type=SortedText)
    medium: Medium = Field(sa_type=SortedText)
    owner: str | None = None
    moment_of_truth: bool = False
    standard: str | None = None
    standard_measure: StandardMeasure | None = Field(default=None, sa_type=SortedText)
    standard_threshold: float | None = None


class StageTouchpoint(TenantRow, table=True):
    """The place of a touchpoint in a stage of a journey, from 1."""

    __tablename__ = "stage_touchpoint"
    __table_args__ = (
        unique("stage_id", "touchpoint_id"),
        belongs_to("stage_id", "journey_stage", with_parent=True),
        belongs_to("touchpoint_id", "touchpoint"),
        index("ix_stage_touchpoint_stage", "stage_id", "position", "touchpoint_id"),
        index("ix_stage_touchpoint_touchpoint", "touchpoint_id", "placed_at", "stage_id"),
    )

    stage_id: UUID
    touchpoint_id: UUID
    position: int
    placed_at: datetime = moment()


class TouchpointEvent(TenantRow, table=True):
    """Something that happened to somebody at a touchpoint.

    A reference that names nothing known is kept as it was sent, until it is matched; `unmatched` says which.
    An e-mail address that is not known stands in `unmatched_customer_value`, without a system.
    """

    __tablename__ = "touchpoint_event"
    __table_args__ = (
        unique("source", "key"),
        belongs_to("customer_id", "customer"),
        belongs_to("touchpoint_id", "touchpoint"),
        belongs_to("journey_instance_id", "journey_instance"),
        one_of("channel", Channel),
        one_of("unmatched", Unmatched),
        index("ix_touchpoint_event_occurred_at", "occurred_at", "id"),
        index("ix_touchpoint_event_type", "type", "occurred_at", "id"),
        index("ix_touchpoint_event_channel", "channel", "occurred_at", "id"),
        index("ix_touchpoint_event_customer", "customer_id", "occurred_at", "id"),
        index("ix_touchpoint_event_touchpoint", "touchpoint_id", "occurred_at", "id"),
        index(
            "ix_touchpoint_event_instance",
            "journey_instance_id",
            "occurred_at",
            "id",
            where=text("journey_instance_id IS NOT NULL"),
        ),
        index(
            "ix_touchpoint_event_unmatched",
            "unmatched",
            "occurred_at",
            "id",
            where=text("unmatched IS NOT NULL"),
        ),
    )

    source: str = Field(sa_type=SortedText)
    key: str = personal(Sensitivity.REFERENCE, sa_type=SortedText)
    type: str = Field(sa_type=SortedText)
    channel: Channel = Field(sa_type=SortedText)
    customer_id: UUID | None = None
    touchpoint_id: UUID | None = None
    journey_instance_id: UUID | None = None
    unmatched: Unmatched | None = Field(default=None, sa_type=SortedText)
    unmatched_customer_system: str | None = Field(default=None, sa_type=SortedText)
    unmatched_customer_value: str | None = personal(Sensitivity.REFERENCE, default=None, sa_type=SortedText)
    unmatched_touchpoint_key: str | None = Field(default=None, sa_type=SortedText)
    properties: dict[str, Any] = personal(Sensitivity.TRAITS, default_factory=dict, sa_type=JSONB)
    measured: float | None = None
    standard_met: bool | None = None
    occurred_at: datetime = moment()
    recorded_at: datetime = moment()
