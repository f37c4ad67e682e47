"""What happened around a change that no series shows? Other changes of the same thing, and young sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, bindparam, func, select

from service import metrics
from service.ground.reads import among
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, table_of
from service.initiatives import measurements
from service.initiatives.proof.guards import Circumstances
from service.initiatives.proof_tables import PlanScope, PlanSide
from service.initiatives.rules import Plan
from service.initiatives.scopes import Scope, Shape, Sides, scope_of, with_descendants
from service.initiatives.spans import Span, bucket_of, within
from service.initiatives.tables import Initiative, InitiativeStatus, MeasurementPlan, PlanBucket

MATTERING_SHARE = 0.05
"""A source that brings less than this share of a series cannot bend it."""

_initiative = table_of(Initiative)
_plan = table_of(MeasurementPlan)
_scope = table_of(PlanScope)
_at = func.coalesce(_initiative.c.shipped_at, _plan.c.starts_at)
OTHERS = Statement(
    select(_initiative.c.id, _plan.c.id.label("plan_id"))
    .join(_plan, and_(_plan.c.tenant_id == TENANT, _plan.c.initiative_id == _initiative.c.id))
    .where(_initiative.c.tenant_id == TENANT, _initiative.c.id != bindparam("initiative"))
    .where(_plan.c.metric_id == bindparam("metric", type_=Text()), _plan.c.locked_at.is_not(None))
    .where(~among(_initiative.c.status, [InitiativeStatus.CANCELLED]))
    .where(_at >= bindparam("since", type_=Moment()), _at < bindparam("until", type_=Moment()))
    .order_by(_initiative.c.id)
)
SCOPES = Statement(
    select(*_scope.c).where(_scope.c.tenant_id == TENANT, _scope.c.plan_id == func.any(bindparam("plans")))
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What disturbed a series, and the other initiatives that did."""

    circumstances: Circumstances
    overlapping: tuple[UUID, ...] = ()


async def around(session: Session, initiative_id: UUID, plan: Plan, sides: Sides, span: Span) -> Surroundings:
    """Return what happened around a change between the plan's baseline and its end."""
    others = await overlapping(session, initiative_id, plan, sides)
    definition = metrics.find(plan.metric_id)
    return Surroundings(
        Circumstances(
            definition_changed=definition is None or definition.version != plan.metric_version,
            source_first_seen=await _first_seen(session, plan.metric_id, sides, span),
            other_initiatives=bool(others),
        ),
        tuple(others),
    )


async def overlapping(session: Session, initiative_id: UUID, plan: Plan, sides: Sides) -> list[UUID]:
    """Return the initiatives judged by the same metric that change what is counted here in the same days.

    What has not shipped yet counts from the day its plan says; other contact reasons, places, teams or
    segments are other things.
    """
    window = {"since": plan.baseline_start, "until": plan.evaluation_end}
    rows = await session.rows(OTHERS, initiative=initiative_id, metric=plan.metric_id, **window)
    if not rows:
        return []
    scopes = await _scopes(session, [row["plan_id"] for row in rows])
    found = []
    for row in rows:
        treated = scope_of(scopes.get(row["plan_id"], ()), PlanSide.TREATED)
        theirs = (await with_descendants(session, Sides(treated))).treated
        if theirs.meets(sides.treated) or _bends(theirs, sides.comparison):
            found.append(row["id"])
    return found


def _bends(theirs: Scope, comparison: Scope | None) -> bool:
    """Tell whether a change lies in what is compared with; one part of everything else hardly moves it."""
    return comparison is not None and bool(comparison.kinds()) and theirs.meets(comparison)


async def _scopes(session: Session, plans: Sequence[UUID]) -> Mapping[UUID, list[PlanScope]]:
    found: dict[UUID, list[PlanScope]] = {}
    for row in await session.rows(SCOPES, plans=list(plans)):
        columns: dict[str, Any] = dict(row)  # the model knows their types
        found.setdefault(row["plan_id"], []).append(PlanScope(**columns))
    return found


async def _first_seen(session: Session, metric_id: str, sides: Sides, span: Span) -> date | None:
    """Return the bucket in which the youngest source that matters began to deliver."""
    statement = _sources(metric_id, sides.shape(), span.bucket)
    rows = await session.rows(statement, **sides.values(), **span.values())
    total = sum(row["n"] for row in rows)
    return max((row["first_seen"] for row in rows if row["n"] > MATTERING_SHARE * total), default=None)


@cache
def _sources(metric_id: str, shape: Shape, bucket: PlanBucket) -> Statement:
    """Return a statement that tells when each source began, and how much of the treated side it brings."""
    measurement = measurements.MEASUREMENTS[metric_id]
    row = table_of(measurement.model)
    at = row.c[measurement.at]
    brought = func.count().filter(and_(*within(row, measurement.at), shape.condition(PlanSide.TREATED, row)))
    return Statement(
        select(row.c.source, bucket_of(func.min(at), bucket).label("first_seen"), brought.label("n"))
        .where(row.c.tenant_id == TENANT, at.is_not(None))
        .group_by(row.c.source)
    )
