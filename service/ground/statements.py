"""How does a statement reach PostgreSQL? Compiled once from SQLAlchemy Core, then only its values change."""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from sqlalchemy import ClauseElement, Column, Dialect, String, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlmodel import SQLModel

from service.ground.tables import table_of

DIALECT: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # the dialect ships no types
TENANT_SETTING = "app.tenant_id"
"""The setting that tells row-level security whose rows a transaction may touch."""
Part = tuple[type[SQLModel], tuple[str, ...], bool]
"""What one statement inserts into one table: the table, its columns, and whether it is a single row."""
TENANT = bindparam("tenant", type_=postgresql.UUID(as_uuid=True))
"""The tenant of whoever asks: every statement over a tenant's table names it."""


class Statement:
    """One statement with named values; it must name the tenant."""

    def __init__(self, clause: ClauseElement) -> None:
        """Keep the clause; it is compiled at its first use."""
        self.clause = clause

    @cached_property
    def _compiled(self) -> tuple[str, tuple[str, ...], Mapping[str, Any]]:
        compiled = self.clause.compile(dialect=DIALECT)
        names = tuple(getattr(compiled, "positiontup", None) or ())
        if "tenant" not in names:
            message = f"the statement does not name the tenant: {compiled}"
            raise ValueError(message)
        return str(compiled), names, compiled.params

    @property
    def sql(self) -> str:
        """The text that PostgreSQL prepares."""
        return self._compiled[0]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """Return the values in the statement's order; a literal inside the clause keeps its own value."""
        _, names, defaults = self._compiled
        return [values[name] if name in values else defaults[name] for name in names]


def sql_type(column: Column[Any]) -> str:
    """Return the name of the column's type in PostgreSQL, without a collation, which values do not have."""
    return "text" if isinstance(column.type, String) else column.type.compile(dialect=DIALECT)


@cache
def insertion(model: type[SQLModel], columns: tuple[str, ...], tenant: int, *, alone: bool) -> str:
    """Return an INSERT: of one row with a parameter a column, or of many with an array a column.

    The parameter `$tenant` is the tenant, the others follow it. The statement tells row-level security the
    tenant itself, so that it can stand alone. A single row costs a third of arrays of one.
    """
    table = table_of(model)
    names = ", ".join(f'"{name}"' for name in columns)
    types = [f"${tenant + n}::{sql_type(table.c[name])}" for n, name in enumerate(columns, start=1)]
    into = f'INSERT INTO "{table.name}" (tenant_id, {names})'
    entering = f"set_config('{TENANT_SETTING}', ${tenant}::uuid::text, true) AS entered"
    if alone:
        return f"{into} SELECT ${tenant}::uuid, {', '.join(types)} FROM {entering}"  # noqa: S608 - ours
    arrays = ", ".join(f"{one}[]" for one in types)
    return f"{into} SELECT ${tenant}::uuid, {names} FROM {entering}, unnest({arrays}) AS sent ({names})"  # noqa: S608 - ours


@cache
def insertions(parts: tuple[Part, ...]) -> str:
    """Return one statement that inserts into several tables; foreign keys are checked at its end.

    The tenant is the parameter of each part that comes before its values.
    """
    *before, last = _steps(parts, 1)
    steps = ", ".join(f"step_{n} AS ({text})" for n, text in enumerate(before))
    return f"WITH {steps} {last}" if steps else last


@cache
def shown_insertions(parts: tuple[Part, ...], shown: str, reading: str, taken: int) -> str:
    """Return one statement that inserts into several tables and reads what it adds to one of them.

    `reading` has the parameters up to `taken`, and reads no table but `shown`: a name in WITH stands before
    a table's, so that it finds the rows this statement adds, and only those.
    """
    steps = []
    for n, ((model, _, _), text) in enumerate(zip(parts, _steps(parts, taken + 1), strict=True)):
        name = table_of(model).name
        steps.append(f'"{name}" AS ({text} RETURNING *)' if name == shown else f"step_{n} AS ({text})")
    return f"WITH {', '.join(steps)} {reading}"


def _steps(parts: Sequence[Part], first: int) -> list[str]:
    texts = []
    for model, columns, alone in parts:
        texts.append(insertion(model, columns, first, alone=alone))
        first += 1 + len(columns)
    return texts


@cache
def new_insertion(model: type[SQLModel], columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    """Return an INSERT that leaves rows alone whose key is taken, and tells the ids it did insert."""
    conflict = ", ".join(("tenant_id", *key))
    text = insertion(model, columns, 1, alone=False)
    return f"{text} ON CONFLICT ({conflict}) DO NOTHING RETURNING id"


@cache
def key_lookup(model: type[SQLModel], key: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    """Return a SELECT that finds many rows by a key of one or more columns, one array a column."""
    table = table_of(model)
    arrays = ", ".join(f"${n}::{sql_type(table.c[name])}[]" for n, name in enumerate(key, start=2))
    match = " AND ".join(f'found."{name}" = sent."{name}"' for name in key)
    names = ", ".join(f'"{name}"' for name in key)
    columns = ", ".join(f'found."{name}"' for name in (*key, *wanted))
    return (
        f"SELECT {columns} FROM unnest({arrays}) AS sent ({names}) "  # noqa: S608 - names of our own columns
        f'JOIN "{table.name}" AS found ON found.tenant_id = $1 AND {match}'
    )


@cache
def selection(model: type[SQLModel], equal: tuple[str, ...], *, locked: bool) -> str:
    """Return a SELECT of whole rows by equality, in the order of their ids."""
    table = table_of(model)
    where = "".join(f' AND "{name}" = ${n}' for n, name in enumerate(equal, start=2))
    lock = " FOR UPDATE" if locked else ""
    return f'SELECT * FROM "{table.name}" WHERE tenant_id = $1{where} ORDER BY id{lock}'  # noqa: S608 - ours


@cache
def change(model: type[SQLModel], columns: tuple[str, ...], *, versioned: bool) -> str:
    """Return an UPDATE of one row by id (`$2`); a versioned row counts up and keeps the time (`$3`)."""
    table = table_of(model)
    first = 4 if versioned else 3
    sets = [f'"{name}" = ${n}::{sql_type(table.c[name])}' for n, name in enumerate(columns, start=first)]
    if versioned:
        sets += ["version = version + 1", "updated_at = $3"]
    return f'UPDATE "{table.name}" SET {", ".join(sets)} WHERE tenant_id = $1 AND id = $2'  # noqa: S608 - ours


def column_arrays(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> list[list[object]]:
    """Return the rows turned into one list a column."""
    return [[row[name] for row in rows] for name in columns]
