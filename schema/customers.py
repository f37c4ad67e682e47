"""How do customers look to a client? Types, pages, filters and the writes of the first chapter."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry.scalars import JSON

from schema.ground.connections import Connection
from schema.ground.fields import (
    Lookup,
    closed_set,
    column,
    connection,
    entity,
    extend,
    listed,
    lookup,
    one,
    record,
    value,
    where,
)
from schema.ground.inputs import DateTimeRange, ExternalIdInput, OrderDirection, StringFilter
from schema.ground.roots import Node, Query
from service.customers import reads, tables

closed_set(
    tables.LifecycleStage,
    "Where a customer stands in the relationship.",
    PROSPECT="Interested, has not bought yet.",
    ONBOARDING="Has just begun.",
    ACTIVE="A customer in regular standing.",
    AT_RISK="Likely to leave.",
    CHURNED="Has left.",
    WON_BACK="Had left and has returned.",
)


@record(tables.CustomerExternalId, name="CustomerExternalId", description="The name another system gave to a customer.")
class CustomerExternalId:
    """An external id of a customer."""

    system: str = column("The system that gave the name.")
    value: str = column("The name; no other customer has it in this system.")
    url: str | None = column("Where the other system shows the customer.")
    synced_at: datetime | None = column("When the other system was last heard of this customer.")


@record(tables.LifecycleChange, name="LifecycleChange", description="One step of a customer's lifecycle.")
class LifecycleChange:
    """A lifecycle step."""

    stage: tables.LifecycleStage = column("The stage that began.")
    changed_at: datetime = column("When it began.")
    actor: str = column("Who recorded it.")


@entity(reads.SEGMENT, description="A named group of customers.")
class Segment(Node):
    """A segment."""

    key: str = column("Its key, unique in the tenant.")
    name: str = column("Its name.")


@entity(reads.ACCOUNT, description="An organisation that customers belong to.")
class Account(Node):
    """An account."""

    name: str = column("Its name.")
    tier: str | None = column("Its commercial tier, in the tenant's own words.")
    version: int = column("Counts the changes of this account, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")


@entity(reads.CUSTOMER, description="A person the organisation serves.")
class Customer(Node):
    """A customer."""

    display_name: str | None = column("The name to show.")
    email: str | None = column("The e-mail address; several customers may share one.")
    phone: str | None = column("The telephone number, as it was given.")
    locale: str | None = column("The preferred language, as BCP 47 writes it.")
    time_zone: str | None = column("The IANA time zone.")
    lifecycle_stage: tables.LifecycleStage = column("Where the customer stands now.")
    attributes: JSON = column("Whatever else the tenant keeps, by its own names.")
    version: int = column("Counts the changes of this customer, from 1.")
    created_at: datetime = column("When the customer was first recorded.")
    updated_at: datetime = column("When the customer last changed.")
    external_ids: list[CustomerExternalId] = listed("The names other systems gave.", reads.external_ids_of_customer)
    account: Account | None = one("The organisation the customer belongs to.", reads.account_of_customer)
    merged_into: "Customer | None" = one("The customer this one turned out to be.", reads.survivor_of_customer)
    lifecycle: list[LifecycleChange] = listed("The lifecycle so far, earliest first.", reads.lifecycle_of_customer)
    segments: Connection[Segment] = connection("The segments the customer is in now.", reads.segments_of_customer)


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
    name: StringFilter | None = where("The display name.", reads.Where(reads.name_of))
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
    external_id: strawberry.Maybe[ExternalIdInput] = where("By the name another system gave.", reads.by_external_id)
    email: strawberry.Maybe[str] = where("By e-mail address; the one that changed last where several share it.")


@extend(Account)
class AccountCustomers:
    """What the account shows of its customers."""

    customers: Connection[Customer] = connection(
        "The customers that belong to it.", reads.customers_of_account, filter_by=CustomerFilter, order_by=CustomerOrder
    )


@extend(Segment)
class SegmentCustomers:
    """What the segment shows of its customers."""

    customers: Connection[Customer] = connection("The customers that are in it now.", reads.customers_of_segment)


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
