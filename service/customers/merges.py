"""What if two customers are one? A recorded merge hands everything to the survivor, and can be undone."""

from collections.abc import Iterator
from functools import cache
from uuid import UUID

from sqlalchemy import ARRAY, Column, Table, Uuid, any_, bindparam, update
from sqlmodel import SQLModel

from service.customers.tables import Customer, CustomerMerge, MergedRow
from service.ground.keys import uuid7
from service.ground.problems import Invalid
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of

OWN_RECORDS = frozenset({"churn_risk", "customer", "customer_merge", "lifecycle_change", "merged_row"})
"""Tables that tell of one customer record itself: these rows stay where they are."""


async def merge(session: Session, survivor_id: UUID, merged_id: UUID, reason: str) -> UUID:
    """Let one customer be another: everything recorded of `merged_id` belongs to the survivor from now on.

    Raises Invalid where the two are the same or one of them has been merged before.
    """
    if survivor_id == merged_id:
        raise Invalid("mergedId", reason="A customer cannot be merged into itself.")
    first, second = sorted((survivor_id, merged_id))
    found = {id_: await session.get(Customer, id_, locked=True) for id_ in (first, second)}
    for id_, field in ((survivor_id, "survivorId"), (merged_id, "mergedId")):
        if found[id_].merged_into_id is not None:
            raise Invalid(field, reason="This customer was merged into another one before.")
    record = session.add(
        CustomerMerge(
            survivor_id=survivor_id,
            merged_id=merged_id,
            reason=reason,
            actor=session.actor.subject,
            merged_at=session.now,
        )
    )
    await _hand_over(session, record)
    await session.change(found[merged_id], merged_into_id=survivor_id)
    session.emit("customer.merged", survivor_id, merged=str(merged_id), reason=reason)
    return record.id


async def unmerge(session: Session, merge_id: UUID) -> CustomerMerge:
    """Undo a merge: what it handed over goes back; what came afterwards stays with the survivor.

    Raises NotFound for an unknown merge, Invalid for one that was undone before.
    """
    record = await session.get(CustomerMerge, merge_id, "mergeId", locked=True)
    if record.unmerged_at is not None:
        raise Invalid("mergeId", reason="This merge was undone before.")
    rows = await session.find(MergedRow, merge_id=merge_id)
    for column in _references():
        ids = [row.row_id for row in rows if row.table_name == _name(column)]
        if ids:
            await session.run(_giving_back(column), ids=ids, owner=record.merged_id)
    merged = await session.get(Customer, record.merged_id, locked=True)
    await session.change(merged, merged_into_id=None)
    await session.change(record, unmerged_at=session.now)
    session.emit("customer.unmerged", record.survivor_id, merged=str(record.merged_id))
    return record


async def _hand_over(session: Session, record: CustomerMerge) -> None:
    for column in _references():
        moved = await session.rows(
            _handing_over(column), survivor=record.survivor_id, merged=record.merged_id
        )
        rows = [
            {"id": uuid7(), "merge_id": record.id, "table_name": _name(column), "row_id": r["id"]}
            for r in moved
        ]
        session.insert(MergedRow, rows)


@cache
def _references() -> tuple[Column[UUID], ...]:
    """Return every column of any chapter that points to a customer."""
    return tuple(_pointing_to(table_of(Customer)))


def _pointing_to(customer: Table) -> Iterator[Column[UUID]]:
    for table in SQLModel.metadata.sorted_tables:
        if table.name in OWN_RECORDS:
            continue
        for key in table.foreign_key_constraints:
            if key.referred_table is customer:
                yield table.c[key.column_keys[-1]]


def _name(column: Column[UUID]) -> str:
    return f"{column.table.name}.{column.name}"


@cache
def _handing_over(column: Column[UUID]) -> Statement:
    table = column.table
    mine = (table.c.tenant_id == TENANT, column == bindparam("merged"))
    return Statement(update(table).where(*mine).values({column: bindparam("survivor")}).returning(table.c.id))


@cache
def _giving_back(column: Column[UUID]) -> Statement:
    table = column.table
    ids = bindparam("ids", type_=ARRAY(Uuid()))
    kept = (table.c.tenant_id == TENANT, table.c.id == any_(ids))
    return Statement(update(table).where(*kept).values({column: bindparam("owner")}))
