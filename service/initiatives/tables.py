"""Which tables hold initiatives? Funded changes, reports, measurement plans and what came of them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, text
from sqlmodel import Field

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
from service.metrics.definitions import CONFIDENCE

NOT_SHIPPED = "'1970-01-01 00:00:00+00'::timestamptz"
"""Stands for the day of shipping of what has not shipped, where rows are sorted."""


class InitiativeStatus(StrEnum):
    """How far an initiative has come; the last four before CLOSED are verdicts."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    PLANNED = "PLANNED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    SHIPPED = "SHIPPED"
    OBSERVING = "OBSERVING"
    IMPROVED = "IMPROVED"
    NO_CHANGE = "NO_CHANGE"
    WORSENED = "WORSENED"
    INCONCLUSIVE = "INCONCLUSIVE"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class InitiativeHealth(StrEnum):
    """How its owner sees the work going."""

    ON_TRACK = "ON_TRACK"
    AT_RISK = "AT_RISK"
    OFF_TRACK = "OFF_TRACK"


class Verdict(StrEnum):
    """What an evaluation says of a change."""

    IMPROVED = "IMPROVED"
    NO_CHANGE = "NO_CHANGE"
    WORSENED = "WORSENED"
    INCONCLUSIVE = "INCONCLUSIVE"


class EvidenceGrade(StrEnum):
    """How strong the method behind a verdict is."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class WantedDirection(StrEnum):
    """Which way the primary metric should move."""

    INCREASE = "INCREASE"
    DECREASE = "DECREASE"


class PlanBucket(StrEnum):
    """The span of time that gives one value of the series."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class ComparisonKind(StrEnum):
    """Whom the change is compared with."""

    RANDOMISED = "RANDOMISED"
    STAGED_ROLLOUT = "STAGED_ROLLOUT"
    COMPARISON_GROUP = "COMPARISON_GROUP"
    NONE = "NONE"


class Population(StrEnum):
    """Whose signals are counted where the change is made."""

    EVERYBODY = "EVERYBODY"
    COHORT = "COHORT"


class Exposure(StrEnum):
    """What the number of events is seen in proportion to."""

    TIME = "TIME"
    CUSTOMERS = "CUSTOMERS"
    TOUCHPOINT_EVENTS = "TOUCHPOINT_EVENTS"


class EffectScale(StrEnum):
    """What an effect, or the smallest that matters, is measured in."""

    RELATIVE = "RELATIVE"
    METRIC_UNIT = "METRIC_UNIT"


class ProofMethod(StrEnum):
    """How an effect was computed."""

    INTERRUPTED_SERIES = "INTERRUPTED_SERIES"
    RANDOMISED_ARMS = "RANDOMISED_ARMS"


class LooksEnded(StrEnum):
    """Why an effect is not looked at again."""

    JUDGED = "JUDGED"
    TIME_CANNOT_HELP = "TIME_CANNOT_HELP"
    BASELINE_TOO_SHORT = "BASELINE_TOO_SHORT"
    LAST_LOOK = "LAST_LOOK"
    SETTLED = "SETTLED"


class Initiative(VersionedRow, table=True):
    """A funded change that is to make an experience better."""

    __tablename__ = "initiative"
    __table_args__ = (
        one_of("status", InitiativeStatus),
        one_of("health", InitiativeHealth),
        one_of("verdict", Verdict),
        holds("untold", "untold_count >= 0"),
        holds("cost", "cost_minor >= 0"),
        holds("cost_with_currency", "(cost_minor IS NULL) = (currency IS NULL)"),
        holds("currency", "currency ~ '^[A-Z]{3}$'"),
        holds("planned_span", "planned_start <= planned_end"),
        holds("overridden_with_reason", "(overridden_by IS NULL) = (override_reason IS NULL)"),
        index("ix_initiative_created_at", "created_at", "id"),
        index("ix_initiative_updated_at", "updated_at", "id"),
        index("ix_initiative_shipped_at", text(f"coalesce(shipped_at, {NOT_SHIPPED})"), "id"),
        index("ix_initiative_status", "status", "updated_at", "id"),
        index("ix_initiative_health", "health", "updated_at", "id"),
        index("ix_initiative_owner", "owner", "updated_at", "id"),
        index("ix_initiative_next_evaluation_at", "next_evaluation_at", "id"),
    )

    name: str
    hypothesis: str | None = None
    owner: str = Field(sa_type=SortedText)
    sponsor: str | None = None
    status: InitiativeStatus = Field(default=InitiativeStatus.PROPOSED, sa_type=SortedText)
    health: InitiativeHealth = Field(default=InitiativeHealth.ON_TRACK, sa_type=SortedText)
    cost_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None
    goal: str | None = None
    target_metric: str | None = None
    planned_start: date | None = None
    planned_end: date | None = None
    approved_by: str | None = None
    approved_at: datetime | None = moment(nullable=True)
    started_at: datetime | None = moment(nullable=True)
    plan_locked_at: datetime | None = moment(nullable=True)
    untold_count: int = 0
    shipped_at: datetime | None = moment(nullable=True)
    shipped_scope: str | None = None
    change_reference: str | None = None
    verdict: Verdict | None = Field(default=None, sa_type=SortedText)
    verdict_reason: str | None = None
    next_evaluation_at: datetime | None = moment(nullable=True)
    overridden_by: str | None = None
    override_reason: str | None = None
    overridden_at: datetime | None = moment(nullable=True)
    learning_note: str | None = None


class InitiativeInsight(TenantRow, table=True):
    """The link between an initiative and an insight it answers."""

    __tablename__ = "initiative_insight"
    __table_args__ = (
        unique("initiative_id", "insight_id"),
        belongs_to("initiative_id", "initiative", with_parent=True),
        belongs_to("insight_id", "insight", with_parent=True),
        index("ix_initiative_insight_initiative", "initiative_id", "linked_at", "insight_id"),
        index("ix_initiative_insight_insight", "insight_id", "linked_at", "initiative_id"),
    )

    initiative_id: UUID
    insight_id: UUID
    linked_at: datetime = moment()


class InitiativeTouchpoint(TenantRow, table=True):
    """The link between an initiative and a touchpoint it changes."""

    __tablename__ = "initiative_touchpoint"
    __table_args__ = (
        unique("initiative_id", "touchpoint_id"),
        belongs_to("initiative_id", "initiative", with_parent=True),
        belongs_to("touchpoint_id", "touchpoint", with_parent=True),
        index("ix_initiative_touchpoint_initiative", "initiative_id", "linked_at", "touchpoint_id"),
        index("ix_initiative_touchpoint_touchpoint", "touchpoint_id", "linked_at", "initiative_id"),
    )

    initiative_id: UUID
    touchpoint_id: UUID
    linked_at: datetime = moment()


class InitiativeUpdate(TenantRow, table=True):
    """A dated report of how the work goes; never changed afterwards."""

    __tablename__ = "initiative_update"
    __table_args__ = (
        belongs_to("initiative_id", "initiative", with_parent=True),
        one_of("health", InitiativeHealth),
        index("ix_initiative_update_initiative", "initiative_id", "reported_at", "id"),
    )

    initiative_id: UUID
    health: InitiativeHealth = Field(sa_type=SortedText)
    note: str
    author: str
    reported_at: datetime = moment()


class MeasurementPlan(VersionedRow, table=True):
    """How the effect of an initiative will be judged; locked before the work starts, it never changes.

    `detectable_effect` and what follows it were foreseen when the plan was last drafted or locked.
    """

    __tablename__ = "measurement_plan"
    __table_args__ = (
        unique("initiative_id"),
        belongs_to("initiative_id", "initiative", with_parent=True),
        one_of("direction", WantedDirection),
        one_of("bucket", PlanBucket),
        one_of("comparison_kind", ComparisonKind),
        one_of("population", Population),
        one_of("exposure", Exposure),
        one_of("threshold_scale", EffectScale),
        holds("practical_threshold", "practical_threshold > 0"),
        holds("minimum_sample", "minimum_sample >= 1"),
        holds("ramp_up", "ramp_up_days >= 0"),
        holds("baseline_before_start", "baseline_start < baseline_end AND baseline_end <= starts_at"),
        holds("evaluation_after_start", "starts_at < evaluation_end"),
        holds("locked_by_somebody", "(locked_at IS NULL) = (locked_by IS NULL)"),
        index("ix_measurement_plan_evaluation_end", "evaluation_end", "id"),
    )

    initiative_id: UUID
    metric_id: str
    metric_version: int
    direction: WantedDirection = Field(sa_type=SortedText)
    bucket: PlanBucket = Field(sa_type=SortedText)
    practical_threshold: float
    minimum_sample: int | None = None
    baseline_start: datetime = moment()
    baseline_end: datetime = moment()
    starts_at: datetime = moment()
    ramp_up_days: int = Field(default=0)
    evaluation_end: datetime = moment()
    comparison_kind: ComparisonKind = Field(default=ComparisonKind.NONE, sa_type=SortedText)
    comparison: str | None = None
    time_zone: str = Field(default="UTC")
    population: Population = Field(default=Population.EVERYBODY, sa_type=SortedText)
    exposure: Exposure = Field(default=Exposure.TIME, sa_type=SortedText)
    threshold_scale: EffectScale = Field(default=EffectScale.METRIC_UNIT, sa_type=SortedText)
    detectable_effect: float | None = None
    detectable_windows: int | None = None
    baseline_periods: int | None = None
    baseline_sample: int | None = None
    foreseen_at: datetime | None = moment(nullable=True)
    cohort_size: int | None = None
    locked_at: datetime | None = moment(nullable=True)
    locked_by: str | None = None


class PlanCohortMember(TenantRow, table=True):
    """One customer whose words led to the initiative, as it stood when the plan was locked.

    Not unique by customer: two members may turn out to be one customer later.
    """

    __tablename__ = "plan_cohort_member"
    __table_args__ = (
        belongs_to("plan_id", "measurement_plan", with_parent=True),
        belongs_to("customer_id", "customer", with_parent=True),
        index("ix_plan_cohort_member_plan", "plan_id", "customer_id", "id"),
        index("ix_plan_cohort_member_customer", "customer_id", "id"),
    )

    plan_id: UUID
    customer_id: UUID


class ImpactEvaluation(TenantRow, table=True):
    """One computation of an initiative's effect; a later one does not change an earlier one.

    From `metric_id` on it holds what the computation rests on; `inputs_digest` names all of that.
    """

    __tablename__ = "impact_evaluation"
    __table_args__ = (
        unique("initiative_id", "edition"),
        belongs_to("initiative_id", "initiative", with_parent=True),
        one_of("verdict", Verdict),
        one_of("evidence_grade", EvidenceGrade),
        one_of("method", ProofMethod),
        one_of("effect_scale", EffectScale),
        one_of("looks_ended", LooksEnded),
        holds("look", "look >= 1"),
        holds("confidence", "confidence > 0 AND confidence < 1"),
        holds("next_or_ended", "next_evaluation_at IS NULL OR looks_ended IS NULL"),
        holds("never_improved_by_before_and_after", "verdict <> 'IMPROVED' OR evidence_grade <> 'D'"),
        holds("inconclusive_with_reason", "verdict <> 'INCONCLUSIVE' OR reason_code IS NOT NULL"),
        holds("interval", "ci_low <= ci_high"),
        holds("sample_size", "sample_size >= 0"),
        index("ix_impact_evaluation_initiative", "initiative_id", "computed_at", "id"),
    )

    initiative_id: UUID
    edition: int
    computed_at: datetime = moment()
    verdict: Verdict = Field(sa_type=SortedText)
    reason_code: str | None = None
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    sample_size: int = Field(default=0)
    confidence: float = Field(default=CONFIDENCE)
    evidence_grade: EvidenceGrade = Field(sa_type=SortedText)
    is_final: bool = Field(default=False)
    look: int = Field(default=1)
    next_evaluation_at: datetime | None = moment(nullable=True)
    looks_ended: LooksEnded | None = Field(default=None, sa_type=SortedText)
    metric_id: str | None = None
    method: ProofMethod | None = Field(default=None, sa_type=SortedText)
    effect_scale: EffectScale | None = Field(default=None, sa_type=SortedText)
    threshold: float | None = None
    p_value: float | None = None
    dispersion: float | None = None
    autocorrelation: float | None = None
    comparison_estimate: float | None = None
    comparison_ci_low: float | None = None
    comparison_ci_high: float | None = None
    placebos_tried: int | None = None
    placebos_as_strong: int | None = None
    periods_before: int | None = None
    periods_after: int | None = None
    counted_from: date | None = None
    baseline_until: date | None = None
    resumed_at: date | None = None
    counted_until: date | None = None
    inputs_digest: str | None = None
    annotation: str | None = None
    annotated_by: str | None = None
