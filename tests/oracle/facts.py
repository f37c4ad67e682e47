"""What do the tenant's tables say? One obvious query for each expression and edge, asked once and kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, and_, cast, func, select, true
from sqlmodel import SQLModel

from service.ground.reads import Many, OfPair, OfRow, Order, Variant
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of

T = TypeVar("T")
Key = tuple[Any, ...]
OfRowCondition = Callable[[FromClause], ColumnElement[bool]]
Fetch = Callable[[str, Sequence[object]], Sequence[Sequence[Any]]]

PLACE = "place in the list"
"""The column that numbers the rows of a list; no field has such a name."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A FROM clause, the row in it that is spoken of, what tells such rows apart, and which of them count."""

    source: FromClause
    row: FromClause
    keys: tuple[ColumnElement[Any], ...]
    where: tuple[ColumnElement[bool], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A kind of rows; `frame` makes a fresh FROM clause of them, `model` is set where they are a table's."""

    frame: Callable[[], Frame]
    model: type[SQLModel] | None = None


def of_table(model: type[SQLModel]) -> Source:
    """Return the rows of a table."""

    def frame() -> Frame:
        table = table_of(model).alias()
        return Frame(table, table, (table.c.id,), (table.c.tenant_id == TENANT,))

    return Source(frame, model)


def of_list(parent: Source, rows: Callable[[FromClause], "Select[Any]"]) -> Source:
    """Return the rows of a SELECT over each of the parent's rows, numbered in their own order."""

    def frame() -> Frame:
        outer = parent.frame()
        own = rows(outer.row).correlate(outer.row).subquery()
        numbered = select(*own.c, func.row_number().over().label(PLACE)).correlate(outer.row).lateral()
        joined = outer.source.join(numbered, true())
        return Frame(joined, numbered, (*outer.keys, numbered.c[PLACE]), outer.where)

    return Source(frame)


def of_variant(parent: Source, variant: Variant, kind: str) -> Source:
    """Return what a merged list holds of one table: the kind, the id and the time, by parent and id."""

    def frame() -> Frame:
        outer = parent.frame()
        table = table_of(variant.target).alias()
        assert variant.at is not None
        names = [key.label(f"parent_{n}") for n, key in enumerate(outer.keys)]
        shown = cast(func.concat(kind), Text).label("kind")
        parts = (*names, shown, table.c.id, variant.at(table).label("occurred_at"))
        joined = outer.source.join(table, and_(table.c.tenant_id == TENANT, variant.on(outer.row, table)))
        every = select(*parts).select_from(joined).where(*outer.where).subquery()
        return Frame(every, every, (*(every.c[name.name] for name in names), every.c.id), ())

    return Source(frame)


@dataclass(frozen=True, slots=True)
class Placed:
    """One row at the far end of an edge, with the value it is sorted by, also as PostgreSQL writes it."""

    id: UUID
    value: Any
    text: str


@dataclass(slots=True)
class Facts:
    """What was asked so far, for one tenant."""

    tenant_id: UUID
    fetch: Fetch
    _kept: dict[object, Any] = field(default_factory=dict)
    _tables: dict[type[SQLModel], Source] = field(default_factory=dict)
    _derived: dict[object, Source] = field(default_factory=dict)
    _remembered: list[object] = field(default_factory=list)

    def table(self, model: type[SQLModel]) -> Source:
        """Return the one source of a table's rows."""
        return self._tables.setdefault(model, of_table(model))

    def derived(self, parent: Source, read: object, make: Callable[[], Source]) -> Source:
        """Return the one source that a read makes of its parent's rows."""
        self._remembered.append(read)
        return self._derived.setdefault((id(parent), id(read)), make())

    def values(self, source: Source, of: OfRow) -> dict[Key, Any]:
        """Return the value of an expression for every row."""
        return self._once((id(source), id(of), "values"), of, lambda: self._values(source, of))

    def _values(self, source: Source, of: OfRow) -> dict[Key, Any]:
        frame = source.frame()
        rows = self._rows(select(*frame.keys, of(frame.row)).select_from(frame.source).where(*frame.where))
        return {tuple(row)[:-1]: row[-1] for row in rows}

    def members(
        self, source: Source, name: object, of: Callable[[FromClause], ColumnElement[bool]]
    ) -> set[Key]:
        """Return the rows that meet a condition."""
        return self._once((id(source), name, "members"), source, lambda: self._members(source, of))

    def _members(self, source: Source, of: OfRowCondition) -> set[Key]:
        frame = source.frame()
        where = (*frame.where, of(frame.row))
        return {tuple(row) for row in self._rows(select(*frame.keys).select_from(frame.source).where(*where))}

    def ones(self, source: Source, target: type[SQLModel], on: OfPair) -> dict[Key, list[UUID]]:
        """Return, for every row, the rows of another table that an edge to one leads to."""
        return self._once((id(source), id(on), "ones"), on, lambda: self._ones(source, target, on))

    def _ones(self, source: Source, target: type[SQLModel], on: OfPair) -> dict[Key, list[UUID]]:
        frame, other = source.frame(), table_of(target).alias()
        joined = frame.source.join(other, and_(other.c.tenant_id == TENANT, on(frame.row, other)))
        found: dict[Key, list[UUID]] = {}
        for *key, id_ in self._rows(select(*frame.keys, other.c.id).select_from(joined).where(*frame.where)):
            found.setdefault(tuple(key), []).append(id_)
        return found

    def many(self, source: Source | None, read: Many, order: Order) -> dict[Key, list[Placed]]:
        """Return, for every row, the rows that an edge to many leads to, with the values of one order."""
        name = (id(source), id(read), id(order), "many")
        return self._once(name, (read, order), lambda: self._many(source, read, order))

    def _many(self, source: Source | None, read: Many, order: Order) -> dict[Key, list[Placed]]:
        frame = source.frame() if source else None
        far = table_of(read.target).alias()
        near = table_of(read.through).alias() if read.through else far
        conditions = [far.c.tenant_id == TENANT, near.c.tenant_id == TENANT]
        if read.onward:
            conditions.append(read.onward(near, far))
        if frame and read.on:
            conditions += [*frame.where, read.on(frame.row, near)]
        key = order.of(near if read.by_link else far)
        froms = [*([frame.source] if frame else []), near, *([] if near is far else [far])]
        keys = frame.keys if frame else ()
        chosen = select(*keys, far.c.id, key, cast(key, Text)).select_from(*froms).where(*conditions)
        found: dict[Key, list[Placed]] = {}
        for *key_of, id_, value, text in self._rows(chosen):
            found.setdefault(tuple(key_of), []).append(Placed(id_, value, text))
        return found

    def _rows(self, statement: "Select[Any]") -> Sequence[Sequence[Any]]:
        prepared = Statement(statement)
        return self.fetch(prepared.sql, prepared.arguments({"tenant": self.tenant_id}))

    def _once(self, name: object, alive: object, ask: Callable[[], T]) -> T:
        if name not in self._kept:
            self._remembered.append(alive)  # what is known by its identity must not be replaced by another
            self._kept[name] = ask()
        found: T = self._kept[name]
        return found
