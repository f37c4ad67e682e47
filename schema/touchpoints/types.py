"""How do touchpoints look to a client? The types of the third chapter."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from schema.customers.types import Customer
from schema.ground.fields import closed_set, column, entity, nested, one
from schema.ground.roots import Node
from schema.journeys.types import JourneyInstance
from service.touchpoints import reads, tables

closed_set(
    tables.Channel,
    "By which way customer and organisation meet.",
    WEB="A website.",
    APP="An app.",
    EMAIL="E-mail.",
    CHAT="Chat or messenger.",
    PHONE="Telephone.",
    SMS="Text message.",
    SOCIAL="A social network or review site.",
    IN_STORE="In person, at a place.",
    LETTER="A letter on paper.",
    SURVEY="A questionnaire.",
    API="From system to system.",
    OTHER="Any other way, or an unknown one.",
)
closed_set(
    tables.Medium,
    "Who or what the customer meets at a touchpoint.",
    DIGITAL="Something on a screen.",
    PHYSICAL="A place or a thing.",
    HUMAN="A person of the organisation.",
    PARTNER="Another organisation, on behalf of this one.",
)
closed_set(
    tables.StandardMeasure,
    "What a service standard measures.",
    SECONDS="A time in seconds; the standard is met up to the threshold.",
    SCORE="A score; the standard is met from the threshold on.",
)
closed_set(
    tables.Unmatched,
    "Which references of an event name nothing that is known yet.",
    CUSTOMER="The customer.",
    TOUCHPOINT="The touchpoint.",
    BOTH="The customer and the touchpoint.",
)


@entity(reads.TOUCHPOINT, description="A place where customers meet the organisation.")
class Touchpoint(Node):
    """A touchpoint."""

    key: str = column("Its key, unique in the tenant.")
    name: str = column("Its name.")
    channel: tables.Channel = column("The way by which customers come there.")
    medium: tables.Medium = column("Who or what they meet there.")
    owner: str | None = column("The person or function that answers for it.")
    moment_of_truth: bool = column("Whether the whole experience depends on it.")
    standard: str | None = column("What is promised there, in words.")
    standard_measure: tables.StandardMeasure | None = column("What tells whether the promise is kept.")
    standard_threshold: float | None = column("The most seconds, or the least score, that keep the promise.")
    version: int = column("Counts the changes of this touchpoint, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")


@strawberry.type(description="Somebody an event names who is not known yet.")
class UnmatchedCustomer:
    """A customer's name as it was sent."""

    system: str | None = column(
        "The system that gave the name; null for an e-mail address.",
        reads.unmatched_system,
    )
    value: str = column("The name, or the address.", reads.unmatched_value)


@entity(reads.TOUCHPOINT_EVENT, description="Something that happened to somebody at a touchpoint.")
class TouchpointEvent(Node):
    """An event."""

    source: str = column("The system that told of it.")
    key: str = column("Its key, unique in its source.")
    type: str = column("What happened, in the source's own words.")
    channel: tables.Channel = column("The way by which it happened.")
    customer: Customer | None = one(
        "To whom; null where nobody was named, or nobody known.", reads.customer_of_event
    )
    touchpoint: Touchpoint | None = one(
        "Where; null where none was named, or none that is known.", reads.touchpoint_of_event
    )
    journey_instance: JourneyInstance | None = one(
        "The way through a journey that it belongs to.", reads.instance_of_event
    )
    unmatched: tables.Unmatched | None = column("What it names that is not known yet; null for nothing.")
    unmatched_customer: UnmatchedCustomer | None = nested(
        "Whom it names who is not known yet.", reads.unmatched_customer
    )
    unmatched_touchpoint_key: str | None = column("The key of the touchpoint it names that is not known yet.")
    properties: JSON = column("Whatever else the source told, by its own names.")
    measured: float | None = column("What the touchpoint's standard measures: seconds, or a score.")
    standard_met: bool | None = column("Whether the promise was kept; null where that cannot be told.")
    occurred_at: datetime = column("When it happened.")
    recorded_at: datetime = column("When it was recorded here.")
