"""How do clients tell customers what came of their words? They send, record the reply, or say why not."""

from enum import Enum
from uuid import UUID

import strawberry

from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import closed_set, extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.loops.types import FollowUp
from service import loops
from service.ground.scopes import Scope
from service.loops import reads, tables
from service.touchpoints.tables import Channel

EXPECTED = "Refuse if the follow-up has changed since this version."


class FollowUpReply(Enum):
    """What a customer replied who was told."""

    CONFIRMED = "CONFIRMED"
    DISPUTED = "DISPUTED"
    NO_REPLY = "NO_REPLY"


closed_set(
    FollowUpReply,
    "What a customer replied who was told.",
    CONFIRMED="It is better.",
    DISPUTED="It is not; a recovery is opened.",
    NO_REPLY="Nothing, and nobody waits for it any more; a late reply still counts.",
)


@strawberry.input(description="What a customer was told.")
class FollowUpSendInput:
    """A message."""

    follow_up_id: strawberry.ID = value("The follow-up, which must be READY.")
    channel: Channel = value("The way by which the customer was told.")
    message: str | None = value("What the customer was told; absent: the draft.", default=None)
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.input(description="What a customer replied.")
class FollowUpAnswerInput:
    """A reply."""

    follow_up_id: strawberry.ID = value("The follow-up.")
    reply: FollowUpReply = value("What the customer replied.")
    words: str | None = value("The customer's own words.", default=None)
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.input(description="Why a customer is not told.")
class FollowUpWaiveInput:
    """A waiver."""

    follow_up_id: strawberry.ID = value("The follow-up.")
    reason: str = value("Why; it stays visible.")
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.input(description="Why a customer must not be written to.")
class FollowUpSuppressInput:
    """A suppression."""

    follow_up_id: strawberry.ID = value("The follow-up.")
    because: tables.Suppression = value("Why.")
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.type(description="What a write did to a follow-up.")
class FollowUpPayload(Payload):
    """The answer to a write."""

    follow_up: FollowUp | None = value("The follow-up, as it is now.", default=None)


def _id(sent: strawberry.ID) -> UUID:
    return ids.decode(sent, reads.FOLLOW_UP, "followUpId")


def _payload(id_: UUID) -> FollowUpPayload:
    return FollowUpPayload(follow_up=node(FollowUp, id_))


@extend(Mutation)
class FollowUpMutations:
    """The writes of telling."""

    @mutation(Scope.LOOPS_WRITE, description="Record that a customer was told what came of their words.")
    async def follow_up_send(self, info: Info, input: FollowUpSendInput) -> FollowUpPayload:  # noqa: A002
        """Mark a follow-up as sent."""
        id_ = _id(input.follow_up_id)
        await loops.follow_ups.send(
            info.context.session,
            id_,
            input.channel,
            message=input.message,
            expected_version=input.expected_version,
        )
        return _payload(id_)

    @mutation(Scope.LOOPS_WRITE, description="Record what the customer replied.")
    async def follow_up_answer(self, info: Info, input: FollowUpAnswerInput) -> FollowUpPayload:  # noqa: A002
        """Record a reply."""
        id_ = _id(input.follow_up_id)
        await loops.follow_ups.answer(
            info.context.session,
            id_,
            tables.FollowUpStatus(input.reply.value),
            words=input.words,
            expected_version=input.expected_version,
        )
        return _payload(id_)

    @mutation(Scope.LOOPS_WRITE, description="Decide not to tell a customer.")
    async def follow_up_waive(self, info: Info, input: FollowUpWaiveInput) -> FollowUpPayload:  # noqa: A002
        """Waive a follow-up."""
        id_ = _id(input.follow_up_id)
        await loops.follow_ups.waive(
            info.context.session, id_, input.reason, expected_version=input.expected_version
        )
        return _payload(id_)

    @mutation(Scope.LOOPS_WRITE, description="Record that a customer must not be written to.")
    async def follow_up_suppress(self, info: Info, input: FollowUpSuppressInput) -> FollowUpPayload:  # noqa: A002
        """Suppress a follow-up."""
        id_ = _id(input.follow_up_id)
        await loops.follow_ups.suppress(
            info.context.session, id_, input.because, expected_version=input.expected_version
        )
        return _payload(id_)
