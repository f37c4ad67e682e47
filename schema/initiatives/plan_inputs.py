"""How do clients say how an effect will be judged? The plan, its scopes and its further metrics."""

from datetime import datetime
from uuid import UUID

import strawberry

from schema.ground import ids
from schema.ground.fields import value
from service import initiatives
from service.customers.reads import SEGMENT
from service.ground.reads import Entity
from service.initiatives import measurements
from service.initiatives.rules import PlannedMetric
from service.initiatives.scopes import EVERYTHING, Scope
from service.initiatives.tables import (
    ComparisonKind,
    EffectScale,
    Exposure,
    PlanBucket,
    Population,
    WantedDirection,
)
from service.interactions.reads import CONTACT_REASON, TEAM
from service.touchpoints.reads import TOUCHPOINT

PARTS = (
    "metric_id",
    "metric_version",
    "direction",
    "bucket",
    "practical_threshold",
    "minimum_sample",
    "baseline_start",
    "baseline_end",
    "starts_at",
    "ramp_up_days",
    "evaluation_end",
    "comparison_kind",
    "comparison",
    "time_zone",
    "population",
    "exposure",
)
SCALE = (
    "What the practical threshold is measured in; where absent, counts and durations relative (0.1 is 10 %), "
    "everything else in the metric's unit."
)


@strawberry.input(
    description="Which part of everything: those of one kind are alternatives, all named kinds must fit."
)
class PlanScopeInput:
    """A scope."""

    contact_reason_ids: list[strawberry.ID] | None = value(
        "Contacts for one of these reasons, or one beneath them.", default=None
    )
    touchpoint_ids: list[strawberry.ID] | None = value("At one of these touchpoints.", default=None)
    team_ids: list[strawberry.ID] | None = value("By one of these teams.", default=None)
    segment_ids: list[strawberry.ID] | None = value("Customers in one of these segments.", default=None)


@strawberry.input(description="A metric to look at beside the primary one; it sets no verdict.")
class PlanMetricInput:
    """A further metric."""

    metric_id: str = value("The metric, by its id in the registry.")
    metric_version: int = value("The version of its definition that is in force.", default=1)
    direction: WantedDirection = value("Which way it should move.")
    practical_threshold: float = value("The smallest effect that matters, more than 0.")
    threshold_scale: EffectScale | None = value(SCALE, default=None)


@strawberry.input(description="How an initiative's effect will be judged; replaces an earlier draft whole.")
class MeasurementPlanDraftInput:
    """A plan to draft, or to look ahead with."""

    initiative_id: strawberry.ID = value("Which initiative.")
    metric_id: str = value("The one metric that sets the verdict, by its id in the registry, as `CES_MEAN`.")
    metric_version: int = value("The version of that metric's definition that is in force.", default=1)
    direction: WantedDirection = value("Which way the metric should move.")
    bucket: PlanBucket = value(
        "The span of time that gives one value of the series.", default=PlanBucket.WEEK
    )
    practical_threshold: float = value(
        "The smallest effect that matters, more than 0, on the threshold's scale."
    )
    threshold_scale: EffectScale | None = value(SCALE, default=None)
    minimum_sample: int | None = value(
        "With fewer observations than this, 1 or more, there is no verdict.", default=None
    )
    baseline_start: datetime = value("From when on the time before counts.")
    baseline_end: datetime = value("Until when the time before counts.")
    starts_at: datetime = value(
        "When the change is to come into effect: when the baseline has ended, or later."
    )
    ramp_up_days: int = value("How many days after that count for nothing, 0 or more.", default=0)
    evaluation_end: datetime = value("When the effect is judged, after the ramp-up; not before.")
    comparison_kind: ComparisonKind = value("Whom the change is compared with.", default=ComparisonKind.NONE)
    comparison: str | None = value("Who that is, in words; all kinds but NONE need it.", default=None)
    time_zone: str = value("The IANA time zone in which days, weeks and months begin.", default="UTC")
    population: Population = value(
        "Whose signals are counted where the change is made.", default=Population.EVERYBODY
    )
    exposure: Exposure = value("What contacts are seen in proportion to.", default=Exposure.TIME)
    treated: PlanScopeInput | None = value(
        "What gets the change; where absent, what the initiative's insights and touchpoints are about.",
        default=None,
    )
    compared: PlanScopeInput | None = value(
        "What it is compared with; where absent, everything that is not treated.", default=None
    )
    secondary_metrics: list[PlanMetricInput] | None = value(
        "Metrics to look at beside the primary one.", default=None
    )
    expected_version: int | None = value("Refuse if the plan has changed since this version.", default=None)


def planned(sent: MeasurementPlanDraftInput) -> initiatives.Plan:
    """Return what a client says of a plan; raises Invalid for something that is no id of its kind."""
    return initiatives.Plan(
        **{name: getattr(sent, name) for name in PARTS},
        threshold_scale=_scale(sent.metric_id, sent.threshold_scale),
        treated=_scope(sent.treated, "treated"),
        compared=_scope(sent.compared, "compared"),
        secondary=tuple(_metric(one) for one in sent.secondary_metrics or ()),
    )


def _metric(sent: PlanMetricInput) -> PlannedMetric:
    scale = _scale(sent.metric_id, sent.threshold_scale)
    return PlannedMetric(sent.metric_id, sent.metric_version, sent.direction, sent.practical_threshold, scale)


def _scale(metric_id: str, sent: EffectScale | None) -> EffectScale:
    """Return the scale that was sent, else the one on which effects on this metric are measured."""
    measurement = measurements.find(metric_id)
    return sent or (EffectScale.METRIC_UNIT if measurement is None else measurement.scale)


def _scope(sent: PlanScopeInput | None, field: str) -> Scope:
    if sent is None:
        return EVERYTHING

    def decoded(texts: list[strawberry.ID] | None, entity: Entity, name: str) -> tuple[UUID, ...]:
        return tuple(dict.fromkeys(ids.decode_all(texts or [], entity, field, name)))

    return Scope(
        contact_reasons=decoded(sent.contact_reason_ids, CONTACT_REASON, "contactReasonIds"),
        touchpoints=decoded(sent.touchpoint_ids, TOUCHPOINT, "touchpointIds"),
        teams=decoded(sent.team_ids, TEAM, "teamIds"),
        segments=decoded(sent.segment_ids, SEGMENT, "segmentIds"),
    )
