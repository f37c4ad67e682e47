"""Which values does the API have of its own? Moments with a zone, references of other graphs."""

from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition


def _parse_moment(text: Any) -> datetime:  # noqa: ANN401 - whatever a client sent
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None or "T" not in text:
        message = "A DateTime is written like 2026-03-01T09:30:00Z: RFC 3339, always with an offset."
        raise GraphQLError(message)
    return moment.astimezone(UTC)


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A moment as RFC 3339 writes it, with an offset: 2026-03-01T09:30:00Z. Answers are in UTC.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    serialize=lambda moment: moment.isoformat(),
    parse_value=_parse_moment,
)

Representation = NewType("Representation", object)
"""How another graph refers to a thing of ours: its `__typename` and its key."""

ANY = strawberry.scalar(
    name="_Any",
    description="How another graph refers to a thing: an object of its `__typename` and its `id`.",
    serialize=lambda representation: representation,
    parse_value=lambda representation: representation,
)

SCALARS: dict[object, ScalarDefinition] = {datetime: DATE_TIME, Representation: ANY}
