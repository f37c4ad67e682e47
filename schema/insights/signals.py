"""How does a write name a signal? The input becomes the service's own reference."""

from collections.abc import Sequence

import strawberry

from schema.ground import ids
from schema.ground.fields import value
from service.feedback.reads import FEEDBACK
from service.ground.problems import Invalid
from service.ground.reads import Entity
from service.insights import Signal
from service.interactions.reads import INTERACTION
from service.touchpoints.reads import TOUCHPOINT_EVENT

ENTITIES: tuple[tuple[str, Entity, str], ...] = (
    ("interaction_id", INTERACTION, "interactionId"),
    ("feedback_id", FEEDBACK, "feedbackId"),
    ("touchpoint_event_id", TOUCHPOINT_EVENT, "touchpointEventId"),
)


@strawberry.input(
    description="A signal: exactly one of an interaction, feedback and an event, with its words."
)
class SignalInput:
    """A signal that a write names."""

    interaction_id: strawberry.ID | None = value("The interaction it is.", default=None)
    feedback_id: strawberry.ID | None = value("The feedback it is.", default=None)
    touchpoint_event_id: strawberry.ID | None = value("The event it is.", default=None)
    quote: str | None = value(
        "The words that say it, copied letter by letter; all words of the feedback where none are given.",
        default=None,
    )
    importance: int = value(
        "How much it matters to the customer, from 0, a remark, to 3, critical.", default=1
    )


def signals_of(sent: Sequence[SignalInput] | None, *field: str) -> list[Signal]:
    """Return the service's signals; raises Invalid at the signal that names not exactly one thing."""
    return [_signal(one, *field, n) for n, one in enumerate(sent or ())]


def _signal(sent: SignalInput, *field: str | int) -> Signal:
    named = [(name, entity, shown) for name, entity, shown in ENTITIES if getattr(sent, name) is not None]
    if len(named) != 1:
        reason = "A signal names exactly one of interactionId, feedbackId and touchpointEventId."
        raise Invalid(*field, reason=reason)
    name, entity, shown = named[0]
    return Signal(name, ids.decode(getattr(sent, name), entity, *field, shown), sent.quote, sent.importance)
