"""How do variables become what is asked for? Straight from the JSON, where nothing about them is unusual.

A batch brings a thousand rows of ten fields. The libraries would coerce each value twice, once for the
specification and once into the input's class; here every type gets one function that does both. Whatever
such a function does not expect (a missing field, a wrong type, a number as an ID) is left to the libraries,
whose errors are the specification's.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
)
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.field import StrawberryField

from schema.planner.catalogue import definition_of, field_definition

Convert = Callable[[Any], Any]
LARGEST_INT = 2**31 - 1


class Unusual(Exception):
    """The value needs the libraries: it is wrong, or right in a way that is rare."""


class Conversions:
    """The functions that convert inputs, one for each type, made when first needed."""

    def __init__(self) -> None:
        self._objects: dict[str, Convert] = {}

    def of(self, type_: GraphQLInputType) -> Convert:
        """Return what converts a value of a type; it raises Unusual."""
        if isinstance(type_, GraphQLNonNull):
            return _required(self.of(type_.of_type))
        if isinstance(type_, GraphQLList):
            return _listed(self.of(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        if isinstance(type_, GraphQLEnumType):
            members = {name: type_.coerce_input_value(name) for name in type_.values}
            return _optional(members.__getitem__)
        return _scalar(type_)

    def _object(self, type_: GraphQLInputObjectType) -> Convert:
        """Return what converts an input object; types that contain themselves find it by name."""
        if type_.name not in self._objects:
            self._objects[type_.name] = lambda value: self._objects[type_.name](value)  # noqa: PLW0108 - found later
            self._objects[type_.name] = self._made(type_)
        return self._objects[type_.name]

    def _made(self, type_: GraphQLInputObjectType) -> Convert:
        definition = definition_of(type_)
        if definition is None:
            raise Unusual
        make = definition.origin
        fields = {name: self._field(field) for name, field in type_.fields.items()}
        required = frozenset(name for name, field in type_.fields.items() if _is_required(field))
        absent = {f.python_name: None for f in definition.fields if _has_no_default(f)}
        one_of = type_.is_one_of

        def convert(value: Any) -> Any:  # noqa: ANN401 - JSON in, the input's class out
            if value is None:
                return None
            if type(value) is not dict or not required <= value.keys() or (one_of and len(value) != 1):
                raise Unusual
            try:
                named = {fields[name][0]: fields[name][1](inner) for name, inner in value.items()}
            except (KeyError, TypeError, ValueError, GraphQLError) as error:
                raise Unusual from error
            return make(**{**absent, **named})

        return convert

    def _field(self, field: GraphQLInputField) -> tuple[str, Convert]:
        definition = field_definition(field)
        if definition is None or definition.python_name is None:
            raise Unusual
        convert = self.of(field.type)
        if not isinstance(definition.type, StrawberryMaybe):
            return definition.python_name, convert
        nullable = isinstance(definition.type.of_type, StrawberryOptional)
        return definition.python_name, _maybe(convert, nullable=nullable)


def _is_required(field: GraphQLInputField) -> bool:
    has_default = field.default_value is not Undefined or field.default is not None
    return isinstance(field.type, GraphQLNonNull) and not has_default


def _has_no_default(field: StrawberryField) -> bool:
    """Tell whether strawberry would give the field None where it is absent."""
    return field.default_value is MISSING and field.default_factory is MISSING


def _required(convert: Convert) -> Convert:
    def checked(value: Any) -> Any:  # noqa: ANN401 - any type's value
        if value is None:
            raise Unusual
        return convert(value)

    return checked


def _optional(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _maybe(convert: Convert, *, nullable: bool) -> Convert:
    def wrapped(value: Any) -> Any:  # noqa: ANN401 - any type's value
        if value is None and not nullable:
            raise Unusual
        return strawberry.Some(convert(value))

    return wrapped


def _listed(convert: Convert) -> Convert:
    def items(value: Any) -> Any:  # noqa: ANN401 - a list or null
        if value is None:
            return None
        if type(value) is not list:
            raise Unusual
        return [convert(item) for item in value]

    return items


def _float(value: Any) -> float:  # noqa: ANN401 - JSON's own value
    if type(value) not in {int, float}:
        raise Unusual
    return float(value)


def _scalar(type_: GraphQLScalarType) -> Convert:
    simple: Mapping[str, Callable[[Any], bool]] = {
        "String": lambda value: type(value) is str,
        "ID": lambda value: type(value) is str,
        "Boolean": lambda value: type(value) is bool,
        "Int": lambda value: type(value) is int and abs(value) <= LARGEST_INT,
    }
    if type_.name == "Float":
        return _optional(_float)
    expected = simple.get(type_.name)
    if expected is None:
        return _optional(type_.coerce_input_value)

    def checked(value: Any) -> Any:  # noqa: ANN401 - JSON's own value
        if value is not None and not expected(value):
            raise Unusual
        return value

    return checked
