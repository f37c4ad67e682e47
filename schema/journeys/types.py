"""How do journeys look to a client? The types of the second chapter."""

from datetime import datetime

from schema.customers.types import Customer
from schema.ground.fields import closed_set, column, entity, listed, one, record
from schema.ground.roots import Node
from schema.ground.transitions import AllowedTransition, StateChange, allowed_transitions, history
from service.journeys import machine, reads, tables

closed_set(
    tables.JourneyStatus,
    "What an edition of a journey is good for.",
    DRAFT="Being designed; nobody goes through it yet.",
    PUBLISHED="In use; it does not change any more.",
    ARCHIVED="Used no more; ways through it that have begun go on.",
)
closed_set(
    tables.StageKind,
    "Which part of the relationship a stage belongs to.",
    AWARENESS="Hears of the organisation.",
    CONSIDERATION="Compares and decides.",
    ACQUISITION="Buys, or comes to where it is served.",
    ONBOARDING="Learns how it works.",
    USE="Uses what was bought.",
    SERVICE="Is helped.",
    RETENTION="Stays, or is kept.",
    ADVOCACY="Tells others.",
)
closed_set(
    tables.InstanceStatus,
    "How one customer's way through a journey stands.",
    ACTIVE="The customer is on the way.",
    COMPLETED="The customer has reached the end.",
    ABANDONED="The customer has left the journey before its end.",
)


@entity(
    reads.JOURNEY, description="One edition of a designed journey: its stages in order and what they promise."
)
class Journey(Node):
    """An edition of a journey."""

    key: str = column("Its key; all editions of the journey have it.")
    edition: int = column("Counts the editions of this journey, from 1.")
    name: str = column("Its name.")
    description: str | None = column("What it covers.")
    brand_promise: str | None = column("What the organisation promises those who go through it.")
    goal: str | None = column("What the customer wants to have reached at its end.")
    owner: str | None = column("The person or function that answers for it.")
    status: tables.JourneyStatus = column("What this edition is good for.")
    version: int = column("Counts the changes of this edition, from 1.")
    published_at: datetime | None = column("When this edition was published; null while it never was.")
    created_at: datetime = column("When this edition was begun.")
    updated_at: datetime = column("When it last changed.")
    stages: list["JourneyStage"] = listed("Its stages, in order.", reads.stages_of_journey)
    allowed_transitions: list[AllowedTransition] = allowed_transitions(machine.JOURNEY)
    history: list[StateChange] = history()


@entity(reads.STAGE, description="One stage of one edition of a journey.")
class JourneyStage(Node):
    """A stage."""

    key: str = column("Its key, unique in its edition; a next edition may use it for the same stage.")
    name: str = column("Its name.")
    kind: tables.StageKind = column("Which part of the relationship it belongs to.")
    position: int = column("Its place in the journey, from 1.")
    target_seconds: int | None = column("How long a customer should stay at most, in seconds.")
    journey: Journey = one("The edition it belongs to.", reads.journey_of_stage)


@record(tables.StageVisit, name="StageVisit", description="One stay of a customer in a stage.")
class StageVisit:
    """A stay."""

    stage: JourneyStage = one("The stage.", reads.stage_of_visit)
    entered_at: datetime = column("When the customer came.")
    exited_at: datetime | None = column("When the customer left; null while still there.")


@entity(reads.INSTANCE, description="One customer's way through one edition of a journey.")
class JourneyInstance(Node):
    """A way through a journey."""

    journey: Journey = one("The edition the customer goes through.", reads.journey_of_instance)
    customer: Customer | None = one("Who goes through it.", reads.customer_of_instance)
    status: tables.InstanceStatus = column("How it stands.")
    current_stage: JourneyStage = one(
        "Where the customer is, or was at the end.", reads.current_stage_of_instance
    )
    started_at: datetime = column("When it began.")
    ended_at: datetime | None = column("When it ended; null while it goes on.")
    end_reason: str | None = column("Why it ended as it did.")
    version: int = column("Counts the changes of this instance, from 1.")
    created_at: datetime = column("When it was first recorded.")
    updated_at: datetime = column("When it last changed.")
    stage_visits: list[StageVisit] = listed(
        "The stages so far, as they were entered.", reads.visits_of_instance
    )
    allowed_transitions: list[AllowedTransition] = allowed_transitions(machine.INSTANCE)
    history: list[StateChange] = history()
