"""What may a person ask of us? To see everything about them, and that nothing tells of them any more."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Table, Uuid, any_, bindparam, select
from sqlmodel import SQLModel

from service.customers.persons import belongings, records_of
from service.customers.tables import Erasure
from service.ground import idempotency
from service.ground.erasing import erasing
from service.ground.personal import personal_columns
from service.ground.session import Session
from service.ground.statements import TENANT, Statement


async def export(session: Session, customer_id: UUID) -> Mapping[str, Any]:
    """Return everything that is kept about the person, by table; raises NotFound."""
    records = await records_of(session, customer_id)
    found: dict[str, Any] = {}
    for name, ids in (await belongings(session, records)).items():
        if ids:
            rows = await session.rows(_reading(SQLModel.metadata.tables[name]), ids=ids)
            found[name] = [{key: _plain(value) for key, value in row.items()} for row in rows]
    session.emit("customer.exported", customer_id)
    return found


async def erase(session: Session, customer_id: UUID) -> Erasure:
    """Let nothing tell of the person any more; what is counted stays. Raises NotFound.

    Answers kept for repeated requests may show anybody, so all of the tenant's are emptied: for a day,
    a repetition of an earlier request reads that it was carried out, and no longer what was answered.
    """
    records = await records_of(session, customer_id)
    counts: dict[str, int] = {}
    for name, ids in (await belongings(session, records)).items():
        table = SQLModel.metadata.tables[name]
        if ids and personal_columns(table):
            await session.run(erasing(table), ids=ids, now=session.now)
            counts[name] = len(ids)
    await idempotency.empty(session)
    receipt = Erasure(
        customer_id=customer_id, actor=session.actor.subject, rows=counts, erased_at=session.now
    )
    session.add(receipt)
    session.emit("customer.erased", customer_id)
    return receipt


@cache
def _reading(table: Table) -> Statement:
    wanted = table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
    columns = [column for column in table.c if column.name != "tenant_id"]
    return Statement(select(*columns).where(table.c.tenant_id == TENANT, wanted).order_by(table.c.id))


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column's value, as JSON has it
    return str(value) if isinstance(value, UUID) else value
