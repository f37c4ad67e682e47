"""How are touchpoints found? Filters, orders and the fields where reading them begins."""

from enum import Enum

import strawberry

from schema.customers.types import Customer
from schema.ground.connections import Connection
from schema.ground.fields import Lookup, closed_set, connection, extend, listed, lookup, value, where
from schema.ground.inputs import DateTimeRange, OrderDirection, StringFilter
from schema.ground.roots import Query
from schema.journeys.types import JourneyInstance, JourneyStage
from schema.touchpoints.types import Touchpoint, TouchpointEvent
from service.ground.reads import Where, column
from service.touchpoints import reads, tables


class TouchpointOrderField(Enum):
    """What touchpoints can be sorted by."""

    KEY = "KEY"
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


class TouchpointEventOrderField(Enum):
    """What events can be sorted by."""

    OCCURRED_AT = "OCCURRED_AT"


closed_set(
    TouchpointOrderField,
    "What touchpoints can be sorted by.",
    KEY="Their key.",
    NAME="Their name.",
    CREATED_AT="When they were first recorded.",
)
closed_set(
    TouchpointEventOrderField,
    "What events can be sorted by.",
    OCCURRED_AT="When they happened.",
)


@strawberry.input(description="How touchpoints are sorted.")
class TouchpointOrder:
    """A sort order."""

    field: TouchpointOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.ASC)


@strawberry.input(description="How events are sorted.")
class TouchpointEventOrder:
    """A sort order."""

    field: TouchpointEventOrderField = value(
        "What to sort by.", default=TouchpointEventOrderField.OCCURRED_AT
    )
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which touchpoints; all fields that are given must hold.")
class TouchpointFilter:
    """A filter of touchpoints."""

    and_: list["TouchpointFilter"] | None = where("All of these hold.", name="and")
    or_: list["TouchpointFilter"] | None = where("At least one of these holds.", name="or")
    not_: "TouchpointFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these touchpoints.", reads.touchpoint_by_id)
    key: StringFilter | None = where("The key.")
    name: StringFilter | None = where("The name.")
    channel: list[tables.Channel] | None = where("Reached by one of these ways.")
    medium: list[tables.Medium] | None = where("Where one of these is met.")
    moment_of_truth: bool | None = where("Whether the whole experience depends on it.")


@strawberry.input(description="Which events; all fields that are given must hold.")
class TouchpointEventFilter:
    """A filter of events."""

    and_: list["TouchpointEventFilter"] | None = where("All of these hold.", name="and")
    or_: list["TouchpointEventFilter"] | None = where("At least one of these holds.", name="or")
    not_: "TouchpointEventFilter | None" = where("This does not hold.", name="not")
    type: StringFilter | None = where("What happened.")
    channel: list[tables.Channel] | None = where("Happened by one of these ways.")
    touchpoint: strawberry.ID | None = where("Happened at this touchpoint.", reads.by_touchpoint)
    unmatched: list[tables.Unmatched] | None = where("Names one of these that is not known yet.")
    occurred_at: DateTimeRange | None = where("Happened within.")


@extend(JourneyStage)
class StageTouchpoints:
    """What a stage shows of its touchpoints."""

    touchpoints: list[Touchpoint] = listed("The touchpoints met there, in order.", reads.touchpoints_of_stage)


@extend(Touchpoint)
class TouchpointEdges:
    """What a touchpoint shows of journeys and of what happened."""

    stages: Connection[JourneyStage] = connection(
        "The stages it has a place in, in any edition; the latest placed first.", reads.stages_of_touchpoint
    )
    events: Connection[TouchpointEvent] = connection(
        "What happened there, the latest first.",
        reads.events_of_touchpoint,
        filter_by=TouchpointEventFilter,
        order_by=TouchpointEventOrder,
    )


@extend(Customer)
class CustomerTouchpointEvents:
    """What a customer shows of touchpoints."""

    touchpoint_events: Connection[TouchpointEvent] = connection(
        "What happened to the customer at touchpoints, the latest first.",
        reads.events_of_customer,
        filter_by=TouchpointEventFilter,
        order_by=TouchpointEventOrder,
    )


@extend(JourneyInstance)
class InstanceTouchpointEvents:
    """What a way through a journey shows of touchpoints."""

    touchpoint_events: Connection[TouchpointEvent] = connection(
        "What happened on the way, the latest first.",
        reads.events_of_instance,
        filter_by=TouchpointEventFilter,
        order_by=TouchpointEventOrder,
    )


@extend(Query)
class TouchpointQueries:
    """Where reading touchpoints begins."""

    touchpoint: Touchpoint | None = lookup(
        "One touchpoint; null where there is none.",
        Lookup(tables.Touchpoint, key=Where(column("key"))),
        {"key": (str, "Its key.")},
    )
    touchpoints: Connection[Touchpoint] = connection(
        "All touchpoints.", reads.TOUCHPOINTS, filter_by=TouchpointFilter, order_by=TouchpointOrder
    )
    touchpoint_event: TouchpointEvent | None = lookup(
        "One event; null where there is none.",
        Lookup(tables.TouchpointEvent, source=Where(column("source")), key=Where(column("key"))),
        {"source": (str, "The system that told of it."), "key": (str, "Its key there.")},
    )
    touchpoint_events: Connection[TouchpointEvent] = connection(
        "All that happened at touchpoints, the latest first.",
        reads.TOUCHPOINT_EVENTS,
        filter_by=TouchpointEventFilter,
        order_by=TouchpointEventOrder,
    )
