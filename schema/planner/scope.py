"""Which rows can be seen from here? One SELECT being composed, its joins, and the rows around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_
from sqlmodel import SQLModel

from schema.planner.text import Expression
from service.ground.statements import TENANT
from service.ground.tables import table_of


@dataclass(slots=True)
class Scope:
    """One SELECT: `around` holds the rows of the enclosing ones, which it may refer to."""

    around: tuple[FromClause, ...]
    own: FromClause | None
    joins: list[tuple[FromClause, ColumnElement[bool]]] = field(default_factory=list)

    @classmethod
    def over(cls, own: FromClause) -> "Scope":
        """Begin an outermost SELECT over a row."""
        return cls((), own)

    @classmethod
    def outermost(cls) -> "Scope":
        """Begin where there is no row yet: at the root of the operation."""
        return cls((), None)

    @property
    def rows(self) -> tuple[FromClause, ...]:
        """Every row that a sub-select of this SELECT may refer to."""
        own = () if self.own is None else (self.own,)
        return (*self.around, *own, *(joined for joined, _ in self.joins))

    def inside(self, own: FromClause) -> "Scope":
        """Begin a sub-select over a row of its own."""
        return Scope(self.rows, own)

    def join(self, model: type[SQLModel], on: Callable[[FromClause], ColumnElement[bool]]) -> FromClause:
        """Join at most one row of another table of the same tenant."""
        other = table_of(model).alias()
        self.joins.append((other, and_(other.c.tenant_id == TENANT, on(other))))
        return other

    def finish(self, statement: "Select[Any]", source: FromClause) -> Expression:
        """Return the finished sub-select as one value."""
        return self.joined(statement, source).correlate(*self.around).scalar_subquery()

    def joined(self, statement: "Select[Any]", source: FromClause) -> "Select[Any]":
        """Read from `source` and the joins that the selection needed."""
        for other, condition in self.joins:
            source = source.outerjoin(other, condition)
        return statement.select_from(source)
