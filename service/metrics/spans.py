"""Of which spans of time is a value asked? One period, its buckets, and the period before it."""

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Interval,
    cast,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
)

from service.ground.reads import Expression
from service.metrics.asking import Granularity
from service.metrics.expressions import said

BEGINNING: Expression = literal_column("'-infinity'::timestamptz", DateTime(timezone=True))
END: Expression = literal_column("'infinity'::timestamptz", DateTime(timezone=True))
FIRST: Expression = literal_column("0", Integer)
LENGTHS = {
    Granularity.HOUR: "1 hour",
    Granularity.DAY: "1 day",
    Granularity.WEEK: "7 days",
    Granularity.MONTH: "1 month",
    Granularity.QUARTER: "3 months",
    Granularity.YEAR: "1 year",
}
MOST_BUCKETS = 10_000


def period(starts_at: Expression, ends_at: Expression) -> FromClause:
    """Return the one span between two moments."""
    return select(
        FIRST.label("place"),
        starts_at.label("starts_at"),
        ends_at.label("ends_at"),
        _whole().label("partial"),
    ).subquery()


def before(starts_at: Expression, ends_at: Expression) -> FromClause:
    """Return the span of the same length that ends where the period begins."""
    return period(starts_at - (ends_at - starts_at), starts_at)


def buckets(starts_at: Expression, ends_at: Expression, granularity: Granularity, zone: str) -> FromClause:
    """Return the buckets of a period in a time zone; the first and the last may be cut."""
    length = cast(said(LENGTHS[granularity]), Interval)
    place = said(zone)
    first = func.date_trunc(said(granularity.lower()), starts_at, place)
    begins = (
        func.generate_series(first, ends_at, length, place)
        .table_valued(column("begins", DateTime(timezone=True)), with_ordinality="place", name="bucket")
        .render_derived()
    )
    ends = func.date_add(begins.c.begins, length, place, type_=DateTime(timezone=True))
    cut = or_(begins.c.begins < starts_at, ends > ends_at)
    found = select(
        cast(begins.c.place, Integer).label("place"),
        func.greatest(begins.c.begins, starts_at, type_=DateTime(timezone=True)).label("starts_at"),
        func.least(ends, ends_at, type_=DateTime(timezone=True)).label("ends_at"),
        cut.label("partial"),
    )
    return found.where(begins.c.begins < ends_at).limit(literal_column(str(MOST_BUCKETS))).subquery()


def _whole() -> ColumnElement[bool]:
    return cast(false(), Boolean)
