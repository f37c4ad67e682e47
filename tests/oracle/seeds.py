"""What lies in the tables while operations are compared? Random rows that every constraint accepts.

The rows follow from the tables alone, so those of a new chapter are sown without a word here: foreign keys
point to rows that exist, closed sets give their values, and what a constraint refuses is drawn again.
Values come from small sets, so that every order has ties and every filter finds something.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, get_args
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    Time,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

Row = dict[str, Any]

ROWS = 14
FEWEST = 3
TRIES = 300
NULLS = 0.3
LISTED = re.compile(r"^(\w+) IN \(([^)]*)\)$")
BEGINNING = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
MOMENTS = [
    BEGINNING + timedelta(days=days, microseconds=us) for days in range(4) for us in (0, 1, 120000, 999999)
]
DATES = [date(2026, 3, 1) + timedelta(days=days) for days in range(4)]
WORDS = [
    "",
    "a",
    "A",
    "ab",
    "a b",
    "ä",
    "é̂",
    "日本",
    "😀",
    '"',
    "\\",
    "\\n",
    "a\nb\tc",
    "%",
    "_",
    "'",
    "</s>",
    "z" * 40,
]
NUMBERS = [0, 1, 1, 2, 3, 5, 7, 10, 60, 100, 3600]
FRACTIONS = [0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 7.0, 9.5, 1e-7, 12345.678]
FREE: list[Any] = [{}, {"a": 1}, {'é"': [1, None, 1.5, {"b": "\\"}]}, {"tier": "gold"}]
REFUSALS = (asyncpg.CheckViolationError, asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError)


@dataclass(slots=True)
class Sower:
    """Sows one tenant; `mark` stands in every free text of its rows."""

    tenant_id: UUID
    chance: random.Random
    mark: str = ""
    rows: dict[str, list[Row]] = field(default_factory=dict)

    async def sow(self, connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
        """Fill every table of the tenant."""
        for table in sorted(SQLModel.metadata.sorted_tables, key=_speaks_of_any_table):
            if "tenant_id" in table.columns:
                self.rows[table.name] = []
                for number in range(ROWS):
                    if not await self.sow_row(connection, table, number):
                        break

    async def sow_row(
        self, connection: "PoolConnectionProxy[asyncpg.Record]", table: Table, number: int
    ) -> bool:
        """Insert one row; tell whether the constraints left room for it."""
        for _ in range(TRIES):
            row = self._row(table, number)
            names = ", ".join(f'"{name}"' for name in row)
            places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
            sql = f'INSERT INTO "{table.name}" ({names}) VALUES ({places})'  # noqa: S608 - names of our tables
            try:
                async with connection.transaction():
                    await connection.execute(sql, *row.values())
            except REFUSALS:
                continue
            self.rows[table.name].append(row)
            return True
        assert number >= FEWEST, (
            f"only {number} rows of {table.name} were accepted: give it values of its own"
        )
        return False

    def own_id(self, table: Table, number: int) -> UUID:
        """Return the same ids for every tenant: only the tenant tells such rows apart."""
        chance = random.Random(f"{table.name}/{number}")  # noqa: S311 - chance, not secrecy
        return UUID(int=chance.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62))

    def _row(self, table: Table, number: int) -> Row:
        row: Row = {"tenant_id": self.tenant_id}
        keys = dict(_parents(table))
        for column in table.columns:
            if column.name == "tenant_id":
                continue
            if column.name == "id" and "id" not in keys:
                row["id"] = self.own_id(table, number)
            elif column.name in keys:
                row[column.name] = self._reference(table, column, keys[column.name])
            else:
                row[column.name] = self._value(table, column)
        return row

    def _reference(self, table: Table, column: Column[Any], target: str) -> UUID | None:
        parents = self.rows.get(target, [])
        if column.nullable and (not parents or self.chance.random() < NULLS):
            return None
        assert parents, f"{table.name}.{column.name} needs a row of {target} before"
        chosen: UUID = self.chance.choice(parents)["id"]
        return chosen

    def _value(self, table: Table, column: Column[Any]) -> object:
        if column.nullable and self.chance.random() < NULLS:
            return None
        own = VALUES.get((table.name, column.name))
        if own:
            return own(self.chance)
        listed = _closed_sets(table).get(column.name)
        if listed:
            return self.chance.choice(listed)
        return self._of_type(column)

    def _of_type(self, column: Column[Any]) -> object:
        type_ = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
        for kind, draw in self._kinds().items():
            if isinstance(type_, kind):
                return draw()
        message = f"no values are known for {column.table.name}.{column.name} ({column.type})"
        raise TypeError(message)

    def _kinds(self) -> Mapping[type[TypeEngine[Any]], Callable[[], object]]:
        """Return how values of each kind of column are drawn; a kind comes before those it is a kind of."""
        chance = self.chance
        return {
            String: self._text,
            Boolean: lambda: chance.random() < NULLS,
            Integer: lambda: chance.choice(NUMBERS),
            Float: lambda: chance.choice(FRACTIONS),
            Numeric: lambda: Decimal(str(chance.choice(FRACTIONS))),
            DateTime: lambda: chance.choice(MOMENTS),
            Date: lambda: chance.choice(DATES),
            Time: lambda: time(chance.randrange(24), 30),
            JSONB: lambda: chance.choice(FREE) | ({"mark": self.mark} if self.mark else {}),
            Uuid: self._any_id,
            LargeBinary: lambda: chance.randbytes(4),
        }

    def _text(self) -> str:
        return self.mark + self.chance.choice(WORDS)

    def _any_id(self) -> UUID:
        """Return the id of some row: the table it points to is said by another column, or nowhere."""
        every = [row["id"] for rows in self.rows.values() for row in rows if "id" in row]
        chosen: UUID = self.chance.choice(every) if every else UUID(int=0)
        return chosen


VALUES: Mapping[tuple[str, str], Callable[[random.Random], object]] = {
    ("authority_limit", "currency"): lambda chance: chance.choice(["EUR", "USD", "GBP", "SEK"]),
    ("business_calendar_edition", "time_zone"): lambda chance: chance.choice(["UTC", "Asia/Kolkata"]),
    ("calendar_holiday", "day"): lambda chance: chance.choice(DATES).isoformat(),
    ("calendar_period", "closes"): lambda chance: chance.choice(["12:30", "24:00"]),
    ("calendar_period", "opens"): lambda chance: chance.choice(["09:00", "12:15"]),
    ("metric_change", "nodes"): lambda _chance: [],
    ("outbox", "type"): lambda chance: chance.choice(["customer.created", "customer.merged"]),
}
"""The values of columns that only a rule in Python restricts."""


def _parents(table: Table) -> Iterator[tuple[str, str]]:
    for key in table.foreign_keys:
        if key.parent.name != "tenant_id":
            yield key.parent.name, key.column.table.name


def _speaks_of_any_table(table: Table) -> bool:
    """Tell whether a table, to which none points, holds ids of tables that it does not name."""
    own = {"tenant_id", "id", *(name for name, _ in _parents(table))}
    loose = any(isinstance(c.type, Uuid) and c.name not in own for c in table.columns)
    targets = {target for each in SQLModel.metadata.sorted_tables for _, target in _parents(each)}
    return loose and table.name not in targets


@cache
def _closed_sets(table: Table) -> dict[str, Sequence[str]]:
    """Return the values of the columns that a check or an enumeration closes."""
    found: dict[str, Sequence[str]] = {}
    model = next((m for m in _models(SQLModel) if getattr(m, "__table__", None) is table), None)
    for name, info in model.model_fields.items() if model else ():
        enums = [part for part in (info.annotation, *get_args(info.annotation)) if _is_enum(part)]
        if enums:
            found[name] = [member.value for member in enums[0]]
    for check in table.constraints:
        if isinstance(check, CheckConstraint) and (listed := LISTED.match(str(check.sqltext))):
            found[listed[1]] = re.findall(r"'([^']*)'", listed[2])
    return found


def _is_enum(part: object) -> bool:
    return isinstance(part, type) and issubclass(part, StrEnum)


def _models(base: type[SQLModel]) -> Iterator[type[SQLModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)
