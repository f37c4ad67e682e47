"""What does a canary sing? Every input of every operation, with a mark in each text of it."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
)

from schema.execution import Request
from schema.planner.catalogue import Catalogue
from tests.schema.operations import LITERALS, Operations

CANARY = f"canary{secrets.token_hex(6)}"
DEEPEST = 5
PLAIN: Mapping[str, Any] = {
    "String": f"{CANARY} and some words",
    "ID": CANARY,
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
    "JSON": {CANARY: [CANARY]},
    "_Any": {"__typename": CANARY, "id": CANARY},
}


def example(type_: GraphQLInputType, depth: int = 0) -> Any:  # noqa: ANN401 - a value as JSON has it
    """Return a value of a type, with a canary in every text of it."""
    if isinstance(type_, GraphQLNonNull):
        return example(type_.of_type, depth)
    if isinstance(type_, GraphQLList):
        return [example(type_.of_type, depth)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if not isinstance(type_, GraphQLInputObjectType):
        return PLAIN[get_named_type(type_).name]
    fields = {
        name: field.type
        for name, field in type_.fields.items()
        if isinstance(field.type, GraphQLNonNull) or depth < DEEPEST
    }
    if type_.is_one_of:
        fields = dict([*fields.items()][-1:])
    return {name: example(inner, depth + 1) for name, inner in fields.items()}


def sung(name: str, field: GraphQLField) -> Request:
    """Return a mutation whose every text is a canary, its key too."""
    declared = ", ".join(f"${argument}: {one.type}" for argument, one in field.args.items())
    given = ", ".join(f"{argument}: ${argument}" for argument in field.args)
    shown = "userErrors { code message field }"
    source = (
        f"mutation M({declared}, $key: String!) {{ {name}({given}) @idempotent(key: $key) {{ {shown} }} }}"
    )
    values = {argument: example(one.type) for argument, one in field.args.items()}
    return Request(source, variables={**values, "key": f"{CANARY}-{name}"})


def writes(schema: GraphQLSchema) -> Iterator[Request]:
    """Yield every mutation, with canaries in its input."""
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        yield sung(name, field)


def reads(catalogue: Catalogue) -> Iterator[Request]:
    """Yield queries that compare by everything that can be compared by, with canaries in every text."""
    probes = {probe.place.partition("(")[2]: probe for probe in Operations(catalogue).comparing()}
    for probe in probes.values():
        yield Request(probe.source.replace(LITERALS["String"], f'"{CANARY}"'))
