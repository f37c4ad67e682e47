"""How is a mutation declared? Together with the scope that it needs; one without is executed by nobody."""

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import GraphQLField

from service.ground.scopes import Scope

SCOPE = "scope"
"""The key under which a mutation's metadata holds its scope."""
BACK_REFERENCE = "strawberry-definition"


def mutation(scope: Scope, *, description: str) -> Callable[[Callable[..., Any]], Any]:
    """Declare a mutation, and what one must be allowed to use it."""
    text = f"{description} Needs the scope `{scope}`."

    def decorate(resolver: Callable[..., Any]) -> Any:  # noqa: ANN401 - strawberry's own field
        return strawberry.mutation(resolver, description=text, metadata={SCOPE: scope})

    return decorate


def scope_of(field: GraphQLField) -> Scope:
    """Return the scope that a mutation declares; raises LookupError where it declares none."""
    definition = field.extensions.get(BACK_REFERENCE)
    scope = definition.metadata.get(SCOPE) if definition else None
    if not isinstance(scope, Scope):
        message = "a mutation does not declare its scope"
        raise LookupError(message)  # noqa: TRY004 - what is missing is a declaration
    return scope
