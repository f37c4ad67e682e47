"""Which rows are one person's? Their records, merged ones too, and what belongs to those in any chapter."""

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import SQLModel

from service.customers.tables import Customer, CustomerExternalId
from service.ground.personal import tables_of_persons
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of

OWNER = "customer_id"
SUBJECT = "subject_id"
SYSTEM, VALUE = "unmatched_customer_system", "unmatched_customer_value"
"""Where a table keeps whom another system named, until that is matched; without a system it is an address."""
BETWEEN = "\x1f"

_records = any_(bindparam("records", type_=ARRAY(Uuid())))
_customers, _external = table_of(Customer), table_of(CustomerExternalId)
NAMES = Statement(
    union_all(
        select(_external.c.system.label("system"), _external.c.value.label("value")).where(
            _external.c.tenant_id == TENANT, _external.c.customer_id == _records
        ),
        select(cast(null(), Text), _customers.c.email).where(
            _customers.c.tenant_id == TENANT, _customers.c.id == _records, _customers.c.email.is_not(None)
        ),
    )
)

Belongings = dict[str, list[UUID]]
"""The ids of rows by the name of their table."""


async def records_of(session: Session, customer_id: UUID) -> list[UUID]:
    """Return every record of the person that a customer is; raises NotFound."""
    found: dict[UUID, Customer] = {}
    first = await session.get(Customer, customer_id, "customerId", locked=True)
    pending = [first]
    while pending:
        one = pending.pop()
        if one.id in found:
            continue
        found[one.id] = one
        pending += await session.find(Customer, merged_into_id=one.id, locked=True)
        if one.merged_into_id is not None:
            pending += await session.find(Customer, id=one.merged_into_id, locked=True)
    return sorted(found)


async def belongings(session: Session, records: Sequence[UUID]) -> Belongings:
    """Return the rows that belong to these records, and what is kept about any of those rows."""
    names = await _names(session, records)
    found: Belongings = {str(table_of(Customer).name): list(records)}
    for table in _owned_tables():
        keys = {name: ids for name, ids in found.items() if name in _parents(table)}
        rows = await session.rows(_finding(table), **keys)
        if VALUE in table.c:
            rows = [*rows, *await session.rows(_finding_unmatched(table), names=names)]
        found[str(table.name)] = [row["id"] for row in rows]
    everything = [id_ for ids in found.values() for id_ in ids]
    for table in _tables_about_anything():
        rows = await session.rows(_finding_about(table), subjects=everything)
        found[str(table.name)] = [row["id"] for row in rows]
    return found


async def _names(session: Session, records: Sequence[UUID]) -> list[str]:
    """Return what unmatched rows may call the person: system and value, or an address without a system."""
    names = await session.rows(NAMES, records=list(records))
    return [f"{row['system'] or ''}{BETWEEN}{row['value']}" for row in names]


@cache
def _owned_tables() -> tuple[Table, ...]:
    """Return the tables whose rows belong to a customer, parents first, without the customers themselves."""
    owned = tables_of_persons()
    sorted_ = [table for table in SQLModel.metadata.sorted_tables if table.name in owned]
    return tuple(table for table in sorted_ if table is not table_of(Customer))


@cache
def _tables_about_anything() -> tuple[Table, ...]:
    """Return the tables that name a thing of any kind: its history, its events."""
    return tuple(table for table in SQLModel.metadata.sorted_tables if SUBJECT in table.columns)


@cache
def _parents(table: Table) -> dict[str, list[str]]:
    """Return by parent the columns that point to it."""
    owned = tables_of_persons()
    found: dict[str, list[str]] = {}
    for key in table.foreign_key_constraints:
        if key.referred_table.name in owned and key.referred_table is not table:
            found.setdefault(key.referred_table.name, []).append(key.column_keys[-1])
    return found


@cache
def _finding(table: Table) -> Statement:
    """A row with an owner is the owner's; one without belongs to whoever its parents belong to."""
    by_parent = {
        parent: or_(*(_within(table, column, parent) for column in columns))
        for parent, columns in _parents(table).items()
    }
    owner = by_parent.pop(table_of(Customer).name, None)
    others = or_(false(), *by_parent.values())
    if OWNER in table.c:
        others = and_(table.c[OWNER].is_(None), others)
    whose = others if owner is None else or_(owner, others)
    return Statement(select(table.c.id).where(table.c.tenant_id == TENANT, whose).order_by(table.c.id))


def _within(table: Table, column: str, parent: str) -> ColumnElement[bool]:
    return table.c[column] == any_(bindparam(parent, type_=ARRAY(Uuid())))


@cache
def _finding_unmatched(table: Table) -> Statement:
    """Find what nobody was known for, but which names the person."""
    name = func.coalesce(table.c[SYSTEM], literal("", Text)) + literal(BETWEEN, Text) + table.c[VALUE]
    named = and_(table.c[VALUE].is_not(None), name == any_(bindparam("names", type_=ARRAY(Text()))))
    return Statement(select(table.c.id).where(table.c.tenant_id == TENANT, table.c[OWNER].is_(None), named))


@cache
def _finding_about(table: Table) -> Statement:
    about = table.c[SUBJECT] == any_(bindparam("subjects", type_=ARRAY(Uuid())))
    return Statement(select(table.c.id).where(table.c.tenant_id == TENANT, about).order_by(table.c.id))
