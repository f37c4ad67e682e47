"""Which documents are let in? Everything that is checked once per document, in the order of what it costs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)

from schema.guard import measures
from schema.guard.cost import Cost, cost_of
from schema.guard.introspection import whole_introspection
from schema.guard.limits import Exceeded, Limits
from schema.guard.messages import discreet

MOST_ERRORS = 10


class RefusedError(Exception):
    """The request cannot be executed at all; holds the errors to tell."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        """Keep the errors."""
        super().__init__(errors[0].message)
        self.errors = list(errors)


class Guard:
    """Lets documents in."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, discreet: bool) -> None:
        """Hold documents against `limits`; a discreet guard gives no hints and repeats nothing."""
        self.schema = schema
        self.limits = limits
        self.discreet = discreet

    def document(self, source: str, rules: Collection[type[ASTValidationRule]]) -> DocumentNode:
        """Return a document that follows the rules and is within the limits; raises RefusedError."""
        limits = self.limits
        if limits.source < len(source):
            raise RefusedError([Exceeded("source", "characters", most=limits.source, found=len(source))])
        try:
            document = parse(source, max_lexical_tokens=limits.tokens, max_comments=limits.comments)
            measures.check(document, limits)
        except GraphQLError as error:
            raise self.refusal([error]) from error
        hidden = self.discreet
        errors = validate(self.schema, document, rules, max_errors=MOST_ERRORS, hide_suggestions=hidden)
        if errors:
            raise self.refusal(errors)
        return document

    def cost(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        root: GraphQLObjectType,
    ) -> Cost:
        """Return what an operation costs; raises RefusedError where it costs too much whatever is asked."""
        cost = cost_of(self.schema, operation, fragments, root)
        if self.limits.work < cost.work:
            raise RefusedError([Exceeded("work", "parts", most=self.limits.work, found=cost.work)])
        most = whole_introspection(self.schema)
        if most < cost.introspection:
            raise RefusedError(
                [Exceeded("introspection", "things of the schema", most=most, found=cost.introspection)]
            )
        if not cost.points.terms:
            self.affordable(cost.points.known)
        return cost

    def affordable(self, points: int) -> int:
        """Return an operation's points; raises RefusedError where no tenant could ever pay them."""
        if self.limits.cost < points:
            raise RefusedError([Exceeded("cost", "points", most=self.limits.cost, found=points)])
        return points

    def variables(self, values: Mapping[str, Any], names: Sequence[str]) -> None:
        """Check the size of variables that shape a statement; raises RefusedError."""
        level: list[object] = [values[name] for name in names if name in values]
        found = 0
        for _ in range(self.limits.value_depth):
            level = [part for value in level for part in _parts(value)]
            found += len(level)
            if self.limits.value_parts < found:
                break
            if not level:
                return
        else:
            limit = Exceeded("value_depth", "levels in a variable", most=self.limits.value_depth)
            raise RefusedError([limit])
        raise RefusedError([Exceeded("value_parts", "parts in its variables", most=self.limits.value_parts)])

    def refusal(self, errors: Sequence[GraphQLError]) -> RefusedError:
        """Return the refusal that tells these errors."""
        return RefusedError([discreet(error) for error in errors] if self.discreet else errors)


def _parts(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()
