"""What will a customer remember of a way through a journey? Its worst moment, and its peak with its end.

A moment is a score that was given on the way, from 0 at the bad end of its scale to 100 at the good one.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ARRAY, Float, FromClause, Integer, Numeric, Select, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from service.feedback.tables import Feedback
from service.ground.reads import Condition, Expression, OfRow, One, column
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.metrics import outcomes
from service.metrics.definitions import (
    Definition,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
)
from service.metrics.expressions import ONE, merit, one, squared
from service.metrics.means import Moments, mean
from service.metrics.measures import Measure
from service.metrics.outcomes import Readings, Tallied
from service.metrics.ways import WAYS

MIDDLE, FULL, DIGITS = 50, 100, 6
WORST_MOMENT = Definition(
    id="WORST_MOMENT",
    name="Worst moment",
    family=MetricFamily.JOURNEY,
    formula="mean of the lowest score on each customer's way through the journey; scores are 0 to 100 of "
    "their scales",
    unit=MetricUnit.POINTS,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.STUDENT_T,
    source="One poor moment can spoil the whole; interval: Student 1908",
    most=FULL,
    empty="No value where no score was given on any way.",
)
PEAK_END = replace(
    WORST_MOMENT,
    id="PEAK_END",
    name="Peak-end score",
    formula="mean of (score farthest from the middle + last score) / 2 of each customer's way through the "
    "journey; of two that are as far the lower one is the peak",
    source="Kahneman, Fredrickson, Schreiber and Redelmeier 1993, Psychological Science 4(6); "
    "interval: Student 1908",
)


def worst(scores: Sequence[float]) -> float:
    """Return the lowest of the scores of one way."""
    return min(scores)


def peak_end(scores: Sequence[float]) -> float:
    """Return the mean of the peak and the end of one way, from its scores in the order of time."""
    peak = min(scores, key=lambda score: (-round(abs(score - MIDDLE), DIGITS), score))
    return (peak + scores[-1]) / 2


def remembered(ways: Sequence[float]) -> Measured:
    """Return the mean over ways of their worst moments, or of their peaks and ends."""
    return mean(Moments(len(ways), sum(ways), sum(way * way for way in ways)))


def _moments(row: FromClause) -> tuple[FromClause, Expression, list[Condition]]:
    """Return what was said on a way, the score of each from 0 to 100, and which of it has a score."""
    answer = table_of(Feedback).alias()
    mine = [answer.c.tenant_id == TENANT, answer.c.journey_instance_id == row.c.id]
    return answer, literal_column(str(FULL), Integer) * merit(answer), [*mine, answer.c.score.is_not(None)]


def _remembered(row: FromClause) -> "Select[Any]":
    """Return the worst moment of a way, and its peak with its end, both null where no score was given."""
    answer, score, mine = _moments(row)
    far = func.round(func.abs(score - MIDDLE), DIGITS)
    peak, end = (
        func.array_agg(aggregate_order_by(score, *order), type_=ARRAY(Numeric))[ONE]
        for order in ((far.desc(), score.asc()), (answer.c.submitted_at.desc(), answer.c.id.desc()))
    )
    columns = [func.min(score).label("worst_moment"), ((peak + end) / 2).label("peak_end")]
    return select(*columns).where(*mine).correlate_except(answer)


def _one_of(row: FromClause, name: str) -> Expression:
    found = _remembered(row).subquery()
    return cast(select(found.c[name]).scalar_subquery(), Float)


def worst_moment_of(row: FromClause) -> Expression:
    """Return the lowest score of one way: the counterpart of `worst`."""
    return _one_of(row, "worst_moment")


def peak_end_of(row: FromClause) -> Expression:
    """Return the peak-end score of one way: the counterpart of `peak_end`."""
    return _one_of(row, "peak_end")


def _is_worst(row: FromClause, said_then: FromClause) -> Condition:
    answer, score, mine = _moments(row)
    order = (score.asc(), answer.c.submitted_at.asc(), answer.c.id.asc())
    worst_one = select(answer.c.id).where(*mine).order_by(*order).limit(ONE).correlate_except(answer)
    return said_then.c.id == worst_one.scalar_subquery()


said_at_worst = One(Feedback, _is_worst)
"""What was said at the worst moment, the first of several that were as bad."""

REMEMBERED = replace(WAYS, beside=_remembered)


def _measure(name: str, at: OfRow) -> Measure:
    parts = {"n": one, "total": at, "squares": squared(at)}
    return Measure(
        name, REMEMBERED, column("started_at"), parts, when=lambda row: at(row).is_not(None), whole=True
    )


COUNTED_OF_MEMORIES = tuple(
    _measure(metric.id, column(name))
    for metric, name in ((WORST_MOMENT, "worst_moment"), (PEAK_END, "peak_end"))
)
READINGS: Readings = {
    measure.name: Tallied(
        (measure.name,), lambda sums: outcomes.mean(sums("n"), sums("total"), sums("squares"))
    )
    for measure in COUNTED_OF_MEMORIES
}
