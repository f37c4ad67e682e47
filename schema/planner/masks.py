"""What may this actor not see? Fields that tell of persons are masked, and never a way to ask for them."""

from typing import Any

from graphql import GraphQLNonNull, GraphQLOutputType, get_named_type
from sqlalchemy import ColumnElement

from schema.planner.text import NULL
from service.ground.personal import Sensitivity, sensitivities
from service.ground.problems import LacksScope
from service.ground.scopes import Scope

Visible = frozenset[Sensitivity]
MASKS = {"String": '"[hidden]"', "JSON": "{}"}
"""What stands for a hidden value where the schema promises one."""


def is_hidden(expression: ColumnElement[Any], visible: Visible) -> bool:
    """Tell whether an expression shows something that is not to be seen."""
    return any(one not in visible for one in sensitivities(expression))


def mask(type_: GraphQLOutputType) -> str:
    """Return the JSON that stands for a hidden value: null where the type allows it."""
    return MASKS[get_named_type(type_).name] if isinstance(type_, GraphQLNonNull) else NULL


def refuse_hidden(expression: ColumnElement[Any], visible: Visible) -> None:
    """Refuse to choose, order or count by what is hidden: each answer would tell a little of it."""
    if is_hidden(expression, visible):
        raise LacksScope(scopes=Scope.PII_READ)
