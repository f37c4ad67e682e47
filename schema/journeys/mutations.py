"""How do clients write journeys? They design editions, and follow customers through them."""

from datetime import datetime

import strawberry

from schema.customers.queries import CustomerRef
from schema.customers.references import customer_ref
from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.patches import given
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.journeys.types import Journey, JourneyInstance
from service import customers, journeys
from service.ground.batches import Outcome
from service.ground.scopes import Scope
from service.journeys import reads, tables

COLUMNS = ("name", "description", "brand_promise", "goal", "owner")


@strawberry.input(description="A stage as it is to be.")
class JourneyStageInput:
    """A stage."""

    key: str = value("Its key; a stage of the draft that has it already stays the same stage.")
    name: str = value("Its name.")
    kind: tables.StageKind = value("Which part of the relationship it belongs to.")
    target_seconds: int | None = value("How long a customer should stay at most, in seconds.", default=None)


@strawberry.input(
    description="What is to be true of a journey's draft; fields that are absent keep what they are."
)
class JourneySaveInput:
    """A draft to begin or to change."""

    key: str = value("The journey's key. Where its newest edition is no draft, its next edition begins.")
    name: strawberry.Maybe[str] = value("Its name; a new journey needs one.")
    description: strawberry.Maybe[str | None] = value("What it covers; null clears it.")
    brand_promise: strawberry.Maybe[str | None] = value(
        "What those who go through it are promised; null clears it."
    )
    goal: strawberry.Maybe[str | None] = value("What the customer wants to have reached; null clears it.")
    owner: strawberry.Maybe[str | None] = value("Who answers for it; null clears it.")
    stages: strawberry.Maybe[list[JourneyStageInput]] = value("All its stages, in order; at most 50.")
    expected_version: int | None = value("Refuse if the newest edition has another version.", default=None)


@strawberry.input(description="The draft to publish.")
class JourneyPublishInput:
    """A draft."""

    journey: strawberry.ID = value("The draft.")
    expected_version: int | None = value("Refuse if it has changed since this version.", default=None)


@strawberry.input(description="The edition to archive.")
class JourneyArchiveInput:
    """An edition."""

    journey: strawberry.ID = value("The edition.")
    reason: str | None = value("Why it is used no more.", default=None)
    expected_version: int | None = value("Refuse if it has changed since this version.", default=None)


@strawberry.input(description="A customer who begins a journey.")
class JourneyInstanceStartInput:
    """A beginning."""

    customer: CustomerRef = value("Who begins it.")
    journey_key: str = value("The journey; its published edition is gone through.")
    stage_key: str | None = value("Where it begins; the first stage where absent.", default=None)
    at: datetime | None = value("When it began; now where absent.", default=None)


@strawberry.input(description="A step from stage to stage.")
class JourneyInstanceAdvanceInput:
    """A step."""

    instance: strawberry.ID = value("The way through the journey.")
    stage_key: str = value("The stage that is entered, later or earlier in the same edition.")
    at: datetime | None = value("When it was entered; now where absent.", default=None)
    expected_version: int | None = value(
        "Refuse if the instance has changed since this version.", default=None
    )


@strawberry.input(description="The end of a customer's way through a journey.")
class JourneyInstanceEndInput:
    """An end."""

    instance: strawberry.ID = value("The way through the journey.")
    to: tables.InstanceStatus = value("How it ended: COMPLETED or ABANDONED.")
    reason: str | None = value("Why it ended so.", default=None)
    at: datetime | None = value("When it ended; now where absent.", default=None)
    expected_version: int | None = value(
        "Refuse if the instance has changed since this version.", default=None
    )


@strawberry.type(description="What saving a journey did.")
class JourneySavePayload(Payload):
    """The answer to a save."""

    journey: Journey | None = value("The draft, as it is now.", default=None)
    outcome: Outcome | None = value(
        "Whether an edition began, changed, or already was like this.", default=None
    )


@strawberry.type(description="What a step of a journey did.")
class JourneyPayload(Payload):
    """The answer to a step."""

    journey: Journey | None = value("The edition, as it is now.", default=None)


@strawberry.type(description="What a step of a customer's way did.")
class JourneyInstancePayload(Payload):
    """The answer to a step."""

    instance: JourneyInstance | None = value("The way through the journey, as it is now.", default=None)


def _design(sent: JourneySaveInput) -> journeys.JourneyDesign:
    stages = None
    if sent.stages:
        stages = tuple(
            journeys.StageDesign(stage.key, stage.name, stage.kind, stage.target_seconds)
            for stage in sent.stages.value
        )
    return journeys.JourneyDesign(sent.key, given(sent, COLUMNS), stages, sent.expected_version)


@extend(Mutation)
class JourneyMutations:
    """The writes of the second chapter that design."""

    @mutation(Scope.JOURNEYS_DESIGN, description="Begin or change the draft of a journey.")
    async def journey_save(self, info: Info, input: JourneySaveInput) -> JourneySavePayload:  # noqa: A002
        """Save a draft."""
        id_, outcome = await journeys.save(info.context.session, _design(input))
        return JourneySavePayload(journey=node(Journey, id_), outcome=outcome)

    @mutation(
        Scope.JOURNEYS_WRITE,
        description="Publish a draft; it does not change afterwards, and the one before is archived.",
    )
    async def journey_publish(self, info: Info, input: JourneyPublishInput) -> JourneyPayload:  # noqa: A002
        """Publish a draft."""
        id_ = ids.decode(input.journey, reads.JOURNEY, "journey")
        await journeys.publish(info.context.session, id_, expected_version=input.expected_version)
        return JourneyPayload(journey=node(Journey, id_))

    @mutation(Scope.JOURNEYS_DESIGN, description="Let an edition be used no more.")
    async def journey_archive(self, info: Info, input: JourneyArchiveInput) -> JourneyPayload:  # noqa: A002
        """Archive an edition."""
        id_ = ids.decode(input.journey, reads.JOURNEY, "journey")
        version = input.expected_version
        await journeys.archive(info.context.session, id_, reason=input.reason, expected_version=version)
        return JourneyPayload(journey=node(Journey, id_))


@extend(Mutation)
class JourneyInstanceMutations:
    """The writes of the second chapter that follow a customer."""

    @mutation(Scope.JOURNEYS_WRITE, description="Let a customer begin a journey.")
    async def journey_instance_start(
        self,
        info: Info,
        input: JourneyInstanceStartInput,  # noqa: A002
    ) -> JourneyInstancePayload:
        """Begin."""
        session = info.context.session
        ref = customer_ref(input.customer, "customer")
        customer_id = await customers.require(session, ref, "customer")
        id_ = await journeys.start(
            session, customer_id, input.journey_key, stage_key=input.stage_key, at=input.at
        )
        return JourneyInstancePayload(instance=node(JourneyInstance, id_))

    @mutation(
        Scope.JOURNEYS_WRITE,
        description="Let a customer enter another stage, which ends the visit to the one before.",
    )
    async def journey_instance_advance(
        self,
        info: Info,
        input: JourneyInstanceAdvanceInput,  # noqa: A002
    ) -> JourneyInstancePayload:
        """Go on."""
        id_ = ids.decode(input.instance, reads.INSTANCE, "instance")
        occasion = journeys.Occasion(input.at, input.expected_version)
        await journeys.advance(info.context.session, id_, input.stage_key, occasion)
        return JourneyInstancePayload(instance=node(JourneyInstance, id_))

    @mutation(Scope.JOURNEYS_WRITE, description="End a customer's way through a journey.")
    async def journey_instance_end(
        self,
        info: Info,
        input: JourneyInstanceEndInput,  # noqa: A002
    ) -> JourneyInstancePayload:
        """End it."""
        id_ = ids.decode(input.instance, reads.INSTANCE, "instance")
        occasion = journeys.Occasion(input.at, input.expected_version)
        await journeys.end(info.context.session, id_, input.to, occasion, reason=input.reason)
        return JourneyInstancePayload(instance=node(JourneyInstance, id_))
