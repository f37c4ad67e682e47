"""How is a customer asked? By a signed link, which is made here and answered without signing in."""

from datetime import datetime

import strawberry

from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.loops.types import FollowUp, Recovery
from service import loops
from service.ground.problems import Invalid
from service.ground.scopes import Scope
from service.ground.signatures import Ticket
from service.loops import reads
from service.touchpoints.tables import Channel

LINK_END = (
    "The secret part of the link: the customer answers at `/reply/` followed by it. It is shown only here."
)
UNTIL = "Until when it can be used."


@strawberry.input(description="The customer who is to say whether it is good now.")
class RecoveryAskInput:
    """A question about a remedy."""

    recovery_id: strawberry.ID = value("The recovery, which must be remedied.")
    channel: Channel = value("The way by which the link is sent.")


@strawberry.input(description="The customer who was told and is to say whether it is better.")
class FollowUpAskInput:
    """A question about a change."""

    follow_up_id: strawberry.ID = value("The follow-up, which must be SENT.")


@strawberry.type(description="The link by which a customer answers.")
class RecoveryAskPayload(Payload):
    """The answer to a question about a remedy."""

    recovery: Recovery | None = value("The recovery, as it is now.", default=None)
    token: str | None = value(LINK_END, default=None)
    expires_at: datetime | None = value(UNTIL, default=None)


@strawberry.type(description="The link by which a customer replies.")
class FollowUpAskPayload(Payload):
    """The answer to a question about a change."""

    follow_up: FollowUp | None = value("The follow-up, as it is now.", default=None)
    token: str | None = value(LINK_END, default=None)
    expires_at: datetime | None = value(UNTIL, default=None)


def _signed(info: Info, ticket: Ticket) -> str:
    """Return the secret part of a link; raises Invalid where the service has no key to sign with."""
    links = info.context.links
    if links is None:
        raise Invalid(reason="This service has no key to sign links with: set CXGRAPH_LINK_KEY.")
    return links.sign(ticket)


@extend(Mutation)
class ReplyMutations:
    """The writes of asking."""

    @mutation(
        Scope.LOOPS_WRITE,
        description=(
            "Make the signed link by which the customer says whether the remedy helped. It expires and "
            "counts once; a later remedy needs a new one."
        ),
    )
    async def recovery_ask(self, info: Info, input: RecoveryAskInput) -> RecoveryAskPayload:  # noqa: A002
        """Make a link for a recovery."""
        id_ = ids.decode(input.recovery_id, reads.RECOVERY, "recoveryId")
        ticket = await loops.reply_links.ask_of_recovery(info.context.session, id_, input.channel)
        return RecoveryAskPayload(
            recovery=node(Recovery, id_), token=_signed(info, ticket), expires_at=ticket.expires_at
        )

    @mutation(
        Scope.LOOPS_WRITE,
        description="Make the signed link by which a customer who was told says whether it is better.",
    )
    async def follow_up_ask(self, info: Info, input: FollowUpAskInput) -> FollowUpAskPayload:  # noqa: A002
        """Make a link for a follow-up."""
        id_ = ids.decode(input.follow_up_id, reads.FOLLOW_UP, "followUpId")
        ticket = await loops.reply_links.ask_of_follow_up(info.context.session, id_)
        return FollowUpAskPayload(
            follow_up=node(FollowUp, id_), token=_signed(info, ticket), expires_at=ticket.expires_at
        )
