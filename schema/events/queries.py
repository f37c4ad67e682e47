"""How is everything learned that happened? By the feed of changes, read on from where one was."""

import strawberry
from sqlalchemy import literal_column
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from schema.events.types import Event
from schema.ground.connections import Connection
from schema.ground.fields import connection, extend, value
from schema.ground.roots import Query
from service import events
from service.ground.events import OutboxEvent
from service.ground.reads import Many, Order, Where, column

CHANGES = Many(
    OutboxEvent,
    lambda _, event: event.c.position > literal_column("0"),
    {"POSITION": Order(column("position"))},
    descending=False,
    arguments={"types": Where(column("type"))},
)

_changes = connection(
    "Every event, in the order in which they were sent, which is the same for all. Keep `endCursor` and read"
    " on from there: nothing is missed, however late it was committed.",
    CHANGES,
)
_changes.arguments = [
    *_changes.arguments,
    StrawberryArgument(
        "types",
        None,
        StrawberryAnnotation(list[str] | None),
        description="Only events of these types, at most 100.",
    ),
]


@strawberry.type(description="A type of event.")
class EventType:
    """A type, and the scope that reading such events needs."""

    type: str = value("The type, such as `feedback.submitted`.")
    scope: str = value("What one must be allowed besides `events:read` to be told of it by a subscription.")


@extend(Query)
class EventQueries:
    """Where reading events begins."""

    changes: Connection[Event] = _changes

    @strawberry.field(description="Every type of event that there is.")
    def event_types(self) -> list[EventType]:
        """Return the closed registry of event types."""
        return [
            EventType(type=f"{name}.{verb}", scope=thing.scope)
            for name, thing in events.THINGS.items()
            for verb in thing.verbs
        ]
