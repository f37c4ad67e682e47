"""What was seen, bucket by bucket? The series of a plan, read from the rows of the graph."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from sqlalchemy import func, literal_column, select

from service.ground.session import Row, Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.initiatives import measurements
from service.initiatives.exposures import exposed
from service.initiatives.gaps import with_gaps
from service.initiatives.measurements import Measurement
from service.initiatives.proof.guards import LevelKind
from service.initiatives.proof.series import Measure, Series, bucketed
from service.initiatives.proof_tables import PlanSide
from service.initiatives.scopes import Shape, Sides
from service.initiatives.spans import Span, bucket_of, within
from service.initiatives.tables import Exposure, PlanBucket

SHORTEST_SECONDS = 1.0
"""A median of less counts as this much: 0 has no logarithm."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Both sides of a plan, in the same buckets; `comparison` is None where there is none."""

    treated: Series
    comparison: Series | None = None


async def observe(
    session: Session, metric_id: str, sides: Sides, span: Span, exposure: Exposure = Exposure.TIME
) -> Observed:
    """Return what was seen of a metric on both sides, in a few statements whatever the number of rows."""
    measurement = measurements.MEASUREMENTS[metric_id]
    present = await _present(session, metric_id, span)
    treated = await _side(session, metric_id, sides, PlanSide.TREATED, span)
    if measurement.measure is Measure.COUNT:
        treated = await exposed(session, treated, sides, span, exposure)
    found = [treated]
    if sides.comparison is not None:
        found.append(await _side(session, metric_id, sides, PlanSide.COMPARISON, span))
    if measurement.measure is Measure.COUNT:
        found = [with_gaps(one, present) for one in found]
    return Observed(found[0], found[1] if len(found) > 1 else None)


async def _side(session: Session, metric_id: str, sides: Sides, side: PlanSide, span: Span) -> Series:
    statement = _summing(metric_id, sides.shape(), side, span.bucket)
    rows = await session.rows(statement, **sides.values(), **span.values())
    return _series(measurements.MEASUREMENTS[metric_id], {row["bucket"]: row for row in rows}, span)


@cache
def _summing(metric_id: str, shape: Shape | None, side: PlanSide, bucket: PlanBucket) -> Statement:
    """Return a statement that sums a side by bucket: rows, values, squares and the median.

    Without a shape it counts all rows of the tenant that the metric could be made of.
    """
    measurement = measurements.MEASUREMENTS[metric_id]
    row = table_of(measurement.model)
    value = literal_column("0.0") if measurement.value is None or shape is None else measurement.value(row)
    wanted = [] if shape is None else [shape.condition(side, row)]
    if shape is not None and measurement.counts is not None:
        wanted.append(measurement.counts(row))
    seen = (
        select(bucket_of(row.c[measurement.at], bucket).label("bucket"), value.label("value"))
        .where(row.c.tenant_id == TENANT, *within(row, measurement.at), *wanted)
        .subquery()
    )
    median = func.percentile_cont(literal_column("0.5")).within_group(seen.c.value.asc())
    return Statement(
        select(
            seen.c.bucket,
            func.count().label("n"),
            func.sum(seen.c.value).label("total"),
            func.sum(seen.c.value * seen.c.value).label("squares"),
            median.label("median"),
        ).group_by(seen.c.bucket)
    )


def _series(measurement: Measurement, rows: Mapping[date, Row], span: Span) -> Series:
    counts = bucketed({day: row["n"] for day, row in rows.items()}, span.bucket, span.start, span.until)
    if measurement.measure is Measure.COUNT:
        return counts
    values = tuple(_level(measurement, rows.get(day)) for day in counts.starts)
    weights = tuple(float(rows[day]["n"]) if day in rows else 0.0 for day in counts.starts)
    spread = _spread(measurement, list(rows.values()))
    return replace(counts, measure=measurement.measure, values=values, weights=weights, spread=spread)


def _level(measurement: Measurement, row: Row | None) -> float | None:
    if row is None:
        return None
    if measurement.measure is Measure.DURATION:
        return math.log(max(SHORTEST_SECONDS, float(row["median"])))
    return float(row["total"]) / int(row["n"])


def _spread(measurement: Measurement, rows: list[Row]) -> float:
    """Return the variance of a single answer: p (1 - p) of a share, that within buckets of anything else."""
    n = sum(int(row["n"]) for row in rows)
    if measurement.measure is Measure.DURATION or n == 0:
        return 0.0
    total = sum(float(row["total"]) for row in rows)
    if measurement.kind is LevelKind.SHARE:
        return total / n * (1 - total / n)
    inside = sum(float(row["squares"]) - float(row["total"]) ** 2 / int(row["n"]) for row in rows)
    return max(0.0, inside) / max(1, n - len(rows))


async def _present(session: Session, metric_id: str, span: Span) -> Mapping[date, int]:
    """Return how many rows of the kind the whole tenant has in each bucket: none at all is a silence."""
    if measurements.MEASUREMENTS[metric_id].measure is not Measure.COUNT:
        return {}
    statement = _summing(metric_id, None, PlanSide.TREATED, span.bucket)
    return {row["bucket"]: row["n"] for row in await session.rows(statement, **span.values())}
