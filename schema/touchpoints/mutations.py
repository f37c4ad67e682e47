"""How do clients write touchpoints? They keep the catalogue, place it in journeys, and tell what happened."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from schema.customers.queries import CustomerRef
from schema.customers.references import customer_ref
from schema.ground import ids
from schema.ground.batches import BatchInput, BatchPayload, BatchRow, errors_of, summary_of
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.patches import given
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.journeys.types import Journey
from schema.touchpoints.types import Touchpoint, TouchpointEvent
from service import touchpoints
from service.ground.batches import Outcome
from service.ground.scopes import Scope
from service.journeys.reads import INSTANCE
from service.touchpoints import tables

COLUMNS = (
    "name",
    "channel",
    "medium",
    "owner",
    "moment_of_truth",
    "standard",
    "standard_measure",
    "standard_threshold",
)


@strawberry.input(
    description="What is to be true of a touchpoint; fields that are absent keep what they are."
)
class TouchpointUpsertInput:
    """A touchpoint to create or change."""

    key: str = value("Its key; created if there is none with it.")
    name: strawberry.Maybe[str] = value("Its name; a new touchpoint needs one.")
    channel: strawberry.Maybe[tables.Channel] = value("How it is reached; a new touchpoint needs one.")
    medium: strawberry.Maybe[tables.Medium] = value("Who or what is met; a new touchpoint needs one.")
    owner: strawberry.Maybe[str | None] = value("Who answers for it; null clears it.")
    moment_of_truth: strawberry.Maybe[bool] = value("Whether the whole experience depends on it.")
    standard: strawberry.Maybe[str | None] = value("What is promised there, in words; null clears it.")
    standard_measure: strawberry.Maybe[tables.StandardMeasure | None] = value(
        "What tells whether the promise is kept; null clears it."
    )
    standard_threshold: strawberry.Maybe[float | None] = value(
        "The most seconds, or the least score, that keep the promise; null clears it."
    )
    expected_version: int | None = value("Refuse if it has changed since this version.", default=None)


@strawberry.input(description="The touchpoints of one stage.")
class StageTouchpointsInput:
    """A stage and its touchpoints."""

    stage_key: str = value("The stage.")
    touchpoint_keys: list[str] = value("All its touchpoints, in order.")


@strawberry.input(description="Where touchpoints have their places in a journey's draft.")
class TouchpointPlaceInput:
    """Places in a draft."""

    journey_key: str = value("The journey; its draft is changed.")
    stages: list[StageTouchpointsInput] = value("The stages that change; others keep their touchpoints.")
    expected_version: int | None = value("Refuse if the draft has changed since this version.", default=None)


@strawberry.input(description="Something that happened at a touchpoint.")
class TouchpointEventInput:
    """An event."""

    key: str = value("Names the event once and for ever within its source; sent again, it is a duplicate.")
    type: str = value("What happened, in the source's own words.")
    occurred_at: datetime = value("When it happened.")
    channel: tables.Channel | None = value(
        "How; where absent the touchpoint's own channel, or OTHER without one.", default=None
    )
    customer: CustomerRef | None = value(
        "To whom; a name that is not known yet is kept until it is.", default=None
    )
    touchpoint_key: str | None = value(
        "Where; a key that is not known yet is kept until it is.", default=None
    )
    journey_instance: strawberry.ID | None = value(
        "The way through a journey that it belongs to; it names the customer too.", default=None
    )
    properties: JSON | None = value("An object of whatever else is known.", default=None)
    measured: float | None = value(
        "What the touchpoint's standard measures: seconds, or a score.", default=None
    )
    standard_met: bool | None = value(
        "Whether the promise was kept; where absent, `measured` tells.", default=None
    )


@strawberry.input(description="Up to 1,000 events of one source.")
class TouchpointEventIngestInput(BatchInput):
    """A batch of events."""

    source: str = value("The system that tells of them.")
    events: list[TouchpointEventInput] = value("The events.")
    silent: bool = value(
        "Announce nothing: for events of the past that are only brought over.", default=False
    )


@strawberry.input(description="How much to match again.")
class TouchpointEventsReattributeInput:
    """A bound."""

    limit: int = value("How many events at most, 1 to 1,000.", default=1000)


@strawberry.type(description="What an upsert of a touchpoint did.")
class TouchpointUpsertPayload(Payload):
    """The answer to an upsert."""

    touchpoint: Touchpoint | None = value("The touchpoint, as it is now.", default=None)
    outcome: Outcome | None = value("Whether it was created, changed, or already like this.", default=None)


@strawberry.type(description="What placing touchpoints did.")
class TouchpointPlacePayload(Payload):
    """The answer to a placement."""

    journey: Journey | None = value("The draft, as it is now.", default=None)


@strawberry.type(description="What became of one event of a batch.")
class TouchpointEventIngestRow(BatchRow):
    """One row's result."""

    event: TouchpointEvent | None = value("The event; null where nothing is kept.", default=None)


@strawberry.type(description="What a batch of events did.")
class TouchpointEventIngestPayload(BatchPayload):
    """The answer to a batch."""

    results: list[TouchpointEventIngestRow] = strawberry.field(
        description="One a row, in order.", default_factory=list
    )


@strawberry.type(description="What matching again did.")
class TouchpointEventsReattributePayload(Payload):
    """The answer to a reattribution."""

    reattributed: int | None = value(
        "How many events were matched; as many as the limit: ask again.", default=None
    )


def _occurrence(sent: TouchpointEventInput, number: int) -> touchpoints.Occurrence:
    """Return what the service is to keep."""
    field = ("events", number)
    return touchpoints.Occurrence(
        key=sent.key,
        type=sent.type,
        occurred_at=sent.occurred_at,
        channel=sent.channel,
        customer=customer_ref(sent.customer, *field, "customer") if sent.customer else None,
        touchpoint_key=sent.touchpoint_key,
        journey_instance_id=ids.decode_optional(sent.journey_instance, INSTANCE, *field, "journeyInstance"),
        properties={} if sent.properties is None else sent.properties,
        measured=sent.measured,
        standard_met=sent.standard_met,
    )


@extend(Mutation)
class TouchpointMutations:
    """The writes of the third chapter that design."""

    @mutation(Scope.TOUCHPOINTS_DESIGN, description="Create or change a touchpoint by its key.")
    async def touchpoint_upsert(
        self,
        info: Info,
        input: TouchpointUpsertInput,  # noqa: A002
    ) -> TouchpointUpsertPayload:
        """Upsert one touchpoint."""
        patch = touchpoints.TouchpointPatch(input.key, given(input, COLUMNS), input.expected_version)
        id_, outcome = await touchpoints.upsert(info.context.session, patch)
        return TouchpointUpsertPayload(touchpoint=node(Touchpoint, id_), outcome=outcome)

    @mutation(
        Scope.TOUCHPOINTS_DESIGN,
        description="Let stages of a journey's draft have exactly these touchpoints.",
    )
    async def touchpoint_place(self, info: Info, input: TouchpointPlaceInput) -> TouchpointPlacePayload:  # noqa: A002
        """Place touchpoints."""
        places = [touchpoints.StagePlaces(one.stage_key, tuple(one.touchpoint_keys)) for one in input.stages]
        version = input.expected_version
        id_ = await touchpoints.place(
            info.context.session, input.journey_key, places, expected_version=version
        )
        return TouchpointPlacePayload(journey=node(Journey, id_))


@extend(Mutation)
class TouchpointEventMutations:
    """The writes of the third chapter that record."""

    @mutation(
        Scope.TOUCHPOINTS_WRITE,
        description="Record up to 1,000 events of one source, each once, with a result for each.",
    )
    async def touchpoint_event_ingest(
        self,
        info: Info,
        input: TouchpointEventIngestInput,  # noqa: A002
    ) -> TouchpointEventIngestPayload:
        """Ingest a batch."""
        results = await touchpoints.ingest(
            info.context.session,
            input.source,
            [_occurrence(sent, n) for n, sent in enumerate(input.events)],
            input.error_policy,
            dry_run=input.dry_run,
            silent=input.silent,
        )
        rows = [
            TouchpointEventIngestRow(
                index=r.index,
                outcome=r.outcome,
                user_errors=errors_of(r),
                event=node(TouchpointEvent, r.id),
            )
            for r in results
        ]
        return TouchpointEventIngestPayload(results=rows, summary=summary_of(results))

    @mutation(
        Scope.TOUCHPOINTS_DESIGN, description="Match events again whose customer or touchpoint was not known."
    )
    async def touchpoint_events_reattribute(
        self,
        info: Info,
        input: TouchpointEventsReattributeInput,  # noqa: A002
    ) -> TouchpointEventsReattributePayload:
        """Match again."""
        count = await touchpoints.reattribute(info.context.session, input.limit)
        return TouchpointEventsReattributePayload(reattributed=count)
