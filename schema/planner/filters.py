"""Which rows were asked for? Filters and lookups as conditions over a row."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from graphql import GraphQLInputField, GraphQLInputObjectType, get_named_type
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    FromClause,
    Text,
    Uuid,
    and_,
    any_,
    false,
    func,
    not_,
    or_,
    true,
)
from sqlalchemy.types import TypeEngine

from schema.ground import ids
from schema.planner.catalogue import Catalogue, python_name, read_of
from schema.planner.given import Given
from schema.planner.masks import Visible, refuse_hidden
from schema.planner.parameters import Convert, Parameters
from schema.planner.text import quoted
from service.ground.problems import Invalid
from service.ground.reads import Entity, Meets, Where, column

Condition = ColumnElement[bool]
HIGHEST = "\U0010ffff"
"""Sorts after every other character, so a prefix is a range of an index."""

MOST_VALUES = 100


class Filters:
    """Turns what was given into conditions; every value becomes a parameter."""

    def __init__(self, catalogue: Catalogue, parameters: Parameters, visible: Visible) -> None:
        self.catalogue = catalogue
        self.parameters = parameters
        self.visible = visible

    def conditions(self, row: FromClause, type_: GraphQLInputObjectType, given: Given) -> list[Condition]:
        """Return the conditions of a filter: all of its fields that are not null must hold."""
        found: list[Condition] = []
        for name, field in type_.fields.items():
            if given.has(name):
                found.append(self._condition(row, type_, name, field, given.field(name)))
        return found

    def _condition(
        self,
        row: FromClause,
        type_: GraphQLInputObjectType,
        name: str,
        field: GraphQLInputField,
        given: Given,
    ) -> Condition:
        if name in {"and", "or"} and read_of(field) is None:
            parts = [and_(true(), *self.conditions(row, type_, item)) for item in given.items()]
            return self._combined(name, parts)
        if name == "not" and read_of(field) is None:
            inner = and_(true(), *self.conditions(row, type_, given))
            return not_(func.coalesce(inner, false()))
        compares = read_of(field) or Where(column(python_name(field)))
        return self.compare(row, compares, given, get_named_type(field.type))

    @staticmethod
    def _combined(name: str, parts: list[Condition]) -> Condition:
        """Combine alternatives; an empty list asks for nothing in particular."""
        if not parts:
            return true()
        return and_(*parts) if name == "and" else or_(*parts)

    def compare(self, row: FromClause, compares: Where | Meets, given: Given, type_: object) -> Condition:
        """Return the condition that one field of a filter, or one argument of a lookup, stands for."""
        condition = self._compared(row, compares, given, type_)
        refuse_hidden(condition, self.visible)
        return condition

    def _compared(self, row: FromClause, compares: Where | Meets, given: Given, type_: object) -> Condition:
        entity = self.catalogue.entity_of(compares.names) if compares.names else None
        if isinstance(compares, Meets):
            if isinstance(given.value, Mapping):
                return self._meets_all(row, compares, given)
            return compares.condition(row, self._value(given, entity))
        expression = compares.of(row)
        if isinstance(type_, GraphQLInputObjectType):
            operators = [name for name in type_.fields if given.has(name)]
            only = [compares.only(row)] if compares.only and operators else []
            return and_(
                true(), *(self._operate(expression, name, given.field(name)) for name in operators), *only
            )
        return self._equal(expression, given, entity)

    def _value(self, given: Given, entity: Entity | None) -> Any:  # noqa: ANN401 - a bound value
        convert = _key_reader(entity) if entity else None
        several = isinstance(given.value, list)
        sample = given.value[0] if several and given.value else given.value
        type_ = Uuid() if entity else _type_of(sample)
        return self.parameters.bind(given, ARRAY(type_) if several else type_, convert)

    def _meets_all(self, row: FromClause, meets: Meets, given: Given) -> Condition:
        """Hand the parts of an input object, in order, to a condition that takes several values."""
        values = [self._value(given.field(name), None) for name in given.value]
        return meets.condition(row, *values)

    def _equal(self, expression: ColumnElement[Any], given: Given, entity: Entity | None) -> Condition:
        if isinstance(given.value, bool):
            # A plan is kept for each value of a boolean: it can name the condition that a partial index has.
            return expression if given.value else not_(expression)
        convert = _key_reader(entity) if entity else None
        if isinstance(given.value, list):
            array = self.parameters.bind(given, ARRAY(expression.type), _bounded(convert))
            return expression == any_(array)
        return expression == self.parameters.bind(given, expression.type, convert)

    def _operate(self, expression: ColumnElement[Any], operator: str, given: Given) -> Condition:
        if operator == "in":
            return expression == any_(self.parameters.bind(given, ARRAY(expression.type), _bounded(None)))
        bound = self.parameters.bind(given, expression.type)
        operations: Mapping[str, Callable[[], Condition]] = {
            "eq": lambda: expression == bound,
            "gte": lambda: expression >= bound,
            "gt": lambda: expression > bound,
            "lt": lambda: expression < bound,
            "lte": lambda: expression <= bound,
            "startsWith": lambda: and_(expression >= bound, expression < bound + quoted(HIGHEST)),
        }
        return operations[operator]()


def _type_of(value: object) -> TypeEngine[Any]:
    """Return the SQL type of a value that no column gives a type."""
    if isinstance(value, bool):
        return Boolean()
    if isinstance(value, int):
        return BigInteger()
    if isinstance(value, float):
        return Float()
    return DateTime(timezone=True) if isinstance(value, datetime) else Text()


def _key_reader(entity: Entity) -> Convert:
    """Return what reads public ids of one type, alone or in a list."""

    def read(value: Any) -> object:  # noqa: ANN401 - a coerced ID or a list of them
        if isinstance(value, list):
            return ids.decode_all(value, entity)
        return ids.decode(value, entity)

    return read


def _bounded(convert: Convert | None) -> Convert:
    """Refuse lists that are longer than an index look-up should be."""

    def read(value: Any) -> object:  # noqa: ANN401 - a coerced list
        if len(value) > MOST_VALUES:
            raise Invalid(reason=f"At most {MOST_VALUES} values are accepted here, {len(value)} were sent.")
        if convert:
            return convert(value)
        return [getattr(item, "value", item) for item in value]

    return read
