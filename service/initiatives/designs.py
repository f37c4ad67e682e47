"""What does a stored plan say? Its row, scopes and metrics as one value, and the sides they make up."""

from uuid import UUID

from service import insights
from service.ground.keys import uuid7
from service.ground.session import Session
from service.initiatives import measurements
from service.initiatives.proof_tables import PlanMetric, PlanScope, PlanSide
from service.initiatives.rules import Plan, PlannedMetric
from service.initiatives.scopes import Sides, derived, rows_of, scope_of, with_descendants
from service.initiatives.tables import (
    ComparisonKind,
    EffectScale,
    Exposure,
    InitiativeInsight,
    MeasurementPlan,
    PlanBucket,
    PlanCohortMember,
    Population,
    WantedDirection,
)


async def stored(session: Session, row: MeasurementPlan) -> Plan:
    """Return a plan as its rows say it."""
    scopes = await session.find(PlanScope, plan_id=row.id)
    beside = await session.find(PlanMetric, plan_id=row.id)
    return Plan(
        metric_id=row.metric_id,
        metric_version=row.metric_version,
        direction=WantedDirection(row.direction),
        bucket=PlanBucket(row.bucket),
        practical_threshold=row.practical_threshold,
        baseline_start=row.baseline_start,
        baseline_end=row.baseline_end,
        starts_at=row.starts_at,
        evaluation_end=row.evaluation_end,
        ramp_up_days=row.ramp_up_days,
        minimum_sample=row.minimum_sample,
        comparison_kind=ComparisonKind(row.comparison_kind),
        comparison=row.comparison,
        time_zone=row.time_zone,
        population=Population(row.population),
        exposure=Exposure(row.exposure),
        threshold_scale=EffectScale(row.threshold_scale),
        treated=scope_of(scopes, PlanSide.TREATED),
        compared=scope_of(scopes, PlanSide.COMPARISON),
        secondary=tuple(_planned(one) for one in sorted(beside, key=lambda one: one.position)),
    )


def _planned(row: PlanMetric) -> PlannedMetric:
    return PlannedMetric(
        row.metric_id,
        row.metric_version,
        WantedDirection(row.direction),
        row.practical_threshold,
        EffectScale(row.threshold_scale),
    )


def keep_parts(session: Session, plan_id: UUID, plan: Plan) -> None:
    """Write the scopes and the further metrics of a plan; those of an earlier draft must be gone."""
    treated = rows_of(plan_id, PlanSide.TREATED, plan.treated)
    scopes = [*treated, *rows_of(plan_id, PlanSide.COMPARISON, plan.compared)]
    session.insert(PlanScope, [{"id": uuid7(), **row, "position": n} for n, row in enumerate(scopes)])
    beside = [
        {
            "id": uuid7(),
            "plan_id": plan_id,
            "position": n,
            "metric_id": one.metric_id,
            "metric_version": one.metric_version,
            "direction": one.direction,
            "practical_threshold": one.practical_threshold,
            "threshold_scale": one.threshold_scale,
        }
        for n, one in enumerate(plan.secondary)
    ]
    session.insert(PlanMetric, beside)


async def sides_of(session: Session, initiative_id: UUID, plan: Plan) -> Sides:
    """Return the sides that a plan compares, with all contact reasons beneath those it names.

    Raises Invalid for sides that its metric cannot tell apart.
    """
    measurement = measurements.MEASUREMENTS[plan.metric_id]
    treated = plan.treated
    if not treated.kinds():
        treated = await derived(session, initiative_id, measurement)
    compared = None if plan.comparison_kind is ComparisonKind.NONE else plan.compared
    members = await _members(session, initiative_id) if plan.population is Population.COHORT else None
    sides = Sides(treated, compared, members)
    sides.check(measurement)
    return await with_descendants(session, sides)


async def _members(session: Session, initiative_id: UUID) -> tuple[UUID, ...]:
    """Return the frozen cohort; before the plan is locked, who would belong to it."""
    plans = await session.find(MeasurementPlan, initiative_id=initiative_id)
    if plans and plans[0].locked_at is not None:
        members = await session.find(PlanCohortMember, plan_id=plans[0].id)
        return tuple(dict.fromkeys(member.customer_id for member in members))
    return tuple(await cohort(session, initiative_id))


async def cohort(session: Session, initiative_id: UUID) -> list[UUID]:
    """Return the customers whose signals back the insights that an initiative answers."""
    links = await session.find(InitiativeInsight, initiative_id=initiative_id)
    return await insights.evidence.customers_behind(session, [link.insight_id for link in links])
