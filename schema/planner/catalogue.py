"""What can be read? Every type and field of the schema together with what it reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
)
from sqlmodel import SQLModel
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.ground.fields import READ
from service.ground.reads import Entity

BACK_REFERENCE = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class NodeType:
    """A node's GraphQL type and the entity it shows."""

    entity: Entity
    type: GraphQLObjectType


class Catalogue:
    """The schema as the planner sees it."""

    def __init__(self, schema: strawberry.Schema) -> None:
        """Collect the nodes of a finished schema."""
        self.schema: GraphQLSchema = schema._schema  # noqa: SLF001 - strawberry shows the core schema nowhere else
        self.nodes: dict[str, NodeType] = {}
        self._types: dict[type[SQLModel], GraphQLObjectType] = {}
        self._models: dict[str, type[SQLModel]] = {}
        for type_ in self.schema.type_map.values():
            if isinstance(type_, GraphQLObjectType):
                self._enter(type_)
            elif isinstance(type_, GraphQLInputObjectType):
                # Strawberry checks this in its own executor only, graphql-core in documents and variables.
                type_.is_one_of = bool(getattr(definition_of(type_), "is_one_of", False))

    def _enter(self, type_: GraphQLObjectType) -> None:
        origin = getattr(definition_of(type_), "origin", None)
        entity = getattr(origin, "__entity__", None)
        model = entity.model if entity else getattr(origin, "__row_model__", None)
        if entity:
            self.nodes[entity.prefix] = NodeType(entity, type_)
        if model:
            self._types[model] = type_
            self._models[type_.name] = model

    def type_of(self, model: type[SQLModel]) -> GraphQLObjectType:
        """Return the GraphQL type that shows a table's rows."""
        return self._types[model]

    def model_of(self, type_name: str) -> type[SQLModel] | None:
        """Return the table that a GraphQL type shows, None for a type that shows none."""
        return self._models.get(type_name)

    def entity_of(self, model: type[SQLModel]) -> Entity:
        """Return the entity of a table whose rows are nodes."""
        for node in self.nodes.values():
            if node.entity.model is model:
                return node.entity
        message = f"{model.__name__} is not a node of the graph"
        raise LookupError(message)


def definition_of(type_: GraphQLObjectType | GraphQLInputObjectType) -> StrawberryObjectDefinition | None:
    """Return strawberry's definition of a type, None for the specification's own types."""
    return type_.extensions.get(BACK_REFERENCE)


def field_definition(
    field: GraphQLArgument | GraphQLField | GraphQLInputField,
) -> StrawberryField | None:
    """Return strawberry's definition of a field, None for the specification's own fields."""
    return field.extensions.get(BACK_REFERENCE)


def is_planned(field: GraphQLField) -> bool:
    """Tell whether the planner reads the field, rather than Python."""
    definition = field_definition(field)
    return definition is not None and READ in definition.metadata


def read_of(field: GraphQLField | GraphQLInputField) -> Any:  # noqa: ANN401 - one of the kinds of ground.reads
    """Return what a field reads or compares; None means the column of the same name."""
    definition = field_definition(field)
    return None if definition is None else definition.metadata.get(READ)


def python_name(field: GraphQLArgument | GraphQLField | GraphQLInputField) -> str:
    """Return the field's name in Python, which is the name of its column."""
    definition = field_definition(field)
    if definition is None or definition.python_name is None:
        message = "the field was not declared in Python"
        raise LookupError(message)
    return definition.python_name


def resolver_of(field: GraphQLField) -> Callable[..., object]:
    """Return the function that resolves a field of Python's."""
    definition = field_definition(field)
    if definition is None or definition.base_resolver is None:
        message = "the field has no resolver"
        raise LookupError(message)
    return definition.base_resolver


def object_of(type_: GraphQLOutputType) -> GraphQLObjectType:
    """Return the object type inside of an output type."""
    return cast("GraphQLObjectType", get_named_type(type_))


def input_of(type_: GraphQLInputType) -> GraphQLInputObjectType:
    """Return the input object type inside of an input type."""
    return cast("GraphQLInputObjectType", get_named_type(type_))
