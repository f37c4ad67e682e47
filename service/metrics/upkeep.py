"""Are the roll-ups still true? Changes are folded into them, audited against raw rows, or counted anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union,
    union_all,
)

from service.ground.reads import Condition, Expression
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.tables import Interaction, InteractionEvent
from service.metrics import grains, rollups
from service.metrics.expressions import said
from service.metrics.measures import PARTS, Facts
from service.metrics.signals import EVENT_FACTS, FEEDBACK_FACTS, INTERACTION_FACTS, ROLLED
from service.metrics.tables import Grain, MetricBin, MetricChange, MetricTally

FACTS: tuple[Facts, ...] = (FEEDBACK_FACTS, INTERACTION_FACTS, EVENT_FACTS)
HOUR = timedelta(hours=1)
MOMENT = DateTime(timezone=True)
MOST_CHANGES = 10_000
Key = tuple[object, ...]
Counts = dict[Key, tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A key of a roll-up that does not hold what the raw rows add up to; an absent side is all zeros."""

    key: Key
    kept: tuple[Decimal, ...]
    counted: tuple[Decimal, ...]


async def hours(session: Session, most: int) -> list[datetime]:
    """Return hours that roll-ups are kept of, drawn at random."""
    return [row["at_hour"] for row in await session.rows(_random_hours(), most=most)]


async def audit(session: Session, hour: datetime) -> list[Discrepancy]:
    """Count one hour anew from the raw rows, and return every key that does not match exactly.

    The days and the month around it must be what their hours add up to.
    """
    kept, counted = Counts(), Counts()
    for number in range(len(FACTS)):
        _add(counted, await session.rows(_raw_hour(number), starts=hour, ends=hour + HOUR))
    _add(kept, await session.rows(_changed_hour(), starts=hour))
    for model in (MetricTally, MetricBin):
        _add(kept, await session.rows(_kept_hour(model), starts=hour))
    found = _unlike(kept, counted)
    for model in (MetricTally, MetricBin):
        for shorter, longer in ((Grain.HOUR, Grain.DAY), (Grain.DAY, Grain.MONTH)):
            parts, whole = Counts(), Counts()
            _add(parts, await session.rows(_added_up(model, shorter), starts=hour))
            _add(whole, await session.rows(_added_up(model, longer), starts=hour))
            found += [replace(one, key=(longer, *one.key)) for one in _unlike(whole, parts)]
    return found


async def fold(session: Session) -> int:
    """Fold changes into the roll-ups, and return how many were folded; 0 at the end."""
    await session.rows(_ALONE)
    rows = await session.rows(_folding())
    return int(rows[0]["folded"])


async def recount(session: Session) -> None:
    """Forget all roll-ups of the tenant and count every raw row anew, all as of one moment."""
    await session.rows(_ALONE)
    await session.run(_forgetting(MetricTally))
    await session.run(_forgetting(MetricBin))
    await session.run(_counting_all())


def _unlike(kept: Counts, counted: Counts) -> list[Discrepancy]:
    nothing = (Decimal(0),) * len(PARTS)
    found = {key: (kept.get(key, nothing), counted.get(key, nothing)) for key in {**kept, **counted}}
    return [
        Discrepancy(key, *sides)
        for key, sides in sorted(found.items(), key=lambda item: str(item[0]))
        if sides[0] != sides[1]
    ]


def _add(counts: Counts, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows up by key: those of a bin under the bin, their parts under the rest of the key as well."""
    for row in rows:
        key = tuple(row[name] for name in ("measure", "node_kind", "node"))
        parts = tuple(Decimal(row[name]) for name in PARTS) if "hits" in row else None
        if row.get("bin") is not None:
            _plus(counts, (*key, "bin", row["bin"]), (Decimal(row["n"]), *(Decimal(0),) * (len(PARTS) - 1)))
        if parts is not None:
            _plus(counts, (*key, row["variant"]), parts)


def _plus(counts: Counts, key: Key, parts: tuple[Decimal, ...]) -> None:
    before = counts.get(key)
    counts[key] = parts if before is None else tuple(a + b for a, b in zip(before, parts, strict=True))


def _inside(column: Expression) -> Condition:
    starts, ends = bindparam("starts", type_=MOMENT), bindparam("ends", type_=MOMENT)
    return and_(column >= starts, column < ends)


def _candidates(row: FromClause) -> Condition:
    """Tell whether anything of a matter happened in the hour: its ledger says so, or its opening."""
    matter, entry = table_of(Interaction).alias(), table_of(InteractionEvent).alias()
    opened = select(matter.c.id).where(matter.c.tenant_id == TENANT, _inside(matter.c.opened_at))
    told = select(entry.c.interaction_id).where(entry.c.tenant_id == TENANT, _inside(entry.c.occurred_at))
    return row.c.id.in_(union(opened, told))


@cache
def _raw_hour(number: int) -> Statement:
    facts = FACTS[number]
    conditions = {
        FEEDBACK_FACTS.entity.name: lambda row: _inside(row.c.submitted_at),
        INTERACTION_FACTS.entity.name: _candidates,
        EVENT_FACTS.entity.name: lambda row: _inside(row.c.occurred_at),
    }
    counted = rollups.counted(facts, conditions[facts.entity.name]).subquery()
    inside = select(counted).where(counted.c.at_hour == bindparam("starts", type_=MOMENT)).subquery()
    return Statement(_hours_of(inside))


@cache
def _changed_hour() -> Statement:
    change = table_of(MetricChange)
    mine = (change.c.tenant_id == TENANT, change.c.measure.in_(_names()))
    inside = select(change).where(*mine, change.c.at_hour == bindparam("starts", type_=MOMENT)).subquery()
    return Statement(_hours_of(inside))


def _hours_of(changes: FromClause) -> "Select[Any]":
    spread = grains.spread(changes)
    return select(spread).where(spread.c.grain == said(Grain.HOUR))


def _names() -> list[Expression]:
    return [said(measure.name) for measure in ROLLED]


@cache
def _kept_hour(model: type[MetricTally | MetricBin]) -> Statement:
    table = table_of(model)
    mine = (table.c.tenant_id == TENANT, table.c.measure.in_(_names()), table.c.grain == said(Grain.HOUR))
    return Statement(select(table).where(*mine, table.c.starts_at == bindparam("starts", type_=MOMENT)))


@cache
def _added_up(model: type[MetricTally | MetricBin], grain: Grain) -> Statement:
    """Return the statement that adds up a grain over the month of a moment."""
    table, starts = table_of(model), bindparam("starts", type_=MOMENT)
    first = grains.floor(Grain.MONTH, starts)
    month = (table.c.starts_at >= first, table.c.starts_at < first + literal_column("interval '1 month'"))
    names = ["n"] if model is MetricBin else list(PARTS)
    keys = [table.c[name] for name in ("measure", "node_kind", "node")]
    keys.append(table.c.bin if model is MetricBin else table.c.variant)
    mine = (table.c.tenant_id == TENANT, table.c.measure.in_(_names()), table.c.grain == said(grain))
    sums = [func.sum(table.c[name]).label(name) for name in names]
    return Statement(select(*keys, *sums).where(*mine, *month).group_by(*keys))


@cache
def _random_hours() -> Statement:
    tally, change = table_of(MetricTally), table_of(MetricChange)
    kept = select(tally.c.starts_at.label("at_hour")).where(
        tally.c.tenant_id == TENANT, tally.c.grain == said(Grain.HOUR)
    )
    hour = union(kept, select(change.c.at_hour).where(change.c.tenant_id == TENANT)).subquery()
    return Statement(select(hour.c.at_hour).order_by(func.random()).limit(bindparam("most", type_=Integer())))


_ALONE = Statement(
    select(func.pg_advisory_xact_lock(literal_column("19"), func.hashtext(cast(TENANT, Text))))
)
"""Makes others that fold or count anew wait; those that write never do."""


@cache
def _folding() -> Statement:
    change = table_of(MetricChange)
    key = [change.c[name] for name in ("measure", "at_hour", "id")]
    chosen = select(*key).where(change.c.tenant_id == TENANT).limit(literal_column(str(MOST_CHANGES)))
    gone = delete(change).where(change.c.tenant_id == TENANT, tuple_(*key).in_(chosen))
    taken = gone.returning(*(change.c[name] for name in (*rollups.KEYS, *PARTS))).cte("taken")
    added = grains.adding(grains.spread(taken)).returning(literal_column("1")).cte("added")
    return Statement(select(func.count().label("folded")).select_from(taken).add_cte(added))


@cache
def _forgetting(model: type[MetricTally | MetricBin]) -> Statement:
    table = table_of(model)
    return Statement(delete(table).where(table.c.tenant_id == TENANT))


@cache
def _counting_all() -> Statement:
    """Return the statement that counts every row there is, and forgets the changes of just these.

    It sees one moment: what is written meanwhile is not counted, and its changes wait to be folded.
    """
    change = table_of(MetricChange)
    forgotten = delete(change).where(change.c.tenant_id == TENANT).returning(change.c.id).cte("forgotten")
    each = [rollups.counted(facts, lambda _row: true()).subquery() for facts in FACTS]
    every = union_all(*(select(*one.c) for one in each)).subquery()
    return Statement(grains.adding(grains.spread(every)).add_cte(forgotten))
