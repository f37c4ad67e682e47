"""By what chance is an operation dressed? One random source, the variables it sends, names not yet used."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from graphql import (
    ConstValueNode,
    GraphQLInputType,
    NameNode,
    NullValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    parse_type,
    print_ast,
    value_from_ast_untyped,
)

T = TypeVar("T")


@dataclass(slots=True)
class Drawing:
    """What one operation draws on."""

    chance: random.Random
    variables: dict[str, Any] = field(default_factory=dict)
    definitions: list[VariableDefinitionNode] = field(default_factory=list)
    _names: int = 0

    def happens(self, likelihood: float) -> bool:
        """Decide."""
        return self.chance.random() < likelihood

    def one_of(self, choices: Sequence[T]) -> T:
        """Choose."""
        return self.chance.choice(choices)

    def new_name(self, letter: str) -> NameNode:
        """Return a name that nothing else in the operation has."""
        self._names += 1
        return NameNode(value=f"{letter}{self._names}")

    def perhaps_variable(self, value: ValueNode, type_: GraphQLInputType) -> ValueNode:
        """Send some of the values as variables, with or without a default."""
        if "$" in print_ast(value) or not self.happens(0.2):
            return value
        name = self.new_name("v")
        variable = VariableNode(name=name)
        by_default = not isinstance(value, NullValueNode) and self.happens(0.3)
        if not by_default:
            self.variables[name.value] = value_from_ast_untyped(value)
        default = cast("ConstValueNode", value) if by_default else None
        self.definitions.append(
            VariableDefinitionNode(variable=variable, type=parse_type(str(type_)), default_value=default)
        )
        return variable

    def known(self, value: ValueNode) -> Any:  # noqa: ANN401 - JSON
        """Return what a value is, its variables filled in."""
        given = dict(self.variables)
        for definition in self.definitions:
            if definition.default_value:
                given[definition.variable.name.value] = value_from_ast_untyped(definition.default_value)
        return value_from_ast_untyped(value, given)
