"""Which tables hold what a proof rests on? Scopes and metrics of a plan, every number of an evaluation."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field

from service.ground.tables import SortedText, TenantRow, belongs_to, holds, index, one_of, unique
from service.initiatives.proof.guards import ProofReason
from service.initiatives.tables import EffectScale, Verdict, WantedDirection

ONE_SCOPE = "num_nonnulls(contact_reason_id, touchpoint_id, team_id, segment_id) = 1"
ONE_SUBJECT = "num_nonnulls(plan_id, evaluation_id) = 1"


class PlanSide(StrEnum):
    """Whether something gets the change or is what it is compared with."""

    TREATED = "TREATED"
    COMPARISON = "COMPARISON"


class PointPhase(StrEnum):
    """When a bucket lies, seen from the change."""

    BEFORE = "BEFORE"
    RAMP_UP = "RAMP_UP"
    AFTER = "AFTER"


class PlanScope(TenantRow, table=True):
    """One contact reason, touchpoint, team or segment that a side of a plan consists of.

    Those of one kind are alternatives; where a side names several kinds, all of them must fit.
    """

    __tablename__ = "plan_scope"
    __table_args__ = (
        belongs_to("plan_id", "measurement_plan", with_parent=True),
        belongs_to("contact_reason_id", "contact_reason"),
        belongs_to("touchpoint_id", "touchpoint"),
        belongs_to("team_id", "team"),
        belongs_to("segment_id", "segment"),
        one_of("side", PlanSide),
        holds("one_scope", ONE_SCOPE),
        index("ix_plan_scope_plan", "plan_id", "position", "id"),
    )

    plan_id: UUID
    position: int
    side: PlanSide = Field(sa_type=SortedText)
    contact_reason_id: UUID | None = None
    touchpoint_id: UUID | None = None
    team_id: UUID | None = None
    segment_id: UUID | None = None


class PlanMetric(TenantRow, table=True):
    """A metric that is looked at beside the primary one; it never sets the verdict."""

    __tablename__ = "plan_metric"
    __table_args__ = (
        unique("plan_id", "metric_id"),
        belongs_to("plan_id", "measurement_plan", with_parent=True),
        one_of("direction", WantedDirection),
        one_of("threshold_scale", EffectScale),
        holds("practical_threshold", "practical_threshold > 0"),
        index("ix_plan_metric_plan", "plan_id", "position", "id"),
    )

    plan_id: UUID
    position: int
    metric_id: str = Field(sa_type=SortedText)
    metric_version: int
    direction: WantedDirection = Field(sa_type=SortedText)
    practical_threshold: float
    threshold_scale: EffectScale = Field(sa_type=SortedText)


class ProofGuard(TenantRow, table=True):
    """Whether one of the guards let a verdict pass: foreseen for a plan, or found by an evaluation."""

    __tablename__ = "proof_guard"
    __table_args__ = (
        belongs_to("plan_id", "measurement_plan", with_parent=True),
        belongs_to("evaluation_id", "impact_evaluation", with_parent=True),
        one_of("reason", ProofReason),
        holds("one_subject", ONE_SUBJECT),
        index("ix_proof_guard_plan", "plan_id", "position", "id"),
        index("ix_proof_guard_evaluation", "evaluation_id", "position", "id"),
    )

    plan_id: UUID | None = None
    evaluation_id: UUID | None = None
    position: int
    reason: ProofReason = Field(sa_type=SortedText)
    passed: bool


class EvaluationPoint(TenantRow, table=True):
    """One bucket that an evaluation saw, as it was then, beside what was expected without the change."""

    __tablename__ = "evaluation_point"
    __table_args__ = (
        unique("evaluation_id", "position"),
        belongs_to("evaluation_id", "impact_evaluation", with_parent=True),
        one_of("phase", PointPhase),
    )

    evaluation_id: UUID
    position: int
    starts_on: date
    phase: PointPhase = Field(sa_type=SortedText)
    value: float | None = None
    weight: float
    expected: float | None = None
    comparison_value: float | None = None
    comparison_weight: float | None = None


class EvaluationMetric(TenantRow, table=True):
    """What an evaluation found of a metric beside the primary one."""

    __tablename__ = "evaluation_metric"
    __table_args__ = (
        unique("evaluation_id", "position"),
        belongs_to("evaluation_id", "impact_evaluation", with_parent=True),
        one_of("verdict", Verdict),
        one_of("effect_scale", EffectScale),
    )

    evaluation_id: UUID
    position: int
    metric_id: str
    verdict: Verdict = Field(sa_type=SortedText)
    reason_code: str | None = None
    effect_scale: EffectScale = Field(sa_type=SortedText)
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    survives: bool
    sample_size: int


class EvaluationOverlap(TenantRow, table=True):
    """Another initiative that changed the same thing while an evaluation's buckets were counted."""

    __tablename__ = "evaluation_overlap"
    __table_args__ = (
        unique("evaluation_id", "initiative_id"),
        belongs_to("evaluation_id", "impact_evaluation", with_parent=True),
        belongs_to("initiative_id", "initiative", with_parent=True),
        index("ix_evaluation_overlap_evaluation", "evaluation_id", "position", "initiative_id"),
        index("ix_evaluation_overlap_initiative", "initiative_id", "evaluation_id", "id"),
    )

    evaluation_id: UUID
    initiative_id: UUID
    position: int
