"""What happened between a customer and us? Everything on one line of time, whatever table it is kept in."""

from enum import Enum
from typing import Annotated

import strawberry

from schema.customers.types import Customer
from schema.feedback.types import Feedback
from schema.ground.connections import Connection
from schema.ground.fields import closed_set, connection, extend, value, where
from schema.ground.inputs import DateTimeRange, OrderDirection
from schema.interactions.types import Interaction
from schema.journeys.types import JourneyInstance
from schema.loops.types import FollowUp, Recovery
from schema.touchpoints.types import TouchpointEvent
from service.loops import reads

TimelineEntry = Annotated[
    TouchpointEvent | Interaction | Feedback | JourneyInstance | Recovery | FollowUp,
    strawberry.union(
        "TimelineEntry", description="Something that happened between a customer and the organisation."
    ),
]


class TimelineEntryType(Enum):
    """What an entry of a timeline can be."""

    TOUCHPOINT_EVENT = "TOUCHPOINT_EVENT"
    INTERACTION = "INTERACTION"
    FEEDBACK = "FEEDBACK"
    JOURNEY_INSTANCE = "JOURNEY_INSTANCE"
    RECOVERY = "RECOVERY"
    FOLLOW_UP = "FOLLOW_UP"


closed_set(
    TimelineEntryType,
    "What an entry of a timeline can be.",
    TOUCHPOINT_EVENT="Something happened at a touchpoint; at the time it happened.",
    INTERACTION="A matter began; at the time it was opened.",
    FEEDBACK="The customer said something; at the time it was said.",
    JOURNEY_INSTANCE="The customer began a journey; at the time it began.",
    RECOVERY="A recovery was opened; at that time.",
    FOLLOW_UP="An answer became owed; at that time.",
)


class TimelineOrderField(Enum):
    """What timelines can be sorted by."""

    OCCURRED_AT = "OCCURRED_AT"


closed_set(TimelineOrderField, "What timelines can be sorted by.", OCCURRED_AT="When it happened.")


@strawberry.input(description="How a timeline is sorted.")
class TimelineOrder:
    """A sort order."""

    field: TimelineOrderField = value("What to sort by.", default=TimelineOrderField.OCCURRED_AT)
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which entries of a timeline; all fields that are given must hold.")
class TimelineFilter:
    """A filter of a timeline."""

    types: list[TimelineEntryType] | None = where("Of one of these types.", reads.by_kind)
    occurred_at: DateTimeRange | None = where("Happened within.")


@extend(Customer)
class CustomerTimeline:
    """What a customer shows of everything that happened."""

    timeline: Connection[TimelineEntry] = connection(
        "Everything that happened between this customer and the organisation, the latest first.",
        reads.TIMELINE,
        filter_by=TimelineFilter,
        order_by=TimelineOrder,
    )
