"""What are events seen in proportion to? Time alone, the customers there are, what happens at a place."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import accumulate

from sqlalchemy import FromClause, and_, bindparam, func, select

from service.customers.tables import Customer
from service.ground.reads import Expression
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, table_of
from service.initiatives.measurements import SEGMENTS, TOUCHPOINTS
from service.initiatives.proof.series import Series
from service.initiatives.proof_tables import PlanSide
from service.initiatives.scopes import Shape, Sides
from service.initiatives.spans import Span, bucket_of, within
from service.initiatives.tables import Exposure, PlanBucket
from service.interactions.tables import Interaction
from service.touchpoints.tables import TouchpointEvent


async def exposed(session: Session, series: Series, sides: Sides, span: Span, exposure: Exposure) -> Series:
    """Return the treated side's counts with their exposure as weights; without any, a bucket is missing."""
    match exposure:
        case Exposure.TIME:
            return series
        case Exposure.CUSTOMERS:
            weights = await _customers(session, series, sides, span)
        case Exposure.TOUCHPOINT_EVENTS:
            weights = await _events(session, series, sides, span)
    values = tuple(v if weight else None for v, weight in zip(series.values, weights, strict=True))
    return replace(series, values=values, weights=tuple(weight or 1.0 for weight in weights))


async def _customers(session: Session, series: Series, sides: Sides, span: Span) -> list[float]:
    """Return how many customers were known by the end of each bucket."""
    statement = _newcomers(_of_customers(sides.shape()), span.bucket)
    rows = await session.rows(statement, **sides.values(), **span.values())
    new = {row["bucket"]: row["n"] for row in rows}
    before = sum(n for day, n in new.items() if day < span.start)
    days = sorted({*(day for day in new if day >= span.start), *series.starts})
    known = dict(
        zip(days, list(accumulate((new.get(day, 0) for day in days), initial=before))[1:], strict=True)
    )
    return [float(known[day]) for day in series.starts]


async def _events(session: Session, series: Series, sides: Sides, span: Span) -> list[float]:
    shape = sides.shape()
    statement = _passages(replace(shape, treated=shape.treated & {TOUCHPOINTS, SEGMENTS}), span.bucket)
    rows = await session.rows(statement, **sides.values(), **span.values())
    found: Mapping[date, int] = {row["bucket"]: row["n"] for row in rows}
    return [float(found.get(day, 0)) for day in series.starts]


def _of_customers(shape: Shape) -> Shape:
    return replace(shape, treated=shape.treated & {SEGMENTS}, comparison=None)


@cache
def _newcomers(shape: Shape, bucket: PlanBucket) -> Statement:
    """Return a statement that counts customers by the bucket since which they are known."""
    customer = table_of(Customer).alias()
    named = customer.c.id.label("customer_id")
    rows = select(named, customer.c.created_at, customer.c.tenant_id).where(
        customer.c.tenant_id == TENANT, customer.c.merged_into_id.is_(None)
    )
    each = rows.subquery()
    since = func.least(
        each.c.created_at,
        _first(Interaction, "opened_at", each),
        _first(TouchpointEvent, "occurred_at", each),
    )
    known = (
        select(bucket_of(since, bucket).label("bucket"))
        .where(
            shape.condition(PlanSide.TREATED, each),
            since < bindparam("until", type_=Moment()),
        )
        .subquery()
    )
    return Statement(select(known.c.bucket, func.count().label("n")).group_by(known.c.bucket))


def _first(model: type[Interaction | TouchpointEvent], at: str, customer: FromClause) -> Expression:
    row = table_of(model).alias()
    mine = and_(row.c.tenant_id == TENANT, row.c.customer_id == customer.c.customer_id)
    return select(func.min(row.c[at])).where(mine).correlate(customer).scalar_subquery()


@cache
def _passages(shape: Shape, bucket: PlanBucket) -> Statement:
    """Return a statement that counts what happened at the treated touchpoints."""
    row = table_of(TouchpointEvent)
    seen = (
        select(bucket_of(row.c.occurred_at, bucket).label("bucket"))
        .where(row.c.tenant_id == TENANT, *within(row, "occurred_at"))
        .where(shape.condition(PlanSide.TREATED, row))
        .subquery()
    )
    return Statement(select(seen.c.bucket, func.count().label("n")).group_by(seen.c.bucket))
