"""Which tables hold insights? Claims with their evidence, elevations of the front line, themes."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, TextClause, text
from sqlmodel import Field

from service.feedback.tables import Judge
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

ONE_SIGNAL = "num_nonnulls(interaction_id, feedback_id, touchpoint_event_id) = 1"
STANDING = "unlinked_at IS NULL"
IMPORTANCE = "importance BETWEEN 0 AND 3"
PRIORITISED_WHOLE = (
    "num_nulls(priority, priority_affected_customers, priority_gap, priority_trend, prioritised_at) IN (0, 5)"
)


def _given(column: str) -> TextClause:
    """Leave rows out of an index that do not have this column."""
    return text(f"{column} IS NOT NULL")


def _linked_once(signal: str) -> Index:
    """Let a signal stand as evidence of one insight at most once; an unlinked one may be linked again."""
    where = text(f"{STANDING} AND {signal} IS NOT NULL")
    columns = ("tenant_id", signal, "insight_id")
    return Index(f"uq_evidence_{signal}", *columns, unique=True, postgresql_where=where)


class InsightKind(StrEnum):
    """What an insight is about."""

    PAIN = "PAIN"
    NEED = "NEED"
    GAIN = "GAIN"


class InsightStatus(StrEnum):
    """How far an insight has come."""

    DRAFT = "DRAFT"
    EVIDENCED = "EVIDENCED"
    VALIDATED = "VALIDATED"
    PRIORITISED = "PRIORITISED"
    ADDRESSING = "ADDRESSING"
    RESOLVED = "RESOLVED"
    REGRESSED = "REGRESSED"
    MERGED = "MERGED"
    REJECTED = "REJECTED"
    DORMANT = "DORMANT"


class RootCauseMethod(StrEnum):
    """How a root cause was found."""

    FIVE_WHYS = "FIVE_WHYS"
    DATA_QUERY = "DATA_QUERY"
    INTERVIEW = "INTERVIEW"
    OTHER = "OTHER"


class ElevationStatus(StrEnum):
    """What has become of an elevation."""

    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    MERGED = "MERGED"
    RETURNED = "RETURNED"
    DECLINED = "DECLINED"


class ElevationImpact(StrEnum):
    """What it does to customers if nothing changes."""

    ATTRITION_RISK = "ATTRITION_RISK"
    COMPLAINT = "COMPLAINT"
    ESCALATION = "ESCALATION"
    ANNOYANCE = "ANNOYANCE"
    OPPORTUNITY = "OPPORTUNITY"
    UNKNOWN = "UNKNOWN"


class ThemeOrigin(StrEnum):
    """Where a theme comes from."""

    CODED = "CODED"
    DISCOVERED = "DISCOVERED"
    MANUAL = "MANUAL"


class Theme(TenantRow, table=True):
    """Something that many customers say, as one run of coding or discovery named it."""

    __tablename__ = "theme"
    __table_args__ = (
        unique("key", "run"),
        belongs_to("analysis_run_id", "analysis_run"),
        belongs_to("continues_id", "theme"),
        one_of("origin", ThemeOrigin),
        holds("renamed_whole", "(renamed_by IS NULL) = (renamed_at IS NULL)"),
        index("ix_theme_created_at", "created_at", "id"),
        index("ix_theme_name", "name", "id"),
    )

    key: str = Field(sa_type=SortedText)
    run: str = Field(default="", sa_type=SortedText)
    name: str = Field(sa_type=SortedText)
    description: str | None = None
    origin: ThemeOrigin = Field(default=ThemeOrigin.MANUAL, sa_type=SortedText)
    created_at: datetime = moment()
    analysis_run_id: UUID | None = None
    found_name: str | None = None
    renamed_by: str | None = None
    renamed_at: datetime | None = moment(nullable=True)
    continues_id: UUID | None = None
    superseded_at: datetime | None = moment(nullable=True)


class FeedbackTheme(TenantRow, table=True):
    """The link between feedback and a theme it speaks of: who says so, and who took it back."""

    __tablename__ = "feedback_theme"
    __table_args__ = (
        unique("theme_id", "feedback_id"),
        belongs_to("theme_id", "theme", with_parent=True),
        belongs_to("feedback_id", "feedback", with_parent=True),
        one_of("judge", Judge),
        holds("confidence", "confidence BETWEEN 0 AND 1"),
        holds("withdrawn_whole", "num_nulls(withdrawn_at, withdrawn_by, withdraw_reason) IN (0, 3)"),
        index("ix_feedback_theme_theme", "theme_id", "linked_at", "feedback_id"),
        index("ix_feedback_theme_feedback", "feedback_id", "linked_at", "theme_id"),
    )

    theme_id: UUID
    feedback_id: UUID
    confidence: float | None = None
    linked_at: datetime = moment()
    judge: Judge = Field(default=Judge.AGENT, sa_type=SortedText)
    judged_by: str = ""
    withdrawn_at: datetime | None = moment(nullable=True)
    withdrawn_by: str | None = None
    withdraw_reason: str | None = personal(Sensitivity.WORDS, default=None)


class Insight(VersionedRow, table=True):
    """A claim about the experience.

    `initiative_active_at`, `verified_at` and `follow_up_due_at` are projections that later chapters keep:
    an initiative works on it, an evaluation proved the effect, the earliest thing still owed to a customer.
    """

    __tablename__ = "insight"
    __table_args__ = (
        belongs_to("journey_stage_id", "journey_stage"),
        belongs_to("touchpoint_id", "touchpoint"),
        belongs_to("contact_reason_id", "contact_reason"),
        belongs_to("theme_id", "theme"),
        belongs_to("merged_into_id", "insight"),
        one_of("kind", InsightKind),
        one_of("status", InsightStatus),
        one_of("root_cause_method", RootCauseMethod),
        holds("severity", "severity BETWEEN 1 AND 5"),
        holds("priority", "priority >= 0"),
        holds("prioritised_whole", PRIORITISED_WHOLE),
        holds("not_merged_into_itself", "merged_into_id <> id"),
        index("ix_insight_created_at", "created_at", "id"),
        index("ix_insight_updated_at", "updated_at", "id"),
        index("ix_insight_priority", text("coalesce(priority, -1)"), "id"),
        index("ix_insight_status", "status", "updated_at", "id"),
        index("ix_insight_kind", "kind", "updated_at", "id"),
        index("ix_insight_severity", "severity", "updated_at", "id"),
        index("ix_insight_owner", "owner", "updated_at", "id", where=_given("owner")),
        index(
            "ix_insight_journey_stage",
            "journey_stage_id",
            "updated_at",
            "id",
            where=_given("journey_stage_id"),
        ),
        index("ix_insight_touchpoint", "touchpoint_id", "updated_at", "id", where=_given("touchpoint_id")),
        index(
            "ix_insight_contact_reason",
            "contact_reason_id",
            "updated_at",
            "id",
            where=_given("contact_reason_id"),
        ),
        index("ix_insight_theme", "theme_id", "updated_at", "id", where=_given("theme_id")),
        index("ix_insight_merged_into", "merged_into_id", where=_given("merged_into_id")),
    )

    title: str
    summary: str | None = None
    kind: InsightKind = Field(default=InsightKind.PAIN, sa_type=SortedText)
    severity: int = Field(default=3)
    status: InsightStatus = Field(default=InsightStatus.DRAFT, sa_type=SortedText)
    owner: str | None = Field(default=None, sa_type=SortedText)
    journey_stage_id: UUID | None = None
    touchpoint_id: UUID | None = None
    contact_reason_id: UUID | None = None
    theme_id: UUID | None = None
    sponsor_reason: str | None = None
    root_cause: str | None = None
    root_cause_method: RootCauseMethod | None = Field(default=None, sa_type=SortedText)
    priority: float | None = None
    priority_affected_customers: float | None = None
    priority_gap: float | None = None
    priority_trend: float | None = None
    priority_gap_low: float | None = None
    priority_gap_high: float | None = None
    priority_gap_measure: str | None = None
    priority_measured_at: datetime | None = moment(nullable=True)
    prioritised_at: datetime | None = moment(nullable=True)
    initiative_active_at: datetime | None = moment(nullable=True)
    verified_at: datetime | None = moment(nullable=True)
    follow_up_due_at: datetime | None = moment(nullable=True)
    regressed_at: datetime | None = moment(nullable=True)
    merged_into_id: UUID | None = None


class Evidence(TenantRow, table=True):
    """One signal that backs an insight, with the words copied from it; never changed, at most unlinked."""

    __tablename__ = "evidence"
    __table_args__ = (
        belongs_to("insight_id", "insight", with_parent=True),
        belongs_to("interaction_id", "interaction", with_parent=True),
        belongs_to("feedback_id", "feedback", with_parent=True),
        belongs_to("touchpoint_event_id", "touchpoint_event", with_parent=True),
        belongs_to("customer_id", "customer", with_parent=True),
        holds("one_signal", ONE_SIGNAL),
        holds("importance", IMPORTANCE),
        holds("unlinked_with_reason", "(unlinked_at IS NULL) = (unlink_reason IS NULL)"),
        _linked_once("interaction_id"),
        _linked_once("feedback_id"),
        _linked_once("touchpoint_event_id"),
        index("ix_evidence_insight", "insight_id", "linked_at", "id"),
        index("ix_evidence_unlinked", "insight_id", "unlinked_at", "id", where=_given("unlinked_at")),
        index("ix_evidence_customer", "customer_id", "linked_at", "id", where=_given("customer_id")),
        index("ix_evidence_interaction", "interaction_id", "linked_at", "id", where=_given("interaction_id")),
        index("ix_evidence_feedback", "feedback_id", "linked_at", "id", where=_given("feedback_id")),
        index(
            "ix_evidence_touchpoint_event",
            "touchpoint_event_id",
            "linked_at",
            "id",
            where=_given("touchpoint_event_id"),
        ),
    )

    insight_id: UUID
    interaction_id: UUID | None = None
    feedback_id: UUID | None = None
    touchpoint_event_id: UUID | None = None
    customer_id: UUID | None = None
    quote: str | None = personal(Sensitivity.WORDS, default=None)
    importance: int = Field(default=1)
    linked_by: str
    linked_at: datetime = moment()
    unlinked_by: str | None = None
    unlinked_at: datetime | None = moment(nullable=True)
    unlink_reason: str | None = personal(Sensitivity.WORDS, default=None)


class Elevation(VersionedRow, table=True):
    """A request of the front line that something beyond its own control be fixed."""

    __tablename__ = "elevation"
    __table_args__ = (
        belongs_to("insight_id", "insight"),
        belongs_to("merged_into_id", "elevation"),
        one_of("impact", ElevationImpact),
        one_of("status", ElevationStatus),
        holds("not_merged_into_itself", "merged_into_id <> id"),
        index("ix_elevation_created_at", "created_at", "id"),
        index("ix_elevation_updated_at", "updated_at", "id"),
        index("ix_elevation_status", "status", "created_at", "id"),
        index("ix_elevation_impact", "impact", "created_at", "id"),
        index("ix_elevation_proposer", "proposer", "created_at", "id"),
        index("ix_elevation_insight", "insight_id", "created_at", "id", where=_given("insight_id")),
        index("ix_elevation_merged_into", "merged_into_id", where=_given("merged_into_id")),
    )

    title: str
    description: str | None = None
    impact: ElevationImpact = Field(default=ElevationImpact.UNKNOWN, sa_type=SortedText)
    frequency: str | None = None
    suggested_fix: str | None = None
    proposer: str = Field(sa_type=SortedText)
    status: ElevationStatus = Field(default=ElevationStatus.PROPOSED, sa_type=SortedText)
    question: str | None = None
    answer: str | None = None
    decline_reason: str | None = None
    insight_id: UUID | None = None
    merged_into_id: UUID | None = None


class ElevationSignal(TenantRow, table=True):
    """One signal that an elevation speaks of; it becomes evidence when the elevation is accepted."""

    __tablename__ = "elevation_signal"
    __table_args__ = (
        belongs_to("elevation_id", "elevation", with_parent=True),
        belongs_to("interaction_id", "interaction", with_parent=True),
        belongs_to("feedback_id", "feedback", with_parent=True),
        belongs_to("touchpoint_event_id", "touchpoint_event", with_parent=True),
        unique("elevation_id", "interaction_id"),
        unique("elevation_id", "feedback_id"),
        unique("elevation_id", "touchpoint_event_id"),
        holds("one_signal", ONE_SIGNAL),
        holds("importance", IMPORTANCE),
        index("ix_elevation_signal_elevation", "elevation_id", "added_at", "id"),
        index("ix_elevation_signal_interaction", "interaction_id", where=_given("interaction_id")),
        index("ix_elevation_signal_feedback", "feedback_id", where=_given("feedback_id")),
        index(
            "ix_elevation_signal_touchpoint_event",
            "touchpoint_event_id",
            where=_given("touchpoint_event_id"),
        ),
    )

    elevation_id: UUID
    interaction_id: UUID | None = None
    feedback_id: UUID | None = None
    touchpoint_event_id: UUID | None = None
    quote: str | None = personal(Sensitivity.WORDS, default=None)
    importance: int = Field(default=1)
    added_at: datetime = moment()
