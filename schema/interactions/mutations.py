"""How do clients write matters? They log them, add messages, assign them, move them on and correct them."""

from datetime import datetime
from uuid import UUID

import strawberry

from schema.customers.queries import CustomerRef
from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.patches import given
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.interactions.references import ContactReasonRef, TeamRef, reason_ref, refs
from schema.interactions.types import Interaction, InteractionEvent
from service import interactions
from service.ground.scopes import Scope
from service.interactions import reads, tables
from service.journeys.reads import INSTANCE
from service.touchpoints.tables import Channel


@strawberry.input(description="A matter that begins.")
class InteractionLogInput:
    """A matter to open."""

    channel: Channel = value("The way by which it came.")
    customer: CustomerRef | None = value("Whose matter it is; absent where nobody knows.", default=None)
    subject: str | None = value("What it is about, in a line.", default=None)
    message: str | None = value(
        "What the customer wrote or said; of a proactive matter, the agent.", default=None
    )
    priority: tables.Priority = value("How soon it needs attention.", default=tables.Priority.NORMAL)
    origin: tables.Origin = value("Who made the first step.", default=tables.Origin.REACTIVE)
    contact_reason: ContactReasonRef | None = value("What it is mainly about.", default=None)
    team: TeamRef | None = value("The team that has it from the beginning.", default=None)
    assignee: str | None = value("The agent who has it from the beginning.", default=None)
    touchpoint_key: str | None = value("The key of the touchpoint where it arose.", default=None)
    journey_instance: strawberry.ID | None = value(
        "The way through a journey in which it arose.", default=None
    )
    source: str | None = value("The system that has it; given together with its key there.", default=None)
    key: str | None = value("Its key in that system; absent for a matter that begins here.", default=None)
    opened_at: datetime | None = value("When it began, if not now; not in the future.", default=None)


@strawberry.input(description="Something that was written or said in a matter.")
class InteractionMessageAddInput:
    """A message."""

    interaction_id: strawberry.ID = value("The matter.")
    body: str = value("The words.")
    actor_kind: tables.Party = value("Whose words they are.", default=tables.Party.AGENT)
    actor: str | None = value(
        "The author's name; by default whoever records a message that is not the customer's.", default=None
    )
    visibility: tables.Visibility = value("Who may read it.", default=tables.Visibility.PUBLIC)
    occurred_at: datetime | None = value("When it was said, if not now.", default=None)
    expected_version: int | None = value("Refuse if the matter has changed since this version.", default=None)


@strawberry.input(description="What a telephone or chat system tells of a customer's way to a person.")
class InteractionPassageRecordInput:
    """A part of the way."""

    interaction_id: strawberry.ID = value("The matter.")
    kind: interactions.PassageKind = value("What happened.")
    team: TeamRef | None = value("The team that is waited for.", default=None)
    occurred_at: datetime | None = value("When it happened, if not now.", default=None)
    handle_seconds: int | None = value(
        "With HANDLED, and only then: for how many seconds the agent was busy, talk, hold and work after it.",
        default=None,
    )
    expected_version: int | None = value("Refuse if the matter has changed since this version.", default=None)


@strawberry.input(description="A step of a matter from one status to another.")
class InteractionTransitionInput:
    """A step."""

    interaction_id: strawberry.ID = value("The matter.")
    to: tables.InteractionStatus = value("The status it leads to; see `allowedTransitions`.")
    reason: str | None = value("Why; kept in the ledger, for the organisation's own eyes.", default=None)
    contact_reason: ContactReasonRef | None = value(
        "What it was mainly about; a resolution needs one.", default=None
    )
    team: TeamRef | None = value("The team that goes on with it.", default=None)
    assignee: str | None = value("The agent who goes on with it.", default=None)
    expected_version: int | None = value("Refuse if the matter has changed since this version.", default=None)


@strawberry.input(description="Who is to have a matter; a team, an agent, or both.")
class InteractionAssignInput:
    """An assignment."""

    interaction_id: strawberry.ID = value("The matter.")
    team: TeamRef | None = value(
        "The team; without an assignee, the one there was is taken off.", default=None
    )
    assignee: str | None = value("The agent; without a team, the matter stays with its own.", default=None)
    expected_version: int | None = value("Refuse if the matter has changed since this version.", default=None)


@strawberry.input(description="What is to be true of a matter; fields that are absent keep what they are.")
class InteractionUpdateInput:
    """A correction."""

    interaction_id: strawberry.ID = value("The matter.")
    subject: strawberry.Maybe[str | None] = value("What it is about, in a line; null clears it.")
    priority: strawberry.Maybe[tables.Priority] = value("How soon it needs attention.")
    sla_met: strawberry.Maybe[bool | None] = value("Whether it was served as promised; null: not known.")
    customer: strawberry.Maybe[CustomerRef | None] = value("Whose matter it is; null: nobody knows.")
    contact_reason: strawberry.Maybe[ContactReasonRef | None] = value(
        "What it is mainly about; null clears it."
    )
    secondary_reasons: list[ContactReasonRef] | None = value("All that it is also about.", default=None)
    touchpoint_key: strawberry.Maybe[str | None] = value("Where it arose; null clears it.")
    journey_instance: strawberry.Maybe[strawberry.ID | None] = value("On which way it arose; null clears it.")
    expected_version: int | None = value("Refuse if the matter has changed since this version.", default=None)


@strawberry.type(description="A matter as it is after a write.")
class InteractionPayload(Payload):
    """The answer to most writes of a matter."""

    interaction: Interaction | None = value("The matter, as it is now.", default=None)


@strawberry.type(description="A matter and the message that was added to it.")
class InteractionMessagePayload(Payload):
    """The answer to a message."""

    interaction: Interaction | None = value("The matter, as it is now.", default=None)
    event: InteractionEvent | None = value("The message's entry in the ledger.", default=None)


@strawberry.type(description="A matter and what was recorded of the way to a person.")
class InteractionPassagePayload(Payload):
    """The answer to a part of the way."""

    interaction: Interaction | None = value("The matter, as it is now.", default=None)
    event: InteractionEvent | None = value("Its entry in the ledger.", default=None)


def _matter(sent: InteractionLogInput) -> interactions.Matter:
    return interactions.Matter(
        channel=sent.channel,
        refs=refs(sent.customer, sent.contact_reason, sent.team, sent.touchpoint_key),
        subject=sent.subject,
        message=sent.message,
        priority=sent.priority,
        origin=sent.origin,
        source=sent.source,
        key=sent.key,
        assignee=sent.assignee,
        opened_at=sent.opened_at,
        journey_instance_id=ids.decode_optional(sent.journey_instance, INSTANCE, "journeyInstance"),
    )


def _correction(sent: InteractionUpdateInput) -> interactions.Correction:
    """Return what the service is to make true; what is cleared is a value, what is named a reference."""
    values = dict(given(sent, ("subject", "priority", "sla_met")))
    if sent.journey_instance:
        instance = sent.journey_instance.value
        values["journey_instance_id"] = ids.decode_optional(instance, INSTANCE, "journeyInstance")
    named = given(sent, ("customer", "contact_reason", "touchpoint_key"))
    columns = {
        "customer": "customer_id",
        "contact_reason": "contact_reason_id",
        "touchpoint_key": "touchpoint_id",
    }
    values |= {columns[name]: None for name, one in named.items() if one is None}
    reasons = sent.secondary_reasons
    return interactions.Correction(
        values=values,
        refs=refs(
            customer=sent.customer.value if sent.customer else None,
            contact_reason=sent.contact_reason.value if sent.contact_reason else None,
            touchpoint_key=sent.touchpoint_key.value if sent.touchpoint_key else None,
        ),
        reasons=None
        if reasons is None
        else tuple(reason_ref(one, "secondaryReasons", n) for n, one in enumerate(reasons)),
    )


def _interaction_id(sent: strawberry.ID) -> UUID:
    return ids.decode(sent, reads.INTERACTION, "interactionId")


@extend(Mutation)
class InteractionMutations:
    """The writes of the fourth chapter that change one matter."""

    @mutation(Scope.INTERACTIONS_WRITE, description="Open a matter.")
    async def interaction_log(self, info: Info, input: InteractionLogInput) -> InteractionPayload:  # noqa: A002
        """Log one matter."""
        id_ = await interactions.log(info.context.session, _matter(input))
        return InteractionPayload(interaction=node(Interaction, id_))

    @mutation(
        Scope.INTERACTIONS_WRITE,
        description="Add to a matter what somebody wrote or said; an answer reopens a wait.",
    )
    async def interaction_message_add(
        self,
        info: Info,
        input: InteractionMessageAddInput,  # noqa: A002
    ) -> InteractionMessagePayload:
        """Add one message."""
        message = interactions.Message(
            input.body, input.actor_kind, input.actor, input.visibility, input.occurred_at
        )
        id_, entry_id = await interactions.add_message(
            info.context.session,
            _interaction_id(input.interaction_id),
            message,
            expected_version=input.expected_version,
        )
        return InteractionMessagePayload(
            interaction=node(Interaction, id_), event=node(InteractionEvent, entry_id)
        )

    @mutation(
        Scope.INTERACTIONS_WRITE,
        description="Record how a customer got on towards a person: queued, handed over, served, gone.",
    )
    async def interaction_passage_record(
        self,
        info: Info,
        input: InteractionPassageRecordInput,  # noqa: A002
    ) -> InteractionPassagePayload:
        """Record a part of the way."""
        id_, entry_id = await interactions.record_passage(
            info.context.session,
            _interaction_id(input.interaction_id),
            interactions.Passage(
                input.kind, refs(team=input.team).team, input.occurred_at, input.handle_seconds
            ),
            expected_version=input.expected_version,
        )
        return InteractionPassagePayload(
            interaction=node(Interaction, id_), event=node(InteractionEvent, entry_id)
        )

    @mutation(
        Scope.INTERACTIONS_WRITE,
        description="Take a step with a matter; `allowedTransitions` tells which there are.",
    )
    async def interaction_transition(
        self,
        info: Info,
        input: InteractionTransitionInput,  # noqa: A002
    ) -> InteractionPayload:
        """Take one step."""
        id_ = await interactions.transition(
            info.context.session,
            _interaction_id(input.interaction_id),
            input.to,
            reason=input.reason,
            refs=refs(contact_reason=input.contact_reason, team=input.team),
            assignee=input.assignee,
            expected_version=input.expected_version,
        )
        return InteractionPayload(interaction=node(Interaction, id_))

    @mutation(Scope.INTERACTIONS_WRITE, description="Give a matter to a team, an agent, or both.")
    async def interaction_assign(
        self,
        info: Info,
        input: InteractionAssignInput,  # noqa: A002
    ) -> InteractionPayload:
        """Assign one matter."""
        id_ = await interactions.assign(
            info.context.session,
            _interaction_id(input.interaction_id),
            refs(team=input.team).team,
            assignee=input.assignee,
            expected_version=input.expected_version,
        )
        return InteractionPayload(interaction=node(Interaction, id_))

    @mutation(Scope.INTERACTIONS_WRITE, description="Correct what is known of a matter beside its ledger.")
    async def interaction_update(
        self,
        info: Info,
        input: InteractionUpdateInput,  # noqa: A002
    ) -> InteractionPayload:
        """Correct one matter."""
        id_ = await interactions.correct(
            info.context.session,
            _interaction_id(input.interaction_id),
            _correction(input),
            expected_version=input.expected_version,
        )
        return InteractionPayload(interaction=node(Interaction, id_))
