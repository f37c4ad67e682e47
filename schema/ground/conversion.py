"""How does a coerced input become its Python value? By a reader that is made once for each input type.

Strawberry asks every field for its name, type and scalars again with every value, also for absent fields: a
batch of 1,000 rows then spends more time there than in the database.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import cached_property
from typing import Any

import strawberry
from strawberry.schema import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import InputContext
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from service.ground.problems import Invalid

Convert = Callable[[Any], object]
"""Converts a value that is not null."""


def speed_up(schema: Schema) -> Schema:
    """Let every input type of a finished schema be read by its own reader."""
    for known in schema.schema_converter.type_map.values():
        definition = known.definition
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
            definition.from_input = _Reader(definition, schema.config)
    return schema


class _Reader:
    """Reads the values of one input type."""

    def __init__(self, definition: StrawberryObjectDefinition, config: StrawberryConfig) -> None:
        self.definition = definition
        self.config = config

    def __call__(self, type_: type, value: Mapping[str, Any], _context: InputContext) -> object:
        """Return an instance of the type, as Strawberry calls it."""
        return self.read(type_, value)

    def read(self, type_: type, value: Mapping[str, Any]) -> object:
        """Return an instance: what was sent is converted, what was not is null or the field's own default."""
        fields = self._fields
        sent: dict[str, object] = dict(self._absent)
        for name, item in value.items():
            python_name, convert, takes_null = fields[name]
            if convert is not None and (item is not None or takes_null):
                sent[python_name] = convert(item)
            else:
                sent[python_name] = item
        return type_(**sent)

    @cached_property
    def _absent(self) -> Mapping[str, None]:
        return dict.fromkeys(field.python_name for field in self.definition.fields if not _has_default(field))

    @cached_property
    def _fields(self) -> Mapping[str, tuple[str, Convert | None, bool]]:
        """Each field's name in Python, what converts it, and whether nulls too, by its name in the schema."""
        found = {}
        for field in self.definition.fields:
            type_ = field.resolve_type(type_definition=self.definition)
            name = self.config.name_converter.from_field(field)
            takes_null = isinstance(type_, StrawberryMaybe)
            found[name] = (field.python_name, _converter(type_, self.config, name), takes_null)
        return found


def _has_default(field: StrawberryField) -> bool:
    return field.default_value is not MISSING or field.default_factory is not MISSING


def _converter(type_: object, config: StrawberryConfig, name: str) -> Convert | None:
    """Return what converts values of a type; None where they are already what they should be."""
    if isinstance(type_, LazyType):
        return _converter(type_.resolve_type(), config, name)
    if isinstance(type_, StrawberryMaybe):
        return _maybe(type_, config, name)
    if isinstance(type_, StrawberryOptional):
        return _converter(type_.of_type, config, name)
    if isinstance(type_, StrawberryList):
        return _list(_converter(type_.of_type, config, name))
    definition = get_object_definition(type_)
    if definition is None:
        return None
    known, origin = definition.from_input, definition.origin
    reader = known if isinstance(known, _Reader) else _Reader(definition, config)
    return lambda value: reader.read(origin, value)


def _maybe(type_: StrawberryMaybe, config: StrawberryConfig, name: str) -> Convert:
    """Return what wraps values that were sent; null only where the type has it."""
    convert = _converter(type_.of_type, config, name)
    has_null = isinstance(type_.of_type, StrawberryOptional)

    def read(value: object) -> object:
        if value is None and not has_null:
            raise Invalid(name, reason="Leave this out instead of sending null.")
        return strawberry.Some(value if value is None or convert is None else convert(value))

    return read


def _list(convert: Convert | None) -> Convert:
    if convert is None:
        return list
    return lambda values: [None if value is None else convert(value) for value in values]
