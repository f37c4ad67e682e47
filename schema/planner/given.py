"""What was asked for? Argument values as they stand, and where the next request's variables have them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

Variables = Mapping[str, Any]
Getter = Callable[[Variables], Any]


@dataclass(frozen=True, slots=True)
class Given:
    """One argument value, or one value inside of it."""

    value: Any
    get: Getter
    constant: bool
    parts: Mapping[str, "Given"] | Sequence["Given"] | None = None

    def has(self, name: str) -> bool:
        """Tell whether an input object names this field with something other than null."""
        return isinstance(self.value, Mapping) and self.value.get(name) is not None

    def field(self, name: str) -> "Given":
        """Return one field of an input object."""
        if isinstance(self.parts, Mapping):
            return self.parts[name]
        return self._inside(name)

    def items(self) -> list["Given"]:
        """Return the items of a list."""
        if isinstance(self.parts, Sequence):
            return list(self.parts)
        return [self._inside(n) for n in range(len(self.value))]

    def _inside(self, key: str | int) -> "Given":
        get = self.get
        value = self.value[key]
        if self.constant:
            return constant(value)
        return Given(value, lambda variables: get(variables)[key], constant=False)


def constant(value: object) -> Given:
    """Return a value that the document itself contains."""
    return Given(value, lambda _variables: value, constant=True)


def arguments(field: GraphQLField, node: FieldNode, variables: Variables) -> dict[str, Given]:
    """Return the arguments of one field, by their name in the schema; absent ones are left out."""
    nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
    found: dict[str, Given] = {}
    for name, argument in field.args.items():
        given = _argument(argument, nodes.get(name), variables)
        if given is not None:
            found[name] = given
    return found


def _argument(argument: GraphQLArgument, node: ValueNode | None, variables: Variables) -> Given | None:
    given = None if node is None else from_node(node, argument.type, variables)
    if given is None:
        default = coerce_default_value(argument)
        return None if default is Undefined else constant(default)
    return given


def from_node(node: ValueNode, type_: GraphQLInputType, variables: Variables) -> Given | None:
    """Return the value a node stands for; None where its variable is absent."""
    if isinstance(node, VariableNode):
        name = node.name.value
        if name not in variables:
            return None
        return Given(variables[name], lambda later: later.get(name), constant=False)
    nullable = get_nullable_type(type_) if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(node, ObjectValueNode) and isinstance(nullable, GraphQLInputObjectType):
        return _object(node, nullable, variables)
    if isinstance(node, ListValueNode) and isinstance(nullable, GraphQLList):
        parts = [from_node(item, nullable.of_type, variables) or constant(None) for item in node.values]
        return _assembled_list(parts)
    return constant(coerce_input_literal(node, type_))


def _object(node: ObjectValueNode, type_: GraphQLInputObjectType, variables: Variables) -> Given:
    nodes = {field.name.value: field.value for field in node.fields}
    parts: dict[str, Given] = {}
    for name, field in type_.fields.items():
        given = from_node(nodes[name], field.type, variables) if name in nodes else None
        if given is None:
            default = coerce_default_value(field)
            given = None if default is Undefined else constant(default)
        if given is not None:
            parts[field.out_name or name] = given
    value = {name: part.value for name, part in parts.items()}
    if all(part.constant for part in parts.values()):
        return Given(value, lambda _variables: value, constant=True, parts=parts)
    return Given(
        value, lambda later: {n: p.get(later) for n, p in parts.items()}, constant=False, parts=parts
    )


def _assembled_list(parts: Sequence[Given]) -> Given:
    value = [part.value for part in parts]
    if all(part.constant for part in parts):
        return Given(value, lambda _variables: value, constant=True, parts=parts)
    return Given(value, lambda later: [part.get(later) for part in parts], constant=False, parts=parts)
