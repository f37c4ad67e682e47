"""Which tables hold what analyses found? Runs, suggestions, friction by reason and touchpoint, drivers."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from service.ground.tables import (
    SortedText,
    TenantRow,
    VersionedRow,
    belongs_to,
    free_attributes,
    holds,
    index,
    moment,
    one_of,
    unique,
)

ONE_SUBJECT = "num_nonnulls(contact_reason_id, theme_id) = 1"
ONE_PLACE = "num_nonnulls(contact_reason_id, touchpoint_id) = 1"
ONE_DRIVER = "num_nonnulls(contact_reason_id, touchpoint_id, theme_id) = 1"


def _open_once(subject: str) -> Index:
    """Let a subject have one suggestion at a time that waits for a decision."""
    where = text(f"status = 'OPEN' AND {subject} IS NOT NULL")
    return Index(f"uq_suggestion_open_{subject}", "tenant_id", subject, unique=True, postgresql_where=where)


class AnalysisKind(StrEnum):
    """What an analysis looks for."""

    DETECTION = "DETECTION"
    FRICTION = "FRICTION"
    DRIVERS = "DRIVERS"
    THEMES = "THEMES"
    SENTIMENT = "SENTIMENT"
    CHURN = "CHURN"


class SuggestionStatus(StrEnum):
    """What a person has made of a suggestion."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DISMISSED = "DISMISSED"


class GapMeasure(StrEnum):
    """In which measure those who meet something differ from the others."""

    CSAT = "CSAT"
    NPS = "NPS"
    FRICTION = "FRICTION"


class DriverMetric(StrEnum):
    """The score that something drives."""

    NPS = "NPS"
    CSAT = "CSAT"


class Course(StrEnum):
    """Which way something goes; STEADY where its interval holds no change, too."""

    RISING = "RISING"
    STEADY = "STEADY"
    FALLING = "FALLING"


class AnalysisRun(TenantRow, table=True):
    """One run of an analysis: with which method and version, over how much, up to when. Never changed."""

    __tablename__ = "analysis_run"
    __table_args__ = (
        one_of("kind", AnalysisKind),
        holds("counts", "read_count >= 0 AND found_count >= 0"),
        index("ix_analysis_run_ran_at", "ran_at", "id"),
        index("ix_analysis_run_kind", "kind", "ran_at", "id"),
    )

    kind: AnalysisKind = Field(sa_type=SortedText)
    model: str
    model_version: str
    parameters: dict[str, Any] = free_attributes()
    read_count: int
    found_count: int
    note: str | None = None
    until: datetime = moment()
    ran_at: datetime = moment()


class Suggestion(VersionedRow, table=True):
    """Something that detection holds for new: a reason or theme that more customers speak of than usual."""

    __tablename__ = "suggestion"
    __table_args__ = (
        belongs_to("contact_reason_id", "contact_reason"),
        belongs_to("theme_id", "theme"),
        belongs_to("run_id", "analysis_run"),
        belongs_to("insight_id", "insight"),
        one_of("status", SuggestionStatus),
        holds("one_subject", ONE_SUBJECT),
        holds("probability", "probability BETWEEN 0 AND 1"),
        holds("decided_whole", "(status = 'OPEN') = (decided_at IS NULL)"),
        holds("accepted_into_insight", "(status = 'ACCEPTED') = (insight_id IS NOT NULL)"),
        _open_once("contact_reason_id"),
        _open_once("theme_id"),
        index("ix_suggestion_created_at", "created_at", "id"),
        index("ix_suggestion_surprise", "surprise", "id"),
        index("ix_suggestion_status", "status", "created_at", "id"),
        index("ix_suggestion_contact_reason", "contact_reason_id", "created_at", "id"),
        index("ix_suggestion_theme", "theme_id", "created_at", "id"),
        index("ix_suggestion_insight", "insight_id", "created_at", "id"),
        index("ix_suggestion_run", "run_id", "created_at", "id"),
    )

    contact_reason_id: UUID | None = None
    theme_id: UUID | None = None
    run_id: UUID
    status: SuggestionStatus = Field(default=SuggestionStatus.OPEN, sa_type=SortedText)
    title: str
    why: str
    period_start: datetime = moment()
    period_end: datetime = moment()
    observed: int
    expected: float
    usual: float
    growth: float
    season: float
    dispersion: float
    probability: float
    surprise: float
    baseline_periods: int
    customers: int
    calmed_at: datetime | None = moment(nullable=True)
    decided_by: str | None = None
    decided_at: datetime | None = moment(nullable=True)
    decision_reason: str | None = None
    insight_id: UUID | None = None


class SuggestionSignal(TenantRow, table=True):
    """One signal behind a suggestion; it becomes evidence when the suggestion is accepted."""

    __tablename__ = "suggestion_signal"
    __table_args__ = (
        belongs_to("suggestion_id", "suggestion", with_parent=True),
        belongs_to("interaction_id", "interaction", with_parent=True),
        belongs_to("feedback_id", "feedback", with_parent=True),
        holds("one_signal", "num_nonnulls(interaction_id, feedback_id) = 1"),
        unique("suggestion_id", "interaction_id"),
        unique("suggestion_id", "feedback_id"),
        index("ix_suggestion_signal_suggestion", "suggestion_id", "occurred_at", "id"),
    )

    suggestion_id: UUID
    interaction_id: UUID | None = None
    feedback_id: UUID | None = None
    occurred_at: datetime = moment()


class FrictionPoint(TenantRow, table=True):
    """How many customers a contact reason or a touchpoint hurts a month, and whether that is rising."""

    __tablename__ = "friction_point"
    __table_args__ = (
        belongs_to("contact_reason_id", "contact_reason"),
        belongs_to("touchpoint_id", "touchpoint"),
        belongs_to("run_id", "analysis_run"),
        one_of("gap_measure", GapMeasure),
        one_of("course", Course),
        holds("one_place", ONE_PLACE),
        holds("hurt_among_met", "customers <= customers_met"),
        holds("gap_whole", "num_nulls(gap_measure, gap, gap_low, gap_high) IN (0, 4)"),
        holds("priority", "priority >= 0"),
        unique("contact_reason_id"),
        unique("touchpoint_id"),
        index("ix_friction_point_customers", "customers", "id"),
        index("ix_friction_point_trend", "trend", "id"),
        index("ix_friction_point_priority", "priority", "id"),
    )

    contact_reason_id: UUID | None = None
    touchpoint_id: UUID | None = None
    run_id: UUID
    period_start: datetime = moment()
    period_end: datetime = moment()
    contacts: int
    customers_met: int
    customers: int
    friction_rate: float | None = None
    friction_rate_low: float | None = None
    friction_rate_high: float | None = None
    previous_customers: int
    trend: float
    trend_low: float
    trend_high: float
    course: Course = Field(sa_type=SortedText)
    gap_measure: GapMeasure | None = Field(default=None, sa_type=SortedText)
    gap: float | None = None
    gap_low: float | None = None
    gap_high: float | None = None
    priority: float
    measured_at: datetime = moment()


class FrictionPeriod(TenantRow, table=True):
    """How many customers one of the periods before counted; the last is the one that is measured."""

    __tablename__ = "friction_period"
    __table_args__ = (
        belongs_to("friction_point_id", "friction_point", with_parent=True),
        unique("friction_point_id", "starts_at"),
        index("ix_friction_period_friction_point", "friction_point_id", "starts_at", "id"),
    )

    friction_point_id: UUID
    starts_at: datetime = moment()
    ends_at: datetime = moment()
    contacts: int
    customers: int


class Driver(TenantRow, table=True):
    """How much one thing moves a score: the score of all answers less that of the answers without it."""

    __tablename__ = "driver"
    __table_args__ = (
        belongs_to("run_id", "analysis_run", with_parent=True),
        belongs_to("contact_reason_id", "contact_reason"),
        belongs_to("touchpoint_id", "touchpoint"),
        belongs_to("theme_id", "theme"),
        one_of("metric", DriverMetric),
        holds("one_driver", ONE_DRIVER),
        holds("within_interval", "impact_low <= impact_high"),
        index("ix_driver_impact", "impact", "id"),
        index("ix_driver_current", "current", "impact", "id"),
        index("ix_driver_run", "run_id", "impact", "id"),
        index("ix_driver_contact_reason", "contact_reason_id", "measured_at", "id"),
        index("ix_driver_touchpoint", "touchpoint_id", "measured_at", "id"),
        index("ix_driver_theme", "theme_id", "measured_at", "id"),
    )

    run_id: UUID
    contact_reason_id: UUID | None = None
    touchpoint_id: UUID | None = None
    theme_id: UUID | None = None
    metric: DriverMetric = Field(sa_type=SortedText)
    answers: int
    other_answers: int
    score: float
    other_score: float
    impact: float
    impact_low: float
    impact_high: float
    current: bool = True
    measured_at: datetime = moment()
