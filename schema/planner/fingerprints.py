"""Is it the same request? Digests of what a mutation field asks for, however it was spelled."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)
from graphql.execution.values import VariableValues, get_directive_values
from graphql.utilities import value_from_ast_untyped

from schema.ground.idempotent import NAME, checked, directive_on
from schema.planner.documents import Operation
from service.ground.actor import Actor
from service.ground.idempotency import Claim

AS_THEY_ARE = frozenset({"String", "Boolean", "Int"})
SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
Variables = Mapping[str, Any]


def claim_of(
    operation: Operation, nodes: Sequence[FieldNode], raw: Variables, coerced: Variables, actor: Actor
) -> Claim | None:
    """Return the claim that a mutation field makes, None without a key; raises Invalid for an unfit key."""
    named = next((node for node in nodes if directive_on(node)), None)
    if named is None:
        return None
    directive = operation.schema.get_directive(NAME)
    values = get_directive_values(directive, named, VariableValues({}, dict(coerced))) if directive else None
    key = checked((values or {}).get("key"))
    sent = {**_defaults(operation), **raw}
    field = operation.root.fields[named.name.value]
    arguments = orjson.dumps(_arguments(field, nodes[0], sent), option=SORTED)
    return Claim.on(named.name.value, key, arguments, _selection(operation, nodes, sent, actor))


def _arguments(field: GraphQLField, node: FieldNode, sent: Variables) -> Mapping[str, object]:
    given = {one.name.value: value_from_ast_untyped(one.value, dict(sent)) for one in node.arguments or ()}
    return {
        name: canonical(value, field.args[name].type)
        for name, value in given.items()
        if value is not Undefined
    }


def canonical(value: Any, type_: GraphQLInputType) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Return a value as every spelling of it becomes: by its type, whether variable or literal."""
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if value is None:
        return None
    if isinstance(type_, GraphQLList):
        return [canonical(one, type_.of_type) for one in (value if isinstance(value, list) else [value])]
    if isinstance(type_, GraphQLInputObjectType):
        fields = type_.fields
        return {name: canonical(one, fields[name].type) for name, one in value.items()}
    return _leaf(value, type_) if isinstance(type_, GraphQLScalarType) else value


def _leaf(value: Any, type_: GraphQLScalarType) -> object:  # noqa: ANN401 - JSON's own value
    """A number is a float, an id a text, a moment is one in UTC; what is free JSON stays as it is."""
    if type_.name in AS_THEY_ARE:
        return value
    if type_.name == "ID":
        return str(value)
    return type_.parse_value(value)


def _selection(operation: Operation, nodes: Sequence[FieldNode], sent: Variables, actor: Actor) -> bytes:
    """Return what the answer depends on beside the arguments: the fields, their variables, who may see."""
    fragments = [operation.fragments[name] for name in sorted(operation.fragments)]
    parts = [*(node.selection_set for node in nodes if node.selection_set), *fragments]
    used = {name: sent.get(name) for part in parts for name in _names(part)}
    shown = [print_ast(part) for part in parts]
    return orjson.dumps([nodes[0].name.value, shown, used, sorted(actor.scopes)], option=SORTED)


def _names(part: Any) -> Iterator[str]:  # noqa: ANN401 - any node of the document
    found: list[str] = []

    class Names(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            found.append(node.name.value)

    visit(part, Names())
    yield from found


def _defaults(operation: Operation) -> Variables:
    return {
        one.variable.name.value: value_from_ast_untyped(one.default_value)
        for one in operation.node.variable_definitions or ()
        if one.default_value is not None
    }
