"""How is one customer doing, and why? What is known of it, each part from 0 to 100 with its weight."""

from typing import Any

from sqlalchemy import Float, FromClause, Select, case, cast, func, literal_column, null, select, union_all

from service.feedback.tables import Feedback, ScaleDirection, Sentiment
from service.ground.reads import Condition, Expression
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.interactions.tables import Interaction
from service.metrics.expressions import said
from service.metrics.health import LEAST_PRESENT

FULL: Expression = literal_column("100.0::float8", Float)
LEAST: Expression = literal_column(repr(LEAST_PRESENT), Float)


def contributions(row: FromClause) -> "Select[Any]":
    """Return the parts of a customer's score in their order; a score of null is not known."""
    parts = union_all(*_parts(row)).subquery()
    return select(parts.c.name, parts.c.weight, parts.c.score).order_by(parts.c.place)


def score(row: FromClause) -> Expression:
    """Return the weighted mean of what is known: the counterpart of `health.health`."""
    parts = union_all(*_parts(row)).subquery()
    known = func.sum(parts.c.weight).filter(parts.c.score.is_not(None))
    mean = func.sum(parts.c.weight * parts.c.score) / known
    found = select(case((known >= LEAST * func.sum(parts.c.weight), mean), else_=cast(null(), Float)))
    return found.scalar_subquery()


def _parts(row: FromClause) -> "list[Select[Any]]":
    answer, matter = table_of(Feedback).alias(), table_of(Interaction).alias()
    said_of = (answer.c.tenant_id == TENANT, answer.c.customer_id == row.c.id)
    had = (matter.c.tenant_id == TENANT, matter.c.customer_id == row.c.id)
    way_up = (answer.c.score - answer.c.scale_min) / (answer.c.scale_max - answer.c.scale_min)
    falling = answer.c.direction == said(ScaleDirection.LOWER_IS_BETTER)
    satisfied = case((falling, literal_column("1", Float) - way_up), else_=way_up)
    rows = (
        ("SATISFACTION", 3, (answer, (*said_of, answer.c.score.is_not(None))), satisfied),
        ("PROMISES_KEPT", 2, (matter, (*had, matter.c.sla_met.is_not(None))), _one_if(matter.c.sla_met)),
        (
            "SOLVED_FOR_GOOD",
            2,
            (matter, (*had, matter.c.resolved_at.is_not(None))),
            _one_if(matter.c.reopen_count == literal_column("0")),
        ),
        (
            "SENTIMENT",
            1,
            (answer, (*said_of, answer.c.sentiment.is_not(None))),
            _one_if(answer.c.sentiment != said(Sentiment.NEGATIVE)),
        ),
    )
    return [_part(place, *each) for place, each in enumerate(rows)]


def _one_if(condition: Condition) -> Expression:
    return case((condition, literal_column("1", Float)), else_=literal_column("0", Float))


def _part(
    place: int, name: str, weight: int, found: tuple[FromClause, tuple[Condition, ...]], of: Expression
) -> "Select[Any]":
    own, conditions = found
    columns: list[Expression] = [
        literal_column(str(place)).label("place"),
        said(name).label("name"),
        literal_column(f"{weight}::float8", Float).label("weight"),
        (FULL * cast(func.avg(of), Float)).label("score"),
    ]
    return select(*columns).select_from(own).where(*conditions).correlate_except(own)
