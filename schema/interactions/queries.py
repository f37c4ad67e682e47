"""How are matters found? Filters, orders and the fields where reading them begins."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.customers.types import Customer
from schema.ground.connections import Connection
from schema.ground.fields import Field, Lookup, closed_set, connection, extend, lookup, value, where
from schema.ground.inputs import DateTimeRange, OrderDirection, StringFilter
from schema.ground.roots import Query
from schema.interactions import clock_words  # noqa: F401 - the closed sets must have their descriptions first
from schema.interactions.types import ContactReason, Interaction, InteractionEvent, Team
from schema.journeys.types import JourneyInstance
from schema.touchpoints.types import Touchpoint
from service.ground.reads import Many, Where, column
from service.interactions import reads, tables
from service.interactions.clocks import reads as clock_reads
from service.interactions.clocks import tables as clock_tables
from service.touchpoints.tables import Channel


class InteractionOrderField(Enum):
    """What matters can be sorted by."""

    OPENED_AT = "OPENED_AT"
    UPDATED_AT = "UPDATED_AT"


closed_set(
    InteractionOrderField,
    "What matters can be sorted by.",
    OPENED_AT="When they began.",
    UPDATED_AT="When they last changed.",
)


@strawberry.input(description="How matters are sorted.")
class InteractionOrder:
    """A sort order."""

    field: InteractionOrderField = value("What to sort by.")
    direction: OrderDirection = value("Which end comes first.", default=OrderDirection.DESC)


@strawberry.input(description="Which matters; all fields that are given must hold.")
class InteractionFilter:
    """A filter of matters."""

    and_: list["InteractionFilter"] | None = where("All of these hold.", name="and")
    or_: list["InteractionFilter"] | None = where("At least one of these holds.", name="or")
    not_: "InteractionFilter | None" = where("This does not hold.", name="not")
    ids: list[strawberry.ID] | None = where("One of these matters.", reads.by_id)
    source: StringFilter | None = where("The system that has it.")
    key: StringFilter | None = where("Its key in that system; ask for the source too.")
    status: list[tables.InteractionStatus] | None = where("In one of these states.")
    priority: list[tables.Priority] | None = where("Of one of these priorities.")
    channel: list[Channel] | None = where("Came by one of these ways.")
    customer: strawberry.ID | None = where("Of this customer.", reads.by_customer)
    team_id: strawberry.ID | None = where("With this team now.", reads.by_team)
    team_key: str | None = where("With the team with this key now.", reads.by_team_key)
    contact_reason_id: strawberry.ID | None = where("Mainly about this.", reads.by_reason)
    contact_reason_key: str | None = where("Mainly about the reason with this key.", reads.by_reason_key)
    touchpoint: strawberry.ID | None = where("Arose at this touchpoint.", reads.by_touchpoint)
    journey_instance: strawberry.ID | None = where("Arose on this way through a journey.", reads.by_instance)
    opened_at: DateTimeRange | None = where("Opened within.")
    updated_at: DateTimeRange | None = where("Last changed within.")
    resolved: bool | None = where("Whether it is settled, by the latest resolution.", reads.resolved)
    reopened: bool | None = where("Whether it was ever reopened.", reads.reopened)
    sla_met: bool | None = where("Whether it was served as promised.")
    clock_state: list[clock_tables.ClockState] | None = where(
        "A clock, the latest of its target, is in one of these states.", clock_reads.clock_state
    )
    due_before: datetime | None = where("A running clock is due before this moment.", clock_reads.due_before)
    breached: bool | None = where("Whether any of its clocks was ever breached.", clock_reads.breached)


@strawberry.input(description="Which entries of ledgers; all fields that are given must hold.")
class InteractionEventFilter:
    """A filter of ledger entries."""

    and_: list["InteractionEventFilter"] | None = where("All of these hold.", name="and")
    or_: list["InteractionEventFilter"] | None = where("At least one of these holds.", name="or")
    not_: "InteractionEventFilter | None" = where("This does not hold.", name="not")
    type: list[tables.LedgerType] | None = where("Of one of these types.")
    interaction: strawberry.ID | None = where("In the ledger of this matter.", reads.by_interaction)
    occurred_at: DateTimeRange | None = where("Happened within.")


@strawberry.input(description="Which contact reasons; all fields that are given must hold.")
class ContactReasonFilter:
    """A filter of contact reasons."""

    and_: list["ContactReasonFilter"] | None = where("All of these hold.", name="and")
    or_: list["ContactReasonFilter"] | None = where("At least one of these holds.", name="or")
    not_: "ContactReasonFilter | None" = where("This does not hold.", name="not")
    key: StringFilter | None = where("The key.")
    kind: list[tables.ReasonKind] | None = where("Of one of these kinds.")
    parent_key: str | None = where("Directly beneath the reason with this key.", reads.reasons_by_parent_key)
    retired: bool | None = where("Whether it has a day of retirement.", reads.retired)


def _matters(description: str, read: Many) -> Field:
    """Declare an edge to matters, with their filter and orders."""
    return connection(description, read, filter_by=InteractionFilter, order_by=InteractionOrder)


@extend(Interaction)
class InteractionLedger:
    """What a matter shows of its ledger."""

    events: Connection[InteractionEvent] = connection(
        "Its whole ledger, from the beginning.",
        reads.events_of_interaction,
        filter_by=InteractionEventFilter,
    )
    messages: Connection[InteractionEvent] = connection(
        "The messages of its ledger, from the beginning.", reads.messages_of_interaction
    )


@extend(Customer)
class CustomerInteractions:
    """What a customer shows of their matters."""

    interactions: Connection[Interaction] = _matters("Their matters.", reads.interactions_of_customer)


@extend(Team)
class TeamInteractions:
    """What a team shows of its matters."""

    interactions: Connection[Interaction] = _matters("The matters it has now.", reads.interactions_of_team)


@extend(ContactReason)
class ContactReasonInteractions:
    """What a contact reason shows of its matters."""

    interactions: Connection[Interaction] = _matters(
        "The matters that are mainly about it.", reads.interactions_of_reason
    )


@extend(Touchpoint)
class TouchpointInteractions:
    """What a touchpoint shows of its matters."""

    interactions: Connection[Interaction] = _matters(
        "The matters that arose at it.", reads.interactions_of_touchpoint
    )


@extend(JourneyInstance)
class JourneyInstanceInteractions:
    """What a way through a journey shows of its matters."""

    interactions: Connection[Interaction] = _matters(
        "The matters that arose on it.", reads.interactions_of_instance
    )


@extend(Query)
class InteractionQueries:
    """Where reading matters begins."""

    interaction: Interaction | None = lookup(
        "One matter; null where there is none.",
        Lookup(tables.Interaction, id=reads.by_id),
        {"id": (strawberry.ID, "Its id.")},
    )
    interactions: Connection[Interaction] = _matters("All matters.", reads.INTERACTIONS)
    interaction_events: Connection[InteractionEvent] = connection(
        "The entries of all ledgers, the latest first.",
        reads.INTERACTION_EVENTS,
        filter_by=InteractionEventFilter,
    )
    team: Team | None = lookup(
        "One team; null where there is none.",
        Lookup(tables.Team, key=Where(column("key"))),
        {"key": (str, "Its key.")},
    )
    teams: Connection[Team] = connection("All teams, by key.", reads.TEAMS)
    contact_reason: ContactReason | None = lookup(
        "One contact reason; null where there is none.",
        Lookup(tables.ContactReason, key=Where(column("key"))),
        {"key": (str, "Its key.")},
    )
    contact_reasons: Connection[ContactReason] = connection(
        "All contact reasons, by key.", reads.CONTACT_REASONS, filter_by=ContactReasonFilter
    )
