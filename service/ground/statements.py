"""How does a statement reach PostgreSQL? Compiled once from SQLAlchemy Core, then only its values change."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, auto
from functools import cache, cached_property
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ClauseElement, Column, Dialect, Float, String, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlmodel import SQLModel

from service.ground.tables import table_of

DIALECT: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # the dialect ships no types
TENANT_SETTING = "app.tenant_id"
"""The setting that tells row-level security whose rows a transaction may touch."""
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

    @property
    def of_tenant(self) -> str:
        """The text with the tenant as `$1` and no other parameter: the numbers it names stand in it."""
        _, names, numbers = self._compiled
        said = {str(n): "$1" if name == "tenant" else f"{numbers[name]:d}" for n, name in enumerate(names, 1)}
        return re.sub(r"\$(\d+)", lambda found: said[found[1]], self.sql)

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """Return the values in the statement's order; a literal inside the clause keeps its own value."""
        _, names, defaults = self._compiled
        return [values[name] if name in values else defaults[name] for name in names]


def sql_type(column: Column[Any]) -> str:
    """Return the name of the column's type in PostgreSQL, without a collation, which values do not have."""
    return "text" if isinstance(column.type, String) else column.type.compile(dialect=DIALECT)


class Rows(Enum):
    """How a statement is given the rows that it inserts."""

    ONE = auto()
    """A single row, by a parameter a column."""
    ARRAYS = auto()
    """By an array a column."""
    JSON = auto()
    """By one text: a list of objects."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one statement inserts into one table: the table, its columns, and how the rows are given."""

    model: type[SQLModel]
    columns: tuple[str, ...]
    rows: Rows

    @property
    def parameters(self) -> int:
        """How many parameters give the rows."""
        return 1 if self.rows is Rows.JSON else len(self.columns)

    @property
    def table(self) -> str:
        """The name of the table."""
        return table_of(self.model).name


@dataclass(frozen=True, slots=True)
class Addition:
    """What is written because of rows that the same statement inserts; the tenant is its only parameter.

    It reads `tables`: where the statement inserts into one of them, it finds the new rows and no others.
    """

    sql: str
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a statement reads of what it adds: a SELECT that reads no table but one.

    A parameter of it is an array of ids; it returns a row for each, in their order.
    """

    sql: str
    table: str
    parameters: int
    ids: int
    """Which of its parameters, counted from 0, holds the ids."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one statement writes: its parts, what follows from them, and whether it goes by arrangements.

    Its parameters are those of what it shows, the tenant, the token of the arrangements it goes by, and the
    rows of the parts.
    """

    parts: tuple[Part, ...]
    additions: tuple[Addition, ...] = ()
    goes_by: bool = False
    shown: Shown | None = None

    @property
    def tenant(self) -> int:
        """Which parameter, counted from 1, is the tenant."""
        return (self.shown.parameters if self.shown else 0) + 1

    @property
    def first(self) -> int:
        """Which parameter, counted from 1, is the first value."""
        return self.tenant + (2 if self.goes_by else 1)


class Unlike(Exception):
    """Statements differ in more than one statement can say."""


ENTERING = f"set_config('{TENANT_SETTING}', ${{}}::uuid::text, true) AS entered"
"""Where a statement itself tells row-level security the tenant, so that it can stand alone."""
GOING_BY = (
    "CASE WHEN (SELECT token FROM arrangement WHERE tenant_id = entered::uuid AND id = entered::uuid)"
    " IS DISTINCT FROM ${}::uuid"
    " THEN refuse_as_rearranged() END"
)
"""What refuses a statement where another token of arrangements holds; looked at once the tenant is told."""


@cache
def insertion(part: Part, tenant: int, first: int, source: str) -> str:
    """Return an INSERT of a part's rows.

    The parameter `$tenant` is the tenant, `$first` the first that gives the rows; `source` enters the tenant.
    A single row costs a third of arrays of one, and JSON costs Python half of what arrays do.
    """
    columns = table_of(part.model).c
    names = ", ".join(f'"{name}"' for name in part.columns)
    types = {name: sql_type(columns[name]) for name in part.columns}
    given = [f"${n}::{type_}" for n, type_ in enumerate(types.values(), start=first)]
    into = f'INSERT INTO "{part.table}" (tenant_id, {names})'
    if part.rows is Rows.ONE:
        return f"{into} SELECT ${tenant}::uuid, {', '.join(given)} FROM {source}"  # noqa: S608 - ours
    if part.rows is Rows.ARRAYS:
        sent = f"unnest({', '.join(f'{one}[]' for one in given)}) AS sent ({names})"
    else:
        typed = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
        sent = f"json_to_recordset(${first}::text::json) AS sent ({typed})"
    return f"{into} SELECT ${tenant}::uuid, {names} FROM {source}, {sent}"  # noqa: S608 - ours


@cache
def insertions(written: Written) -> str:
    """Return one statement that inserts into several tables; foreign keys are checked at its end.

    A name in WITH stands before a table's, so that what is shown finds the rows this statement adds, and only
    those.
    """
    tenant, first, shown = written.tenant, written.first, written.shown
    entering = ENTERING.format(tenant)
    if len(written.parts) == 1 and not (written.additions or written.goes_by or shown):
        return insertion(written.parts[0], tenant, first, entering)
    read = frozenset[str]().union(*(addition.tables for addition in written.additions))
    read |= {shown.table} if shown else frozenset()
    checked = GOING_BY.format(tenant + 1) if written.goes_by else "entered"
    steps = [f"entered AS MATERIALIZED (SELECT {checked} FROM {entering})"]  # noqa: S608 - ours
    for n, part in enumerate(written.parts):
        text = insertion(part, tenant, first, "entered")
        steps.append(
            f'"{part.table}" AS ({text} RETURNING *)' if part.table in read else f"step_{n} AS ({text})"
        )
        first += part.parameters
    for n, addition in enumerate(written.additions):
        steps.append(f"addition_{n} AS ({addition.sql.replace('$1', f'${tenant}')})")
    return f"WITH {', '.join(steps)} {shown.sql if shown else 'SELECT'}"


@cache
def together(written: Written) -> str:
    """Return one statement that does what several such statements do."""
    return insertions(replace(written, parts=tuple(replace(part, rows=Rows.JSON) for part in written.parts)))


def put_together(written: Written, several: Sequence[Sequence[object]]) -> list[object]:
    """Return the arguments of `together` for those of several such statements.

    Raises Unlike where they differ in more than their ids and their rows, or where JSON cannot hold a row.
    """
    at = written.first - 1
    found: list[object] = []
    for n, given in enumerate(zip(*(one[:at] for one in several), strict=True)):
        if written.shown and n == written.shown.ids:
            found.append([id_ for ids in given for id_ in ids])
        elif any(value != given[0] for value in given):
            raise Unlike
        else:
            found.append(given[0])
    for part in written.parts:
        until = at + part.parameters
        found.append(_told(part, [one[at:until] for one in several]))
        at = until
    return found


def _told(part: Part, several: Sequence[Sequence[Any]]) -> str:
    """Return as JSON the rows of a part that several statements give each by parameters of its own."""
    if _has_floats(part):
        raise Unlike  # some are no numbers, which JSON would not tell
    given = several if part.rows is Rows.ONE else [row for one in several for row in zip(*one, strict=True)]
    rows = [dict(zip(part.columns, row, strict=True)) for row in given]
    try:
        return orjson.dumps(rows, default=_as_text).decode()
    except TypeError as untold:
        raise Unlike from untold


@cache
def _has_floats(part: Part) -> bool:
    columns = table_of(part.model).c
    return any(isinstance(columns[name].type, Float) for name in part.columns)


def _as_text(value: object) -> str:
    """Return a value that JSON does not have, as PostgreSQL reads it."""
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError


@cache
def new_insertion(model: type[SQLModel], columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    """Return an INSERT that leaves rows alone whose key is taken, and tells the ids it did insert."""
    conflict = ", ".join(("tenant_id", *key))
    text = insertion(Part(model, columns, Rows.ARRAYS), 1, 2, ENTERING.format(1))
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
