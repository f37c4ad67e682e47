"""How does a client make a write safe to repeat? It names the request by a key, on the field itself."""

from typing import Annotated

import strawberry
from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLError,
    ValidationContext,
    ValidationRule,
    Visitor,
    VisitorAction,
)
from strawberry.directive import DirectiveLocation, DirectiveValue

from service.ground.problems import Invalid

NAME = "idempotent"
SHORTEST, LONGEST = 16, 255


@strawberry.directive(
    locations=[DirectiveLocation.FIELD],
    name=NAME,
    description=(
        "Makes a write safe to repeat for 24 hours: the same request under the same key is carried out "
        "once, and answered with the same bytes each time. A key belongs to one field of one tenant."
    ),
)
def idempotent(
    value: DirectiveValue[object],
    key: Annotated[
        str, strawberry.argument(description="Any name of this one request, 16 to 255 characters: a UUID.")
    ],
) -> object:
    """Stand for the directive, which the executor reads from the document."""
    del key
    return value


def directive_on(node: FieldNode) -> DirectiveNode | None:
    """Return the directive on a field."""
    return next((one for one in node.directives or () if one.name.value == NAME), None)


def checked(key: object) -> str:
    """Return a key that can name one request; raises Invalid."""
    if not isinstance(key, str) or not SHORTEST <= len(key) <= LONGEST:
        raise Invalid("@idempotent", "key", reason=f"A key has {SHORTEST} to {LONGEST} characters.")
    return key


class OnWritesOnly(ValidationRule):
    """Refuses the directive where it would be without effect: on anything but a field of the mutations."""

    context: ValidationContext

    def enter_field(self, node: FieldNode, *_: object) -> VisitorAction:
        """Look at one field."""
        directive = directive_on(node)
        if directive and self.context.get_parent_type() is not self.context.schema.mutation_type:
            message = f"The directive @{NAME} belongs on a field of a mutation."
            self.report_error(GraphQLError(message, directive))
        return Visitor.IDLE
