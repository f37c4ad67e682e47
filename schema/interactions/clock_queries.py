"""How are promises and clocks found? Their filters, edges and the fields where reading them begins."""

from enum import Enum

import strawberry

from schema.ground.connections import Connection
from schema.ground.fields import Lookup, closed_set, connection, extend, listed, lookup, value, where
from schema.ground.inputs import DateTimeRange, OrderDirection
from schema.ground.roots import Query
from schema.interactions.clocks import BusinessCalendar, Clock, SlaPolicy
from schema.interactions.types import Interaction
from service.ground.reads import Where, column
from service.interactions.clocks import reads, tables


class ClockOrderField(Enum):
    """What clocks can be sorted by."""

    DUE_AT = "DUE_AT"


closed_set(
    ClockOrderField,
    "What clocks can be sorted by.",
    DUE_AT="When they are due; those that wait or were cancelled count as the latest.",
)


@strawberry.input(description="How clocks are sorted.")
class ClockOrder:
    """A sort order."""

    field: ClockOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.ASC)


@strawberry.input(description="Which clocks; all fields that are given must hold.")
class ClockFilter:
    """A filter of clocks."""

    and_: list["ClockFilter"] | None = where("All of these hold.", name="and")
    or_: list["ClockFilter"] | None = where("At least one of these holds.", name="or")
    not_: "ClockFilter | None" = where("This does not hold.", name="not")
    target: list[tables.ClockTarget] | None = where("Of one of these targets.")
    state: list[tables.ClockState] | None = where("In one of these states.")
    running: bool | None = where("Whether what was promised can still happen.")
    due_at: DateTimeRange | None = where("Due within; what has no due time is not.", reads.due_within)
    interaction: strawberry.ID | None = where("Of this matter.", reads.by_interaction)


@strawberry.input(description="Which policies; all fields that are given must hold.")
class SlaPolicyFilter:
    """A filter of policies."""

    retired: bool | None = where("Whether it applies to nothing new any more.", reads.retired)


@extend(Interaction)
class InteractionClocks:
    """What a matter shows of its promises."""

    clocks: list[Clock] = listed(
        "What is promised to the customer: the latest clock of each target.", reads.clocks_of_interaction
    )
    clock_history: Connection[Clock] = connection(
        "All its clocks, as they started.", reads.every_clock_of_interaction
    )


@extend(Query)
class ClockQueries:
    """Where reading promises begins."""

    clocks: Connection[Clock] = connection(
        "All clocks, what is due first at the front.",
        reads.CLOCKS,
        filter_by=ClockFilter,
        order_by=ClockOrder,
    )
    business_calendar: BusinessCalendar | None = lookup(
        "One calendar; null where there is none.",
        Lookup(tables.BusinessCalendar, key=Where(column("key"))),
        {"key": (str, "Its key.")},
    )
    business_calendars: Connection[BusinessCalendar] = connection(
        "All calendars, by key.", reads.BUSINESS_CALENDARS
    )
    sla_policy: SlaPolicy | None = lookup(
        "One policy; null where there is none.",
        Lookup(tables.SlaPolicy, key=Where(column("key"))),
        {"key": (str, "Its key.")},
    )
    sla_policies: Connection[SlaPolicy] = connection(
        "All policies, in the order in which they are tried.", reads.SLA_POLICIES, filter_by=SlaPolicyFilter
    )
