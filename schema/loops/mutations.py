"""How do clients open and close loops, and record huddles?"""

from datetime import datetime

import strawberry

from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.loops.types import FeedbackLoop, Huddle
from service import loops
from service.ground.batches import Outcome
from service.ground.scopes import Scope
from service.initiatives.reads import INITIATIVE
from service.insights.reads import ELEVATION, INSIGHT
from service.interactions.reads import TEAM
from service.loops import reads, tables


@strawberry.input(description="The loop of an insight and an initiative.")
class FeedbackLoopOpenInput:
    """A loop to open."""

    insight_id: strawberry.ID = value("What was understood.")
    initiative_id: strawberry.ID = value("What is done about it; it must answer the insight.")
    name: str | None = value("The loop's name; by default the insight's title.", default=None)
    owner: str | None = value("Who sees to it; by default the initiative's owner.", default=None)


@strawberry.input(description="The loop to close.")
class FeedbackLoopCloseInput:
    """A loop to close."""

    feedback_loop_id: strawberry.ID = value("The loop.")
    reason: str | None = value(
        "Why the initiative's sponsor closes it although something is missing; it stays visible for ever.",
        default=None,
    )
    expected_version: int | None = value("Refuse if the loop has changed since this version.", default=None)


@strawberry.input(description="One decision of a huddle.")
class HuddleDecisionInput:
    """A decision."""

    kind: tables.HuddleDecisionKind = value("What was decided.")
    note: str = value("About what.")
    elevation_id: strawberry.ID | None = value("What was raised; for ELEVATE only.", default=None)


@strawberry.input(description="A huddle that was held.")
class HuddleRecordInput:
    """A huddle."""

    team_id: strawberry.ID = value("Whose huddle it was.")
    held_at: datetime | None = value("When it was held, if not now.", default=None)
    attendees: str | None = value("Who was there.", default=None)
    notes: str | None = value("What was talked about.", default=None)
    decisions: list[HuddleDecisionInput] = value("What was decided, in order; at most 50.")


@strawberry.type(description="What opening a loop did.")
class FeedbackLoopOpenPayload(Payload):
    """The answer to an opening."""

    feedback_loop: FeedbackLoop | None = value("The loop, as it is now.", default=None)
    outcome: Outcome | None = value(
        "Whether it is new, or was open and took this name and owner.", default=None
    )


@strawberry.type(description="What closing a loop did.")
class FeedbackLoopClosePayload(Payload):
    """The answer to a closing; each condition that is missing is a user error of its own, BLOCKED."""

    feedback_loop: FeedbackLoop | None = value("The loop, as it is now.", default=None)


@strawberry.type(description="What recording a huddle did.")
class HuddleRecordPayload(Payload):
    """The answer to a huddle."""

    huddle: Huddle | None = value("The huddle.", default=None)


def _decision(sent: HuddleDecisionInput, number: int) -> loops.Decision:
    field = ("decisions", number, "elevationId")
    return loops.Decision(sent.kind, sent.note, ids.decode_optional(sent.elevation_id, ELEVATION, *field))


@extend(Mutation)
class LoopMutations:
    """The writes of the outer loop."""

    @mutation(
        Scope.LOOPS_WRITE,
        description=(
            "Open the loop of an insight and its initiative, or give the open one its name and owner. "
            "Loops also open by themselves when work on the initiative begins."
        ),
    )
    async def feedback_loop_open(
        self,
        info: Info,
        input: FeedbackLoopOpenInput,  # noqa: A002
    ) -> FeedbackLoopOpenPayload:
        """Open a loop."""
        id_, outcome = await loops.feedback_loops.open_loop(
            info.context.session,
            ids.decode(input.insight_id, INSIGHT, "insightId"),
            ids.decode(input.initiative_id, INITIATIVE, "initiativeId"),
            name=input.name,
            owner=input.owner,
        )
        return FeedbackLoopOpenPayload(feedback_loop=node(FeedbackLoop, id_), outcome=outcome)

    @mutation(
        Scope.LOOPS_WRITE,
        description="Close a loop; refused with each missing condition, unless its sponsor gives a reason.",
    )
    async def feedback_loop_close(
        self,
        info: Info,
        input: FeedbackLoopCloseInput,  # noqa: A002
    ) -> FeedbackLoopClosePayload:
        """Close a loop."""
        id_ = ids.decode(input.feedback_loop_id, reads.FEEDBACK_LOOP, "feedbackLoopId")
        await loops.feedback_loops.close(
            info.context.session,
            id_,
            sponsor_reason=input.reason,
            expected_version=input.expected_version,
        )
        return FeedbackLoopClosePayload(feedback_loop=node(FeedbackLoop, id_))

    @mutation(Scope.LOOPS_WRITE, description="Record a team's huddle with its decisions.")
    async def huddle_record(self, info: Info, input: HuddleRecordInput) -> HuddleRecordPayload:  # noqa: A002
        """Record a huddle."""
        session = info.context.session
        id_ = await loops.huddles.record(
            session,
            ids.decode(input.team_id, TEAM, "teamId"),
            [_decision(sent, number) for number, sent in enumerate(input.decisions)],
            held_at=input.held_at,
            attendees=input.attendees,
            notes=input.notes,
        )
        return HuddleRecordPayload(huddle=node(Huddle, id_))
