"""How are initiatives found? Filters, orders and the fields where reading them begins."""

from enum import Enum

import strawberry

from schema.ground.connections import Connection
from schema.ground.fields import Lookup, closed_set, connection, extend, lookup, value, where
from schema.ground.inputs import DateTimeRange, OrderDirection
from schema.ground.roots import Query
from schema.initiatives.types import Initiative
from service.initiatives import reads, tables


class InitiativeOrderField(Enum):
    """What initiatives can be sorted by."""

    UPDATED_AT = "UPDATED_AT"
    CREATED_AT = "CREATED_AT"
    SHIPPED_AT = "SHIPPED_AT"


closed_set(
    InitiativeOrderField,
    "What initiatives can be sorted by.",
    UPDATED_AT="When they last changed.",
    CREATED_AT="When they were proposed.",
    SHIPPED_AT="When they shipped; what has not shipped as if it had done so before all others.",
)


@strawberry.input(description="How initiatives are sorted.")
class InitiativeOrder:
    """A sort order."""

    field: InitiativeOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which initiatives; all fields that are given must hold.")
class InitiativeFilter:
    """A filter of initiatives."""

    and_: list["InitiativeFilter"] | None = where("All of these hold.", name="and")
    or_: list["InitiativeFilter"] | None = where("At least one of these holds.", name="or")
    not_: "InitiativeFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these initiatives.", reads.by_id)
    status: list[tables.InitiativeStatus] | None = where("In one of these states.")
    health: list[tables.InitiativeHealth] | None = where("With one of these healths.")
    owner: str | None = where("Done by this person or function.")
    created_at: DateTimeRange | None = where("Proposed within.")
    updated_at: DateTimeRange | None = where("Last changed within.")
    next_evaluation_at: DateTimeRange | None = where("To be evaluated again within.")


@extend(Query)
class InitiativeQueries:
    """Where reading initiatives begins."""

    initiative: Initiative | None = lookup(
        "One initiative; null where there is none.",
        Lookup(tables.Initiative, id=reads.by_id),
        {"id": (strawberry.ID, "Its id.")},
    )
    initiatives: Connection[Initiative] = connection(
        "All initiatives.", reads.INITIATIVES, filter_by=InitiativeFilter, order_by=InitiativeOrder
    )
