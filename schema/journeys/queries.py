"""How are journeys found? Filters, orders and the fields where reading them begins."""

from enum import Enum

import strawberry

from schema.customers.types import Customer
from schema.ground.connections import Connection
from schema.ground.fields import Lookup, closed_set, connection, extend, lookup, value, where
from schema.ground.inputs import DateTimeRange, OrderDirection, StringFilter
from schema.ground.roots import Query
from schema.journeys.types import Journey, JourneyInstance, JourneyStage
from service.ground.reads import Where, column
from service.journeys import reads, tables


class JourneyOrderField(Enum):
    """What journeys can be sorted by."""

    CREATED_AT = "CREATED_AT"
    NAME = "NAME"
    KEY = "KEY"


closed_set(
    JourneyOrderField,
    "What journeys can be sorted by.",
    CREATED_AT="When the edition was begun.",
    NAME="Their name.",
    KEY="Their key; editions of the same journey in the order they were begun.",
)


@strawberry.input(description="How journeys are sorted.")
class JourneyOrder:
    """A sort order."""

    field: JourneyOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which editions of journeys; all fields that are given must hold.")
class JourneyFilter:
    """A filter of journeys."""

    and_: list["JourneyFilter"] | None = where("All of these hold.", name="and")
    or_: list["JourneyFilter"] | None = where("At least one of these holds.", name="or")
    not_: "JourneyFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these editions.", reads.by_id)
    key: StringFilter | None = where("The key.")
    name: StringFilter | None = where("The name.")
    status: list[tables.JourneyStatus] | None = where("In one of these states.")
    created_at: DateTimeRange | None = where("Begun within.")


@strawberry.input(description="Which ways through journeys; all fields that are given must hold.")
class JourneyInstanceFilter:
    """A filter of instances."""

    and_: list["JourneyInstanceFilter"] | None = where("All of these hold.", name="and")
    or_: list["JourneyInstanceFilter"] | None = where("At least one of these holds.", name="or")
    not_: "JourneyInstanceFilter | None" = where("This does not hold.", name="not")
    journey: strawberry.ID | None = where("Through this edition.", reads.by_journey)
    status: list[tables.InstanceStatus] | None = where("In one of these states.")
    started_at: DateTimeRange | None = where("Begun within.")


@extend(Journey)
class JourneyInstances:
    """What a journey shows of those who go through it."""

    instances: Connection[JourneyInstance] = connection(
        "The customers' ways through this edition, the latest first.",
        reads.instances_of_journey,
        filter_by=JourneyInstanceFilter,
    )


@extend(JourneyStage)
class StageInstances:
    """What a stage shows of those who are there."""

    instances: Connection[JourneyInstance] = connection(
        "The ways through the journey that are in this stage, or ended there; the latest first.",
        reads.instances_in_stage,
        filter_by=JourneyInstanceFilter,
    )


@extend(Customer)
class CustomerJourneys:
    """What a customer shows of the journeys gone through."""

    journey_instances: Connection[JourneyInstance] = connection(
        "The customer's ways through journeys, the latest first.",
        reads.instances_of_customer,
        filter_by=JourneyInstanceFilter,
    )


@extend(Query)
class JourneyQueries:
    """Where reading journeys begins."""

    journey: Journey | None = lookup(
        "One journey: the edition that is asked for, or the published one, or else the newest.",
        Lookup(
            tables.Journey, reads.IN_USE_FIRST, key=Where(column("key")), edition=Where(column("edition"))
        ),
        {
            "key": (str, "Its key."),
            "edition": (int | None, "Which edition, from 1."),
        },
    )
    journeys: Connection[Journey] = connection(
        "All editions of all journeys.", reads.JOURNEYS, filter_by=JourneyFilter, order_by=JourneyOrder
    )
