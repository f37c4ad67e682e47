"""Do variables mean what the specification says, whether they take the short way or the long one?"""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, parse
from graphql.execution import get_variable_values

from schema.graph import build
from schema.guard.guard import Guard, RefusedError
from schema.guard.limits import Limits
from schema.planner.catalogue import Catalogue
from schema.planner.conversion import Conversions
from schema.planner.documents import Operation


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema of the service."""
    return Catalogue(build()).schema


def _operation(schema: GraphQLSchema, declared: str) -> Operation:
    document = parse(f"query({declared}){{__typename}}")
    node = document.definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    guard = Guard(schema, Limits(), discreet=False)
    return Operation(guard, document, node, Conversions())


def _specified(schema: GraphQLSchema, operation: Operation, raw: Mapping[str, Any]) -> object:
    """Return what the specification makes of the variables: their values, or the messages of its errors."""
    values = get_variable_values(schema, operation.node.variable_definitions or (), dict(raw), max_errors=20)
    return [one.message for one in values] if isinstance(values, list) else values.coerced


def _ours(operation: Operation, raw: Mapping[str, Any]) -> object:
    try:
        return operation.variables(raw)
    except RefusedError as refused:
        return [one.message for one in refused.errors]


@pytest.mark.parametrize("type_", ["ID", "String", "Int", "Float", "Boolean", "DateTime", "Channel"])
@pytest.mark.parametrize("declared", ["{}", "{}!", "[{}!]", "[{}]!"])
@pytest.mark.parametrize(
    "value",
    [None, "EMAIL", "2026-01-01T00:00:00Z", 7, 2**31, 1.0, 1.5, True, [], ["EMAIL", None], [1, "1"], {}],
    ids=repr,
)
def test_a_variable_becomes_what_the_specification_says(
    schema: GraphQLSchema, declared: str, type_: str, value: object
) -> None:
    operation = _operation(schema, "$sent:" + declared.format(type_))

    assert _ours(operation, {"sent": value}) == _specified(schema, operation, {"sent": value})


@pytest.mark.parametrize("declared", ["$sent:Int", "$sent:Int!", "$sent:Int=3", "$sent:[Channel!]=[EMAIL]"])
def test_a_variable_that_was_not_sent_has_its_default_or_none(schema: GraphQLSchema, declared: str) -> None:
    operation = _operation(schema, f"{declared},$other:String!")

    assert _ours(operation, {"other": "x"}) == _specified(schema, operation, {"other": "x"})
