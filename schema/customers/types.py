"""How do customers look to a client? The types of the first chapter."""

from datetime import datetime

from strawberry.scalars import JSON

from schema.ground.connections import Connection
from schema.ground.fields import closed_set, column, connection, entity, listed, one, record
from schema.ground.roots import Node
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


@record(
    tables.CustomerExternalId,
    name="CustomerExternalId",
    description="The name another system gave to a customer.",
)
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
    external_ids: list[CustomerExternalId] = listed(
        "The names other systems gave.", reads.external_ids_of_customer
    )
    account: Account | None = one("The organisation the customer belongs to.", reads.account_of_customer)
    merged_into: "Customer | None" = one(
        "The customer this one turned out to be.", reads.survivor_of_customer
    )
    lifecycle: list[LifecycleChange] = listed(
        "The lifecycle so far, earliest first.", reads.lifecycle_of_customer
    )
    segments: Connection[Segment] = connection(
        "The segments the customer is in now.", reads.segments_of_customer
    )
    merges: list["CustomerMerge"] = listed(
        "The customers that turned out to be this one.", reads.merges_of_customer
    )


@entity(reads.CUSTOMER_MERGE, description="The record that two customers turned out to be one.")
class CustomerMerge(Node):
    """A merge."""

    merged: Customer | None = one("The customer that was merged.", reads.merged_customer)
    survivor: Customer | None = one(
        "The customer that everything belongs to since.", reads.surviving_customer
    )
    reason: str = column("Why they are the same.")
    actor: str = column("Who merged them.")
    merged_at: datetime = column("When they were merged.")
    unmerged_at: datetime | None = column("When that was undone; null while it stands.")
