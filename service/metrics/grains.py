"""Which spans have a roll-up of their own? Hours, days and months, each added up from the shorter ones.

A year is read from twelve months, whatever happened in it: what a question costs depends on its span alone.
"""

from sqlalchemy import CTE, FromClause, Select, Text, cast, func, literal_column, or_, select, true, union_all
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as insertion

from service.ground.reads import Expression
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.metrics.expressions import said
from service.metrics.measures import PARTS, Dimension
from service.metrics.tables import Grain, MetricBin, MetricTally

KEYS = ("measure", "node_kind", "grain", "starts_at", "node", "variant", "bin")
TALLY_KEYS = tuple(name for name in KEYS if name != "bin")
BIN_KEYS = tuple(name for name in KEYS if name != "variant")
ZERO: Expression = literal_column("0")
UTC = said("UTC")
ALMOST: dict[Grain, Expression] = {
    Grain.HOUR: literal_column("interval '59 minutes 59.999999 seconds'"),
    Grain.DAY: literal_column("interval '23 hours 59 minutes 59.999999 seconds'"),
    Grain.MONTH: literal_column("interval '1 month -1 microseconds'"),
}


def floor(grain: Grain, at: Expression) -> Expression:
    """Return when the span of a moment begins."""
    return func.date_trunc(said(grain.lower()), at, UTC)


def ceiling(grain: Grain, at: Expression) -> Expression:
    """Return when the first span begins that does not begin before a moment."""
    return floor(grain, at + ALMOST[grain])


def ranges(begins: Expression, ends: Expression) -> list["Select[tuple[str, object, object]]"]:
    """Return how whole hours between two moments are read from the longest spans: grain, begin and end."""
    day, last_day = ceiling(Grain.DAY, begins), floor(Grain.DAY, ends)
    month, last_month = ceiling(Grain.MONTH, begins), floor(Grain.MONTH, ends)
    found = (
        (Grain.MONTH, month, last_month),
        (Grain.DAY, day, func.least(month, last_day)),
        (Grain.DAY, func.greatest(month, last_month), last_day),
        (Grain.HOUR, begins, func.least(day, ends)),
        (Grain.HOUR, func.greatest(day, last_day), ends),
    )
    return [
        select(said(grain).label("grain"), first.label("first"), last.label("last")).where(first < last)
        for grain, first, last in found
    ]


def spread(changes: FromClause) -> CTE:
    """Return what changes add up to at every node, by hour, day and month."""
    names = [changes.c[name] for name in ("measure", "at_hour", "nodes", "variant", "bin")]
    sums = [func.sum(changes.c[name]).label(name) for name in PARTS]
    together = select(*names, *sums).group_by(*names).subquery()
    key = func.unnest(together.c.nodes).column_valued("key")
    cut = func.strpos(key, said(":"))
    nodes = union_all(
        select(said(Dimension.TENANT).label("node_kind"), said("").label("node")),
        select(func.left(key, cut - 1), func.substr(key, cut + 1)).correlate(together),
    ).lateral()
    keys = [
        together.c.measure,
        cast(nodes.c.node_kind, Text).label("node_kind"),
        together.c.at_hour.label("starts_at"),
        cast(nodes.c.node, Text).label("node"),
        together.c.variant,
        together.c.bin,
    ]
    parts = [func.sum(together.c[name]).label(name) for name in PARTS]
    hours = select(*keys, *parts).select_from(together.join(nodes, true())).group_by(*keys).cte("hours")
    days = _longer(Grain.DAY, hours).cte("days")
    months = _longer(Grain.MONTH, days).cte("months")
    each = ((Grain.HOUR, hours), (Grain.DAY, days), (Grain.MONTH, months))
    return union_all(*(select(said(grain).label("grain"), *rows.c) for grain, rows in each)).cte("spread")


def _longer(grain: Grain, rows: CTE) -> "Select[tuple[object, ...]]":
    names = ("measure", "node_kind", "starts_at", "node", "variant", "bin")
    keys = [floor(grain, rows.c[name]) if name == "starts_at" else rows.c[name] for name in names]
    named = [key.label(name) for key, name in zip(keys, names, strict=True)]
    return select(*named, *(func.sum(rows.c[name]).label(name) for name in PARTS)).group_by(*keys)


def adding(rows: CTE) -> Insert:
    """Return the statement that adds spread rows to both kinds of roll-ups."""
    tallied = _upsert(MetricTally, TALLY_KEYS, PARTS, rows).returning(literal_column("1")).cte("tallied")
    return _upsert(MetricBin, BIN_KEYS, ("n",), rows).add_cte(tallied)


def _upsert(
    model: type[MetricTally | MetricBin], names: tuple[str, ...], parts: tuple[str, ...], rows: CTE
) -> Insert:
    table = table_of(model)
    keys = [rows.c[name] for name in names]
    sums = [func.sum(rows.c[name]) for name in parts]
    found = select(TENANT, *keys, *sums).group_by(*keys).having(or_(*(each != ZERO for each in sums)))
    if model is MetricBin:
        found = found.where(rows.c.bin.is_not(None))
    adding_ = insertion(table).from_select(["tenant_id", *names, *parts], found)
    kept = {name: table.c[name] + adding_.excluded[name] for name in parts}
    return adding_.on_conflict_do_update(index_elements=["tenant_id", *names], set_=kept)
