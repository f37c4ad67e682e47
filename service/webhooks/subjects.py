"""Which events can a message tell of? Those of things that are nodes of the graph."""

from collections.abc import Sequence
from uuid import UUID

from service import events
from service.ground.problems import Invalid, LimitExceeded, Required
from service.ground.scopes import Scope

MOST_TYPES = 100
TEST = "webhook.test"
"""The type of a message that only shows that messages arrive."""

THINGS: tuple[str, ...] = tuple(name for name, thing in events.THINGS.items() if thing.node)
"""What stands before the dot of an event's type, in the order of the story."""


def checked(types: Sequence[str], *field: str) -> tuple[str, ...]:
    """Return event types sorted and once each; raises Required, LimitExceeded, or Invalid for an unknown."""
    if not types:
        raise Required(*field)
    if len(types) > MOST_TYPES:
        raise LimitExceeded(*field, limit=MOST_TYPES, things="event types", found=len(types))
    for number, type_ in enumerate(types):
        thing, _, verb = type_.partition(".")
        if thing not in THINGS or (verb != "*" and type_ not in events.TYPES):
            known = ", ".join(THINGS)
            reason = f"A type is like feedback.submitted, or feedback.* for all of a thing. Things: {known}."
            raise Invalid(*field, str(number), reason=reason)
    return tuple(sorted(set(types)))


def needs(types: Sequence[str]) -> frozenset[Scope]:
    """Return the scopes without which nobody may hear of events of these types."""
    return frozenset(events.thing_of(type_).scope for type_ in types)


def matches(wanted: Sequence[str], type_: str) -> bool:
    """Tell whether an event's type is among the wanted ones."""
    return type_ in wanted or f"{type_.partition('.')[0]}.*" in wanted


def public_id(type_: str, subject_id: UUID) -> str | None:
    """Return the id of the node that an event tells of; None where it tells of no node."""
    node = events.node_of(type_)
    return f"{node.prefix}_{subject_id}" if node else None
