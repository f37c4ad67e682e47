"""How is JSON written in SQL? As concatenated text, escaping only what needs it."""

from collections.abc import Sequence
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLScalarType,
    get_named_type,
)
from sqlalchemy import ColumnElement, Text, case, cast, func, literal_column

Expression = ColumnElement[Any]
Part = str | Expression
"""A piece of JSON text: known now, or computed in SQL (then never null)."""

NULL = "null"
MOST_ARGUMENTS = 90
"""PostgreSQL accepts 100 arguments a call; longer texts are nested."""


def quoted(text: str) -> Expression:
    """Return a constant as an SQL literal."""
    return literal_column("'" + text.replace("'", "''") + "'", Text)


def joined(parts: Sequence[Part]) -> Expression:
    """Return the parts as one text; neighbouring constants melt together."""
    melted: list[Part] = []
    for part in parts:
        if isinstance(part, str) and melted and isinstance(melted[-1], str):
            melted[-1] += part
        else:
            melted.append(part)
    arguments = [quoted(part) if isinstance(part, str) else part for part in melted]
    while len(arguments) > MOST_ARGUMENTS:
        arguments = [
            func.concat(*arguments[n : n + MOST_ARGUMENTS], type_=Text)
            for n in range(0, len(arguments), MOST_ARGUMENTS)
        ]
    return func.concat(*arguments, type_=Text)


def or_null(expression: Expression) -> Expression:
    """Return JSON's null where the text is absent."""
    return func.coalesce(expression, quoted(NULL), type_=Text)


def either(condition: Expression, parts: Sequence[Part]) -> Expression:
    """Return the text where the condition holds, JSON's null elsewhere."""
    return case((condition, joined(parts)), else_=quoted(NULL))


def scalar(expression: Expression, type_: GraphQLOutputType) -> list[Part]:
    """Return a leaf value's JSON text."""
    nullable = not isinstance(type_, GraphQLNonNull)
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        array: Expression = cast(func.to_json(expression), Text)
        return [or_null(array) if nullable else array]
    named = get_named_type(inner)
    if _is_bare_word(named):
        if nullable:
            return [or_null(quoted('"') + cast(expression, Text) + quoted('"'))]
        return ['"', expression, '"']
    text = _text(expression, named)
    return [or_null(text) if nullable else text]


def _is_bare_word(named: object) -> bool:
    """Tell whether the type's values need quotes but no escaping."""
    return isinstance(named, GraphQLEnumType) or getattr(named, "name", "") in {"ID", "Decimal"}


def _text(expression: Expression, named: object) -> Expression:
    if isinstance(named, GraphQLScalarType) and named.name in {"Int", "Float", "Boolean", "JSON"}:
        return cast(expression, Text)
    return cast(func.to_json(expression), Text)
