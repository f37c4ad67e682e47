"""What must hold of every table so that it can be sharded by tenant?

Each rule is one that Citus enforces when a table is distributed, or that keeps a name stable between
databases.
"""

import re
from collections.abc import Iterator

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import IdentifierError
from sqlalchemy.schema import Constraint, DefaultClause

TENANT = "tenant_id"
VOLATILE = re.compile(r"random|clock_timestamp|uuid|nextval|timeofday|set_config", re.IGNORECASE)
PREPARER = PGDialect().identifier_preparer  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped

# Tables without a tenant, each with the reason; they become reference tables, whole on every node.
GLOBAL_TABLES: dict[str, str] = {
    "tenant": "the list of tenants itself, sharded by its own id",
}


def violations(metadata: MetaData) -> list[str]:
    """Returns every breach of the rules, named by table; none for tables that can be sharded."""
    return [f"{table.name}: {breach}" for table in metadata.sorted_tables for breach in _breaches(table)]


def _breaches(table: Table) -> Iterator[str]:
    yield from _naming(table)
    for column in table.columns:
        yield from _column(column)
    if table.name in GLOBAL_TABLES:
        return
    if TENANT not in table.columns:
        yield "has no tenant and is not declared global"
        return
    yield from _keys(table)
    for foreign_key in table.foreign_key_constraints:
        yield from _foreign_key(foreign_key)


def _keys(table: Table) -> Iterator[str]:
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint) and _first(constraint) != TENANT:
            yield f"{_label(constraint)} does not start with the tenant"
    for index in table.indexes:
        if getattr(index.expressions[0], "name", None) != TENANT:
            yield f"index {index.name} does not start with the tenant"


def _foreign_key(constraint: ForeignKeyConstraint) -> Iterator[str]:
    label = _label(constraint)
    target = constraint.referred_table
    if target.name not in GLOBAL_TABLES:
        pairs = [(element.parent.name, element.column.name) for element in constraint.elements]
        if pairs[0] != (TENANT, TENANT):
            yield f"{label} does not point from tenant to tenant first"
    for action in (constraint.ondelete, constraint.onupdate):
        if action is not None and action.upper().startswith("SET"):
            yield f"{label} uses {action}, which a sharded table cannot"


def _column(column: Column[object]) -> Iterator[str]:
    kind = column.type
    if isinstance(kind, Enum) and kind.native_enum:
        yield f"column {column.name} is a native enum; use text and a check"
    if isinstance(kind, DateTime) and not kind.timezone:
        yield f"column {column.name} is a time without its zone"
    if column.identity is not None or isinstance(column.default, Sequence) or _serial(column):
        yield f"column {column.name} is numbered by a sequence, which is not one number line across nodes"
    if column.onupdate is not None or column.server_onupdate is not None:
        yield f"column {column.name} is updated behind the application's back"
    default = column.server_default
    if isinstance(default, DefaultClause) and VOLATILE.search(str(default.arg)):
        yield f"column {column.name} has a volatile default; the application fills it"


def _serial(column: Column[object]) -> bool:
    numbered: object = column.table.autoincrement_column
    return numbered is column


def _naming(table: Table) -> Iterator[str]:
    kinds = PrimaryKeyConstraint | UniqueConstraint | ForeignKeyConstraint | CheckConstraint
    named: list[Constraint | Index] = [part for part in table.constraints if isinstance(part, kinds)]
    named += table.indexes
    for part in named:
        try:
            name = _name(part)
        except IdentifierError:
            yield f"the name {part.name} is longer than PostgreSQL keeps"
        else:
            if name is None:
                yield f"a {type(part).__name__} has no name"


def _name(part: Constraint | Index) -> str | None:
    if isinstance(part, Index):
        return PREPARER.format_index(part).strip('"')
    if part.name is None:
        return None
    formatted = PREPARER.format_constraint(part)
    return None if formatted is None else formatted.strip('"')


def _label(constraint: Constraint) -> str:
    return f"{type(constraint).__name__} {_name(constraint)}"


def _first(constraint: PrimaryKeyConstraint | UniqueConstraint) -> str | None:
    return next(iter(constraint.columns.keys()), None)
