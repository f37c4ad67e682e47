"""How is a thing read? Declared once over the tables, as expressions and edges; the planner composes them.

A declaration is a function of *rows*: SQLAlchemy FROM objects whose columns stand in `.c`. It never says
which tenant: the planner binds every table it puts into a statement to the tenant of whoever asks, and
`exists_in` does the same for a table that only a condition looks at.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, literal_column, select
from sqlmodel import SQLModel

from service.ground.statements import TENANT
from service.ground.tables import table_of

Expression = ColumnElement[Any]
Condition = ColumnElement[bool]
OfRow = Callable[[FromClause], Expression]
OfPair = Callable[[FromClause, FromClause], Condition]


@dataclass(frozen=True, slots=True)
class Entity:
    """A table whose rows are nodes of the graph; `prefix` starts their public ids (`cus_…`)."""

    model: type[SQLModel]
    prefix: str

    @property
    def name(self) -> str:
        """The name of the node's type."""
        return self.model.__name__


@dataclass(frozen=True, slots=True)
class Computed:
    """A scalar that one row gives."""

    of: OfRow


@dataclass(frozen=True, slots=True)
class One:
    """At most one row of another table that belongs to this row."""

    target: type[SQLModel]
    on: OfPair


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: never null, and its index ends with the id, which breaks ties."""

    of: OfRow


@dataclass(frozen=True, slots=True)
class Many:
    """Rows of another table that belong to this row, directly or `through` a link table.

    `on` relates the parent to the target, or to the link where there is one; `onward` relates the link to
    the target. `order` names the ways to sort, the first is the default, `descending` its direction;
    `by_link` sorts by the link's columns. At the root there is no parent: `on` is None, or a condition that
    looks at the target only. `arguments` says what arguments beside the page's compare.
    """

    target: type[SQLModel]
    on: OfPair | None
    order: Mapping[str, Order] = field(default_factory=dict)
    through: type[SQLModel] | None = None
    onward: OfPair | None = None
    descending: bool = True
    by_link: bool = False
    arguments: Mapping[str, "Where"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """A short list that one row gives: a SELECT over that row whose columns are the fields, in its order."""

    rows: Callable[[FromClause], Any]


@dataclass(frozen=True, slots=True)
class Nested:
    """An object that shares its parent's row; absent where `present` is false."""

    present: Callable[[FromClause], Condition] | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """One member of a union: the rows of a table."""

    target: type[SQLModel]
    on: OfPair
    at: OfRow | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """At most one row out of several tables; the first variant that has a row gives it."""

    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows of several tables in one order, by each variant's own time `at`."""

    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """What a filter compares: an expression of the row; `names` is set where it holds the id of a node.

    `only` is true of the rows that can be compared at all, where the expression stands in for the others.
    """

    of: OfRow
    names: type[SQLModel] | None = None
    only: Callable[[FromClause], Condition] | None = None


@dataclass(frozen=True, slots=True)
class Meets:
    """A condition of its own: a function of the row and of the value, or values, that were asked for."""

    condition: Callable[..., Condition]
    names: type[SQLModel] | None = None


def column(name: str) -> OfRow:
    """Return the expression that is simply a column."""
    return lambda row: row.c[name]


def to_one(target: type[SQLModel], column_name: str) -> One:
    """Follow a foreign key: `column_name` of this row holds the id of the target."""
    return One(target, lambda row, one: row.c[column_name] == one.c.id)


def to_many(
    target: type[SQLModel], column_name: str, order: Mapping[str, Order], *, descending: bool = True
) -> Many:
    """Follow a foreign key backwards: `column_name` of the target holds this row's id."""
    return Many(target, lambda row, many: many.c[column_name] == row.c.id, order, descending=descending)


def all_of(target: type[SQLModel], order: Mapping[str, Order], *, descending: bool = True) -> Many:
    """Read a whole table of the tenant."""
    return Many(target, None, order, descending=descending)


def among(expression: Expression, values: Iterable[StrEnum]) -> Condition:
    """Tell whether a text is one of the values, which stand in the statement itself."""
    return expression.in_([literal_column(f"'{value}'") for value in values])


def exists_in(model: type[SQLModel], on: Callable[[FromClause], Condition]) -> Condition:
    """Ask whether a table of the same tenant has a row that meets `on`.

    Every other row that `on` names belongs to some statement around, however far out.
    """
    other = table_of(model).alias()
    found = select(1).select_from(other).where(and_(other.c.tenant_id == TENANT, on(other)))
    return exists(found.correlate_except(other))


def count_in(model: type[SQLModel], on: Callable[[FromClause], Condition]) -> Expression:
    """Count the rows of a table of the same tenant that meet `on`."""
    other = table_of(model).alias()
    count = select(func.count()).select_from(other).where(and_(other.c.tenant_id == TENANT, on(other)))
    return count.correlate_except(other).scalar_subquery()


def count_distinct_in(
    model: type[SQLModel], column_name: str, on: Callable[[FromClause], Condition]
) -> Expression:
    """Count the different values of a column in the rows of the same tenant that meet `on`; null is none."""
    other = table_of(model).alias()
    count = select(func.count(other.c[column_name].distinct())).select_from(other)
    counted = count.where(and_(other.c.tenant_id == TENANT, on(other)))
    return counted.correlate_except(other).scalar_subquery()
