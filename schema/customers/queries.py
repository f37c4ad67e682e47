"""How are customers found? Filters, orders and the fields where reading them begins."""

from enum import Enum

import strawberry

from schema.customers.types import Account, Customer, Segment
from schema.ground.connections import Connection
from schema.ground.fields import Lookup, closed_set, connection, extend, lookup, value, where
from schema.ground.inputs import DateTimeRange, ExternalIdInput, OrderDirection, StringFilter
from schema.ground.roots import Query
from service.customers import reads, tables


class CustomerOrderField(Enum):
    """What customers can be sorted by."""

    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"
    NAME = "NAME"


closed_set(
    CustomerOrderField,
    "What customers can be sorted by.",
    CREATED_AT="When they were first recorded.",
    UPDATED_AT="When they last changed.",
    NAME="Their display name; nameless ones as if it were empty.",
)


@strawberry.input(description="How customers are sorted.")
class CustomerOrder:
    """A sort order."""

    field: CustomerOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which customers; all fields that are given must hold.")
class CustomerFilter:
    """A filter of customers."""

    and_: list["CustomerFilter"] | None = where("All of these hold.", name="and")
    or_: list["CustomerFilter"] | None = where("At least one of these holds.", name="or")
    not_: "CustomerFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these customers.", reads.by_id)
    email: StringFilter | None = where("The e-mail address.")
    name: StringFilter | None = where("The display name.", reads.by_name)
    lifecycle_stage: list[tables.LifecycleStage] | None = where("In one of these stages.")
    account: strawberry.ID | None = where("Belongs to this account.", reads.by_account)
    segment: str | None = where("Is in the segment with this key now.", reads.in_segment)
    external_system: str | None = where("Is known to this system.", reads.known_to_system)
    created_at: DateTimeRange | None = where("First recorded within.")
    updated_at: DateTimeRange | None = where("Last changed within.")


@strawberry.input(one_of=True, description="Names one customer.")
class CustomerRef:
    """A reference to a customer."""

    id: strawberry.Maybe[strawberry.ID] = where("By id.", reads.by_id)
    external_id: strawberry.Maybe[ExternalIdInput] = where(
        "By the name another system gave.", reads.by_external_id
    )
    email: strawberry.Maybe[str] = where(
        "By e-mail address; the one that changed last where several share it."
    )


@extend(Account)
class AccountCustomers:
    """What the account shows of its customers."""

    customers: Connection[Customer] = connection(
        "The customers that belong to it.",
        reads.customers_of_account,
        filter_by=CustomerFilter,
        order_by=CustomerOrder,
    )


@extend(Segment)
class SegmentCustomers:
    """What the segment shows of its customers."""

    customers: Connection[Customer] = connection(
        "The customers that are in it now.", reads.customers_of_segment
    )


@extend(Query)
class CustomerQueries:
    """Where reading customers begins."""

    customer: Customer | None = lookup(
        "One customer; null where there is none.",
        Lookup(tables.Customer, reads.CUSTOMER_ORDERS["UPDATED_AT"]),
        {"ref": (CustomerRef, "Which one.")},
    )
    customers: Connection[Customer] = connection(
        "All customers.", reads.CUSTOMERS, filter_by=CustomerFilter, order_by=CustomerOrder
    )
    accounts: Connection[Account] = connection("All accounts.", reads.ACCOUNTS)
    segments: Connection[Segment] = connection("All segments.", reads.SEGMENTS)
