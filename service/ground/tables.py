"""How is a tenant's table built? Keys, checks and indexes that start with the tenant and carry a name."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    TextClause,
    UniqueConstraint,
)
from sqlalchemy import inspect as inspect_mapping
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from service.ground.keys import uuid7

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(DateTime):
    """A point in time, kept with its zone."""

    def __init__(self) -> None:
        """Fix the zone: a moment without one does not exist here."""
        super().__init__(timezone=True)


class SortedText(String):
    """A text compared code point by code point, the same on every server, so that prefixes are ranges."""

    def __init__(self) -> None:
        """Fix the collation."""
        super().__init__(collation="C")


class TenantRow(SQLModel):
    """A row of one tenant, named by a UUIDv7."""

    tenant_id: UUID = Field(default=None, primary_key=True)
    id: UUID = Field(primary_key=True, default_factory=uuid7)


class VersionedRow(TenantRow):
    """A row that changes: `version` counts its changes and guards them against each other."""

    version: int = Field(default=1)
    created_at: datetime = Field(default=None, sa_type=Moment, nullable=False)
    updated_at: datetime = Field(default=None, sa_type=Moment, nullable=False)


R = TypeVar("R", bound=TenantRow)


def moment(*, nullable: bool = False) -> Any:  # noqa: ANN401 - a field descriptor, as SQLModel types it
    """Declare a column that holds a point in time."""
    if nullable:
        return Field(default=None, sa_type=Moment, nullable=True)
    return Field(sa_type=Moment)


def free_attributes() -> Any:  # noqa: ANN401 - a field descriptor, as SQLModel types it
    """Declare a JSON column for attributes whose names only the tenant knows."""
    return Field(default_factory=dict, sa_type=JSONB)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Keep `column` within the values of a closed set.

    One constant: PostgreSQL reads a check anew for each statement that writes, and a list of many is long.
    """
    listed = ",".join(values)
    return CheckConstraint(f"{column} = ANY ('{{{listed}}}'::text[])", name=column)


def holds(name: str, condition: str) -> CheckConstraint:
    """Keep a condition, written in SQL over the row's columns, true for every row."""
    return CheckConstraint(condition, name=name)


def belongs_to(column: str, table: str, *, with_parent: bool = False) -> ForeignKeyConstraint:
    """Make `column` point to a row of the same tenant; `with_parent` deletes it together with that row."""
    return ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{table}.tenant_id", f"{table}.id"],
        ondelete="CASCADE" if with_parent else None,
    )


def unique(*columns: str, name: str | None = None) -> UniqueConstraint:
    """Make the columns unique inside the tenant."""
    return UniqueConstraint("tenant_id", *columns, name=name)


def index(name: str, *columns: str | TextClause, where: TextClause | None = None) -> Index:
    """Index the columns, the tenant first; `name` is the full name of the index."""
    return Index(name, "tenant_id", *columns, postgresql_where=where)


@cache
def table_of(model: type[SQLModel]) -> Table:
    """Return the table that a model maps."""
    table = inspect_mapping(model).local_table
    if not isinstance(table, Table):
        message = f"{model.__name__} is not mapped to a table"
        raise TypeError(message)
    return table


def made(model: type[R], values: Mapping[str, Any]) -> R:
    """Return a new row with these values by column; those that are not named keep their defaults."""
    return model(**values)


def columns_of(model: type[SQLModel]) -> Sequence[str]:
    """Return the names of a model's columns, in order."""
    return [column.name for column in table_of(model).columns]


def utc(value: datetime) -> datetime:
    """Return the same moment in UTC."""
    return value.astimezone(UTC)
