"""What tells of a person? Said once per column; masking, export, erasure and logging all follow from it."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Table
from sqlalchemy.sql import visitors
from sqlmodel import Field, SQLModel

from service.ground.scopes import Scope

PERSONAL = "personal"
"""The key under which a column's info holds its sensitivity."""


class Sensitivity(StrEnum):
    """What a value tells of a person."""

    NAME = "name"
    """Who somebody is: names, and the names other systems gave."""
    CONTACT = "contact"
    """How somebody is reached."""
    WORDS = "words"
    """What somebody said, or what was said about them: free text, which can hold anything."""
    TRAITS = "traits"
    """What somebody is like: language, attributes, properties of what happened."""
    REFERENCE = "reference"
    """What another system calls the person or the matter: erased with them, hidden from nobody."""


def personal(sensitivity: Sensitivity, **options: Any) -> Any:  # noqa: ANN401 - a field descriptor, as SQLModel types it
    """Declare a column that tells of a person; the options are those of any other column."""
    return Field(sa_column_kwargs={"info": {PERSONAL: sensitivity}}, **options)


@cache
def visible_to(scopes: frozenset[str]) -> frozenset[Sensitivity]:
    """Return what may be seen with these scopes."""
    return frozenset(Sensitivity) if Scope.PII_READ in scopes else frozenset({Sensitivity.REFERENCE})


def sensitivity_of(column: Column[Any]) -> Sensitivity | None:
    """Return what a table's column tells of a person, None where it tells nothing."""
    found: Sensitivity | None = column.info.get(PERSONAL)
    return found


def sensitivities(expression: ColumnElement[Any]) -> Iterator[Sensitivity]:
    """Yield what the columns tell of a person that an expression is made of.

    A list computed in a sub-select of its own only tests such columns, and shows nothing of them.
    """
    for part in visitors.iterate(expression):
        if isinstance(part, ColumnElement):
            for column in getattr(part, "base_columns", ()):
                found = sensitivity_of(column) if isinstance(column, Column) else None
                if found is not None:
                    yield found


def personal_columns(table: Table) -> dict[str, Sensitivity]:
    """Return the columns of a table that tell of a person."""
    found = ((column.name, sensitivity_of(column)) for column in table.columns)
    return {name: sensitivity for name, sensitivity in found if sensitivity is not None}


def tables_of_persons(root: str = "customer") -> dict[str, Table]:
    """Return the table of customers and every table whose rows belong to one, parents first.

    Which ones they are is read from the foreign keys: a new chapter has nothing to register.
    """
    tables = SQLModel.metadata.tables
    found = {root: tables[root]}
    while True:
        new = {name: table for name, table in tables.items() if name not in found and _belongs(table, found)}
        if not new:
            return found
        found.update(new)


def _belongs(table: Table, to: dict[str, Table]) -> bool:
    return any(key.referred_table.name in to for key in table.foreign_key_constraints)
