"""How is a resolver called? With arguments that became inputs already, or as the libraries would."""

from collections.abc import Awaitable, Mapping
from types import SimpleNamespace
from typing import Any

from graphql import FieldNode, GraphQLField, VariableNode
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.base import has_object_definition

from schema.ground.context import Context
from schema.planner.catalogue import python_name, resolver_of
from service.ground.problems import Invalid

NULL_REFUSED = "A value of the input is null where only leaving it out is possible."


async def resolve(
    field_: GraphQLField, node: FieldNode, variables: Mapping[str, Any], context: Context
) -> object:
    """Return what the resolver of a root field returns."""
    info = SimpleNamespace(context=context)
    converted = _converted(field_, node, variables)
    if converted is None:
        arguments = get_argument_values(field_, node, VariableValues({}, dict(variables)))
        value = field_.resolve(None, info, **arguments) if field_.resolve else None
    else:
        value = resolver_of(field_)(None, info=info, **converted)
    try:
        return await value if isinstance(value, Awaitable) else value
    except StrawberryInputCoercionError as error:
        # A field that may be absent cannot be null: only strawberry knows, and only now.
        raise Invalid(reason=NULL_REFUSED) from error


def _converted(
    field_: GraphQLField, node: FieldNode, variables: Mapping[str, Any]
) -> dict[str, object] | None:
    """Return the arguments where each is a variable that became its input already, None elsewhere."""
    found: dict[str, object] = {}
    for argument in node.arguments or ():
        value = variables.get(argument.value.name.value) if isinstance(argument.value, VariableNode) else None
        if not has_object_definition(type(value)):
            return None
        found[python_name(field_.args[argument.name.value])] = value
    return found or None
