"""How does a row stop telling of a person? Its personal columns are emptied; it still counts."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy import update as sql_update
from sqlalchemy.dialects.postgresql import JSONB

from service.ground.personal import Sensitivity, personal_columns
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment

ERASED = "[erased]"
"""What stands where somebody's words stood, so that it still counts that there were some."""


@cache
def erasing(table: Table) -> Statement:
    """Return the statement that empties the personal columns of some rows of a table."""
    values: dict[str, ColumnElement[Any]] = {
        name: _emptied(table, name, sensitivity) for name, sensitivity in personal_columns(table).items()
    }
    if "version" in table.c:
        values["version"] = table.c.version + literal(1)
        values["updated_at"] = bindparam("now", type_=Moment())
    wanted = table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
    return Statement(sql_update(table).where(table.c.tenant_id == TENANT, wanted).values(values))


def _emptied(table: Table, name: str, sensitivity: Sensitivity) -> ColumnElement[Any]:
    """Words leave a mark, keys become the row's own id, which is unique, and the rest is gone."""
    column = table.c[name]
    if isinstance(column.type, JSONB):
        return cast(literal("{}", Text), JSONB)
    if sensitivity is Sensitivity.WORDS:
        return case((column.is_not(None), literal(ERASED, Text)), else_=null())
    if sensitivity is Sensitivity.REFERENCE:
        return case((column.is_not(None), cast(table.c.id, Text)), else_=null())
    return null()


@cache
def aged(table: Table, time: str, most: int) -> Statement:
    """Return the statement that finds rows older than `limit` which still tell of a person."""
    telling = [
        table.c[name].is_distinct_from(_emptied(table, name, sensitivity))
        for name, sensitivity in personal_columns(table).items()
    ]
    old = table.c[time] < bindparam("limit", type_=Moment())
    found = select(table.c.id).where(and_(table.c.tenant_id == TENANT, old, or_(*telling)))
    return Statement(found.order_by(table.c[time]).limit(literal(most)))
