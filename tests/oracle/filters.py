"""Which rows does a filter keep? Each of its conditions asked once for all rows, combined in plain Python."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    FromClause,
    Numeric,
    Text,
    Uuid,
    literal,
)
from sqlalchemy.types import TypeEngine

from schema.planner.catalogue import python_name, read_of
from service.ground.reads import Condition, Meets, OfRow, Where, column
from tests.oracle.facts import Facts, Key, Source

Sent = Any
"""A value as the API takes it."""

SQL_TYPES: Mapping[type, TypeEngine[Any]] = {
    bool: Boolean(),
    int: BigInteger(),
    float: Float(),
    Decimal: Numeric(),
    datetime: DateTime(timezone=True),
    date: Date(),
    UUID: Uuid(),
    str: Text(),
}
OPERATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, given: value == given,
    "in": lambda value, given: value in given,
    "gte": lambda value, given: value >= given,
    "gt": lambda value, given: value > given,
    "lt": lambda value, given: value < given,
    "lte": lambda value, given: value <= given,
    "startsWith": lambda value, given: value.startswith(given),
}


@dataclass(slots=True)
class Filters:
    """The conditions of one tenant's rows."""

    facts: Facts
    _columns: dict[str, OfRow] = field(default_factory=dict)

    def column(self, name: str) -> OfRow:
        """Return the expression that is simply a column: always the same one."""
        return self._columns.setdefault(name, column(name))

    def keeps(
        self, source: Source, key: Key, type_: GraphQLInputObjectType, given: Mapping[str, Sent]
    ) -> bool:
        """Tell whether a row meets all fields of a filter that are not null."""
        asked = {name: value for name, value in given.items() if value is not None}
        return all(self._meets(source, key, type_, name, asked) for name in asked)

    def _meets(
        self, source: Source, key: Key, type_: GraphQLInputObjectType, name: str, asked: Mapping[str, Sent]
    ) -> bool:
        field_, value = type_.fields[name], asked[name]
        read = read_of(field_)
        if read is None and name in {"and", "or"}:
            parts = [self.keeps(source, key, type_, part) for part in _listed(value)]
            return all(parts) if name == "and" or not parts else any(parts)
        if read is None and name == "not":
            return not self.keeps(source, key, type_, value)
        compared = read or Where(self.column(python_name(field_)))
        return self.compares(source, key, compared, field_.type, value)

    def compares(
        self,
        source: Source,
        key: Key,
        by: Where | Meets,
        type_: GraphQLInputType,
        value: Sent,
    ) -> bool:
        """Tell whether a row meets one comparison."""
        if isinstance(by, Meets):
            values = _values(type_, value)
            name = (id(by), repr(values))
            return key in self.facts.members(source, name, lambda row: _bound(by, row, values))
        found = self.facts.values(source, by.of)[key]
        asked = _operands(type_, value)
        if asked and by.only and key not in self.facts.members(source, id(by), by.only):
            return False
        return all(found is not None and OPERATIONS[name](found, part) for name, part in asked.items())


def _operands(type_: GraphQLInputType, value: Sent) -> Mapping[str, Any]:
    """Return what a row is compared with, by operator."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        given = {name: part for name, part in value.items() if part is not None}
        return {name: python_value(named.fields[name].type, part) for name, part in given.items()}
    return {"in" if _is_list(type_) else "eq": python_value(type_, value)}


def _is_list(type_: GraphQLInputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def _listed(value: Sent) -> Sequence[Sent]:
    """Return a list; one value stands for a list of one."""
    return value if isinstance(value, list) else [value]


def _values(type_: GraphQLInputType, value: Sent) -> list[Any]:
    """Return the values a condition takes: the parts of an input object, or the one value."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return [python_value(named.fields[name].type, value[name]) for name in named.fields if name in value]
    return [python_value(type_, value)]


def _bound(by: Meets, row: FromClause, values: Sequence[Any]) -> Condition:
    return by.condition(row, *(_literal(value) for value in values))


def _literal(value: object) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    if isinstance(value, list):
        array: TypeEngine[Any] = ARRAY(SQL_TYPES[type(value[0])] if value else Text())
        return literal(value, array)
    return literal(value, SQL_TYPES[type(value)])


def python_value(type_: GraphQLInputType, value: Sent) -> Any:  # noqa: ANN401 - what the driver takes
    """Return what a value of the API is in Python and in the database's driver."""
    if isinstance(type_, GraphQLNonNull):
        return python_value(type_.of_type, value)
    if isinstance(type_, GraphQLList):
        return [python_value(type_.of_type, part) for part in _listed(value)]
    if value is None:
        return None
    if isinstance(type_, GraphQLEnumType):
        member = type_.values[value].value
        return getattr(member, "value", member)
    reader = READERS.get(type_.name)
    return reader(value) if reader else value


def _uuid(text: str) -> UUID:
    return UUID(text.split("_", 1)[1])


READERS: Mapping[str, Callable[[Any], Any]] = {
    "ID": _uuid,
    "DateTime": datetime.fromisoformat,
    "Date": date.fromisoformat,
    "Decimal": Decimal,
    "Float": float,
}
