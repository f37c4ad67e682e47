"""Are the roll-ups still true, and short? Audited against raw rows, folded together, counted anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    DateTime,
    FromClause,
    Integer,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import insert as insertion

from service.ground.reads import Condition, Expression
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.tables import Interaction, InteractionEvent
from service.metrics import rollups
from service.metrics.measures import PARTS, Facts
from service.metrics.signals import EVENT_FACTS, FEEDBACK_FACTS, INTERACTION_FACTS, ROLLED
from service.metrics.tables import MetricBin, MetricTally

FACTS: tuple[Facts, ...] = (FEEDBACK_FACTS, INTERACTION_FACTS, EVENT_FACTS)
HOUR = timedelta(hours=1)
MOMENT = DateTime(timezone=True)
MOST_KEYS = 10_000
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
    """Count one hour anew from the raw rows, and return every key that does not match exactly."""
    kept, counted = Counts(), Counts()
    for number in range(len(FACTS)):
        rows = await session.rows(_raw_hour(number), starts=hour, ends=hour + HOUR)
        _add(counted, rows)
    for table in (MetricTally, MetricBin):
        _add(kept, await session.rows(_kept_hour(table), starts=hour))
    nothing = (Decimal(0),) * len(PARTS)
    found = {key: (kept.get(key, nothing), counted.get(key, nothing)) for key in {**kept, **counted}}
    return [
        Discrepancy(key, *sides)
        for key, sides in sorted(found.items(), key=lambda item: str(item[0]))
        if sides[0] != sides[1]
    ]


async def fold(session: Session) -> int:
    """Add rows of the same key together, and return how many keys were folded; 0 at the end."""
    folded = 0
    for model in (MetricTally, MetricBin):
        rows = await session.rows(_folding(model))
        folded += len(rows)
    return folded


async def recount(session: Session) -> None:
    """Forget all roll-ups of the tenant and count every raw row anew."""
    for model in (MetricTally, MetricBin):
        table = table_of(model)
        await session.run(Statement(delete(table).where(table.c.tenant_id == TENANT)))
    for number in range(len(FACTS)):
        await session.run(_counting_all(number))


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
    return Statement(select(counted).where(counted.c.at_hour == bindparam("starts", type_=MOMENT)))


@cache
def _kept_hour(model: type[MetricTally | MetricBin]) -> Statement:
    table = table_of(model)
    names: list[Expression] = [literal_column(f"'{measure.name}'") for measure in ROLLED]
    mine = (table.c.tenant_id == TENANT, table.c.measure.in_(names))
    return Statement(select(table).where(*mine, table.c.at_hour == bindparam("starts", type_=MOMENT)))


@cache
def _random_hours() -> Statement:
    table = table_of(MetricTally)
    hour = select(table.c.at_hour).where(table.c.tenant_id == TENANT).distinct().subquery()
    return Statement(select(hour.c.at_hour).order_by(func.random()).limit(bindparam("most", type_=Integer())))


@cache
def _folding(model: type[MetricTally | MetricBin]) -> Statement:
    table = table_of(model)
    names = [column.name for column in table.primary_key if column.name not in {"tenant_id", "id"}]
    parts = ["n"] if model is MetricBin else list(PARTS)
    key = [table.c[name] for name in names]
    several = select(*key).where(table.c.tenant_id == TENANT).group_by(*key).having(func.count() > 1)
    chosen = several.limit(literal_column(str(MOST_KEYS)))
    gone = delete(table).where(table.c.tenant_id == TENANT, tuple_(*key).in_(chosen))
    taken = gone.returning(*(table.c[name] for name in (*names, *parts))).cte("taken")
    sums = [func.sum(taken.c[name]) for name in parts]
    keys = [taken.c[name] for name in names]
    kept = select(TENANT, func.gen_random_uuid(), *keys, *sums).group_by(*keys)
    whole = kept.having(or_(*(each != literal_column("0") for each in sums)))
    adding = insertion(table).from_select(["tenant_id", "id", *names, *parts], whole)
    return Statement(adding.returning(table.c.id))


@cache
def _counting_all(number: int) -> Statement:
    return Statement(rollups.adding(rollups.counted(FACTS[number], lambda _row: true()).cte("all_rows")))
