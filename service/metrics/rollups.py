"""What does a transaction change of what is counted? What its rows count for now, less what they did before.

A change is written in a few rows and waits there, in every answer already, until it is folded into roll-ups.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
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
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.dialects.postgresql import insert as insertion
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from service.feedback.tables import Feedback, FeedbackReason
from service.ground.counting import COUNTED, Changes
from service.ground.reads import Expression
from service.ground.session import Session
from service.ground.statements import TENANT, Addition, Statement
from service.ground.tables import table_of
from service.interactions.tables import Interaction, InteractionEvent
from service.metrics.expressions import said
from service.metrics.measures import COUNTS, PARTS, SUMS, Facts, Measure
from service.metrics.signals import ROLLED
from service.metrics.tables import MetricChange
from service.touchpoints.tables import TouchpointEvent

KEYS = ("measure", "at_hour", "variant", "bin", "nodes")
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


async def settle(session: Session, changes: Changes) -> None:
    """Write down what a transaction has changed of what is counted."""
    for model, (ids, before) in changes.items():
        if before:
            found = _bound(_settling(model), session, ids=ids, before=f"[{','.join(before)}]")
        else:
            found = _bound(_adding(model), session, ids=ids)
        await session.connection.execute(*found)


@cache
def added(model: type[SQLModel]) -> Addition:
    """Return what writes down what a row counts for, in the statement that inserts it with all its parts."""
    tables = frozenset(table_of(part).name for part, (owner, _) in OWNERS.items() if owner is model)
    new = counted(ALL_FACTS[model], lambda _: true()).subquery()
    return Addition(_inserting(new, grouped=False).of_tenant, tables)


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
def _adding(model: type[SQLModel]) -> Statement:
    """Return the statement that adds what new rows count for."""
    return _inserting(counted(ALL_FACTS[model], _of_ids).subquery(), grouped=False)


@cache
def _settling(model: type[SQLModel]) -> Statement:
    """Return the statement that adds what rows count for, less what they counted for before."""
    after = counted(ALL_FACTS[model], _of_ids).subquery()
    before = _told()
    both = union_all(
        select(*(after.c[name] for name in (*KEYS, *PARTS))),
        select(*(before.c[name] for name in KEYS), *(-before.c[name] for name in PARTS)),
    ).subquery()
    return _inserting(both, grouped=True)


def _inserting(rows: FromClause, *, grouped: bool) -> Statement:
    keys = [rows.c[name] for name in KEYS]
    sums = [func.sum(rows.c[name]) if grouped else rows.c[name] for name in PARTS]
    found = select(TENANT, func.uuidv7(), *keys, *sums)
    if grouped:
        found = found.group_by(*keys).having(or_(*(each != ZERO for each in sums)))
    into = insertion(table_of(MetricChange))
    return Statement(into.from_select(["tenant_id", "id", *KEYS, *PARTS], found))


def _told() -> FromClause:
    """Return the rows that were remembered."""
    types: dict[str, TypeEngine[Any]] = {
        "measure": String(),
        "at_hour": DateTime(timezone=True),
        "variant": String(),
        "bin": Integer(),
        "nodes": ARRAY(Text()),
        **dict.fromkeys(COUNTS, BigInteger()),
        **dict.fromkeys(SUMS, Numeric()),
    }
    columns: list[Expression] = [column(name, type_) for name, type_ in types.items()]
    sent = func.jsonb_to_recordset(cast(cast(bindparam("before", type_=Text()), Text), JSONB))
    return sent.table_valued(*columns, name="told").render_derived(with_types=True)


def counted(facts: Facts, condition: Any) -> "Select[Any]":  # noqa: ANN401 - a condition of the raw row
    """Return what rows count for: each fact with its hour, scale and bin, and the nodes it counts at."""
    row = facts.rows(whole=True, condition=condition)
    mine = [measure for measure in ROLLED if measure.facts is facts]
    # Beside each row, never joined: a join by id would depend on how well the planner guesses their number.
    fact = union_all(*(_facts(measure, row) for measure in mine)).lateral()
    keys = [
        fact.c.measure,
        func.date_trunc(HOUR, fact.c.at).label("at_hour"),
        fact.c.variant,
        fact.c.bin,
        _nodes(facts, row).label("nodes"),
    ]
    return select(*keys, *(fact.c[name] for name in PARTS)).select_from(row.join(fact, true()))


def _nodes(facts: Facts, row: FromClause) -> Expression:
    """Return the nodes at which a row counts, always in the same order."""
    single: list[Expression] = []
    several: list[Expression] = []
    for dimension, key in facts.dimensions.items():
        name = said(f"{dimension}:")
        if key.rolled and key.model is None:
            single.append(name + cast(key.of(row), Text))
        elif key.rolled:
            keyed = key.read(row)
            [node] = keyed.selected_columns
            named = name + cast(node, Text)
            several.append(func.array(keyed.with_only_columns(named).order_by(named).scalar_subquery()))
    nodes: Expression = func.array_remove(array(single), cast(null(), Text), type_=ARRAY(Text))
    for each in several:
        nodes = func.array_cat(nodes, each, type_=ARRAY(Text))
    return nodes


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
COUNTED.settle = settle
COUNTED.added = added
