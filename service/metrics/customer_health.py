"""How is one customer doing, and why? What is known, each part from 0 to 100 with its weight."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Float,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from service.feedback.tables import Sentiment
from service.ground.reads import Condition, Expression, OfRow, column
from service.metrics.expressions import exact, flag, merit, one, said
from service.metrics.health import HEALTH, LEAST_PRESENT
from service.metrics.measures import Dimension, Facts, Measure
from service.metrics.outcomes import Outcome, Readings, Sums, Tallied, number, ratio
from service.metrics.signals import FEEDBACK_FACTS, INTERACTION_FACTS

FULL = number(100)
NOTHING: Expression = literal_column("0")


@dataclass(frozen=True, slots=True)
class HealthPart:
    """One part of the score: the mean of what its rows say, each from 0 to 1."""

    name: str
    weight: int
    measure: Measure


def _of_customers(facts: Facts) -> Facts:
    """Return facts as far as they are told apart by customer."""
    mine = {Dimension.CUSTOMER: facts.dimensions[Dimension.CUSTOMER]}
    return replace(facts, dimensions=mine, beside=None)


ANSWERS, MATTERS = _of_customers(FEEDBACK_FACTS), _of_customers(INTERACTION_FACTS)


def _part(name: str, weight: int, facts: Facts, at: str, of: OfRow) -> HealthPart:
    """Return a part of the rows of known customers that say anything: `of` is null for the others."""

    def says(row: FromClause) -> Condition:
        return and_(row.c.customer_id.is_not(None), of(row).is_not(None))

    parts: dict[str, OfRow] = {"n": one, "total": lambda row: exact(of(row))}
    return HealthPart(name, weight, Measure(f"HEALTH_{name}", facts, column(at), parts, when=says))


PARTS = (
    _part("SATISFACTION", 3, ANSWERS, "submitted_at", merit),
    _part("PROMISES_KEPT", 2, MATTERS, "opened_at", lambda row: cast(row.c.sla_met, Integer)),
    _part("SOLVED_FOR_GOOD", 2, MATTERS, "resolved_at", lambda row: flag(row.c.reopen_count == NOTHING)),
    _part(
        "SENTIMENT",
        1,
        ANSWERS,
        "submitted_at",
        lambda row: cast(row.c.sentiment != said(Sentiment.NEGATIVE), Integer),
    ),
)
COUNTED_OF_HEALTH = tuple(part.measure for part in PARTS)
LEAST = number(LEAST_PRESENT * sum(part.weight for part in PARTS))


def contributions(row: FromClause) -> "Select[Any]":
    """Return the parts of a customer's score in their order; a score of null is not known."""
    parts = union_all(*(_contribution(row, place) for place in range(len(PARTS)))).subquery()
    return select(parts.c.name, parts.c.weight, parts.c.score).order_by(parts.c.place)


def score(row: FromClause) -> Expression:
    """Return the weighted mean of what is known of one customer: the counterpart of `health.health`."""
    part = contributions(row).subquery()
    known = func.sum(part.c.weight).filter(part.c.score.is_not(None))
    mean = func.sum(part.c.weight * part.c.score) / known
    return select(case((known >= LEAST, mean), else_=cast(null(), Float))).scalar_subquery()


def _contribution(row: FromClause, place: int) -> "Select[Any]":
    part = PARTS[place]
    measure = part.measure
    own = measure.facts.rows(whole=False)
    total, n = func.sum(measure.parts["total"](own)), func.count()
    columns: list[Expression] = [
        literal_column(str(place)).label("place"),
        said(part.name).label("name"),
        number(part.weight).label("weight"),
        (FULL * ratio(total, n)).label("score"),
    ]
    mine = (own.c.customer_id == row.c.id, measure.counts(own))
    return select(*columns).select_from(own).where(*mine).correlate_except(own)


def _health(sums: Sums) -> Outcome:
    """Weigh the parts of all customers together: the counterpart of `health.health`."""
    weighed, known, n = number(0), number(0), NOTHING
    for part in PARTS:
        found = sums("n", part.measure.name)
        weight = case((found > NOTHING, number(part.weight)), else_=number(0))
        weighed += weight * FULL * func.coalesce(ratio(sums("total", part.measure.name), found), number(0))
        known += weight
        n += flag(found > NOTHING)
    return Outcome(case((known >= LEAST, weighed / known)), n)


READINGS: Readings = {HEALTH.id: Tallied(tuple(each.name for each in COUNTED_OF_HEALTH), _health)}
