"""By what chance is an operation dressed? One random source, the variables it sends, names not yet used."""

import random
from collections.abc import Callable, Sequence
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
    """What one operation draws on.

    While it is `literal` no variables are made; those made while it is `fixed` keep their values for ever.
    """

    chance: random.Random
    variables: dict[str, Any] = field(default_factory=dict)
    definitions: list[VariableDefinitionNode] = field(default_factory=list)
    literal: bool = False
    fixed: bool = False
    _redraw: dict[str, Callable[[], ValueNode]] = field(default_factory=dict)
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

    def placed(self, type_: GraphQLInputType, draw: Callable[[], ValueNode]) -> ValueNode:
        """Return a value drawn for a place of a type, sometimes by a variable, with or without a default."""
        value = draw()
        if self.literal or "$" in print_ast(value) or not self.happens(0.2):
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
        if not self.fixed:
            self._redraw[name.value] = draw
        return variable

    def other_variables(self) -> dict[str, Any]:
        """Return other values for the same variables; those with a default are left to it now and then."""
        self.literal = True
        found = dict(self.variables)
        for name, draw in self._redraw.items():
            if name in found or self.happens(0.5):
                found[name] = value_from_ast_untyped(draw())
        self.literal = False
        return found

    def known(self, value: ValueNode) -> Any:  # noqa: ANN401 - JSON
        """Return what a value is, its variables filled in."""
        given = dict(self.variables)
        for definition in self.definitions:
            if definition.default_value:
                given[definition.variable.name.value] = value_from_ast_untyped(definition.default_value)
        return value_from_ast_untyped(value, given)
