"""How do roll-ups stay true? What a transaction's rows count for afterwards, less what they did before."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    DateTime,
    FromClause,
    Integer,
    Numeric,
    Select,
    String,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert
from sqlalchemy.dialects.postgresql import insert as insertion
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from service.feedback.tables import Feedback, FeedbackReason
from service.ground.counting import COUNTED
from service.ground.reads import Expression
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions.tables import Interaction, InteractionEvent
from service.metrics.expressions import said
from service.metrics.measures import COUNTS, PARTS, SUMS, Dimension, Facts, Measure
from service.metrics.signals import ROLLED
from service.metrics.tables import MetricBin, MetricTally
from service.touchpoints.tables import TouchpointEvent

KEYS = ("measure", "node_kind", "node", "variant", "at_hour", "bin")
NO_BIN = literal_column("NULL", Integer)
ZERO = literal_column("0", Integer)
HOUR = said("hour")

ALL_FACTS: dict[type[SQLModel], Facts] = {measure.facts.entity.model: measure.facts for measure in ROLLED}

OWNERS: dict[type[SQLModel], tuple[type[SQLModel], str]] = {
    Feedback: (Feedback, "id"),
    FeedbackReason: (Feedback, "feedback_id"),
    Interaction: (Interaction, "id"),
    InteractionEvent: (Interaction, "interaction_id"),
    TouchpointEvent: (TouchpointEvent, "id"),
}
"""Whose counts a new row changes."""


async def remember(session: Session, model: type[SQLModel], ids: Sequence[UUID]) -> str:
    """Return what rows count for now, to be taken back when they have changed."""
    found = await session.connection.fetch(*_bound(_counting(model), session, ids=list(ids)))
    text: str = found[0]["counted"]
    return text


async def settle(session: Session) -> None:
    """Add to the roll-ups what this transaction has changed."""
    await session.flush()
    if session.discarded:
        return
    for model, touched in session.journal.take().items():
        ids, before = touched
        found = _bound(_settling(model), session, ids=ids, before=f"[{','.join(before)}]")
        await session.connection.execute(*found)


def _bound(statement: Statement, session: Session, **values: object) -> tuple[Any, ...]:
    return statement.sql, *statement.arguments({**values, "tenant": session.tenant_id})


@cache
def _counting(model: type[SQLModel]) -> Statement:
    now = counted(ALL_FACTS[model], _of_ids).subquery()
    pieces = [item for name in (*KEYS, *PARTS) for item in (said(name), now.c[name])]
    each = func.jsonb_build_object(*pieces)
    rows = func.coalesce(func.string_agg(cast(each, Text), said(",")), said(""))
    return Statement(select(rows.label("counted")))


def _of_ids(row: FromClause) -> Any:  # noqa: ANN401 - a condition
    return row.c.id == any_(bindparam("ids", type_=ARRAY(Uuid())))


@cache
def _settling(model: type[SQLModel]) -> Statement:
    """Return the statement that adds what rows count for, less what they counted for before."""
    after = counted(ALL_FACTS[model], _of_ids).subquery()
    before = _told()
    both = union_all(
        select(*(after.c[name] for name in (*KEYS, *PARTS))),
        select(*(before.c[name] for name in KEYS), *(-before.c[name] for name in PARTS)),
    ).cte("both_sides")
    return Statement(adding(both))


def adding(rows: CTE) -> Insert:
    """Return the INSERT that adds counted rows to both kinds of roll-ups."""
    binned = insertion(table_of(MetricBin)).from_select(
        ["tenant_id", "id", "measure", "node_kind", "node", "at_hour", "bin", "n"], _bins(rows)
    )
    tallied = insertion(table_of(MetricTally)).from_select(
        ["tenant_id", "id", *KEYS[:-1], *PARTS], _tallies(rows)
    )
    return binned.add_cte(tallied.returning(literal_column("1")).cte("tallied"))


def _bins(both: CTE) -> "Select[Any]":
    n = func.sum(both.c.n)
    keys = [both.c[name] for name in ("measure", "node_kind", "node", "at_hour", "bin")]
    known = select(TENANT, func.gen_random_uuid(), *keys, n).where(both.c.bin.is_not(None))
    return known.group_by(*keys).having(n != ZERO)


def _tallies(both: CTE) -> "Select[Any]":
    keys = [both.c[name] for name in KEYS[:-1]]
    sums = [func.sum(both.c[name]) for name in PARTS]
    found = select(TENANT, func.gen_random_uuid(), *keys, *sums).group_by(*keys)
    return found.having(or_(*(each != ZERO for each in sums)))


def _told() -> FromClause:
    """Return the rows that were remembered."""
    types: dict[str, TypeEngine[Any]] = {
        **dict.fromkeys(("measure", "node_kind", "node", "variant"), String()),
        "at_hour": DateTime(timezone=True),
        "bin": Integer(),
        **dict.fromkeys(COUNTS, BigInteger()),
        **dict.fromkeys(SUMS, Numeric()),
    }
    columns: list[Expression] = [column(name, type_) for name, type_ in types.items()]
    sent = func.jsonb_to_recordset(cast(cast(bindparam("before", type_=Text()), Text), JSONB))
    return sent.table_valued(*columns, name="told").render_derived(with_types=True)


def counted(facts: Facts, condition: Any) -> "Select[Any]":  # noqa: ANN401 - a condition of the raw row
    """Return what rows count for: by measure, node, scale, hour and bin."""
    row = facts.rows(whole=True, condition=condition)
    # Beside each row, never joined: a join by id would depend on how well the planner guesses their number.
    node = union_all(*_nodes(facts, row)).lateral()
    mine = [measure for measure in ROLLED if measure.facts is facts]
    fact = union_all(*(_facts(measure, row) for measure in mine)).lateral()
    hour = func.date_trunc(HOUR, fact.c.at)
    keys = [fact.c.measure, node.c.node_kind, node.c.node, fact.c.variant, hour, fact.c.bin]
    sums = [func.sum(fact.c[name]).label(name) for name in PARTS]
    named = [key.label(name) for key, name in zip(keys, KEYS, strict=True)]
    joined = row.join(fact, true()).join(node, true())
    return select(*named, *sums).select_from(joined).group_by(*keys)


def _nodes(facts: Facts, row: FromClause) -> "list[Select[Any]]":
    found = [select(said(Dimension.TENANT).label("node_kind"), said("").label("node"))]
    for dimension, key in facts.dimensions.items():
        if key.rolled:
            keyed = key.read(row)
            [node] = keyed.selected_columns
            found.append(keyed.with_only_columns(said(dimension), cast(node, Text)))
    return found


def _facts(measure: Measure, row: FromClause) -> "Select[Any]":
    def part(name: str) -> Expression:
        of = measure.parts.get(name)
        return cast(of(row) if of else ZERO, BigInteger() if name in COUNTS else Numeric())

    variant = measure.variant(row) if measure.variant else said("")
    bin_ = measure.bin(row) if measure.bin else NO_BIN
    columns: list[Expression] = [
        said(measure.name).label("measure"),
        cast(measure.at(row), DateTime(timezone=True)).label("at"),
        variant.label("variant"),
        cast(bin_, Integer).label("bin"),
        *(part(name).label(name) for name in PARTS),
    ]
    return select(*columns).where(measure.counts(row)).correlate(row)


COUNTED.owners.update(OWNERS)
COUNTED.remember = remember
