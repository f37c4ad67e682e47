"""How do clients win a customer back? They open recoveries, find the cause, act, and record the answer."""

from uuid import UUID

import strawberry

from schema.customers.queries import CustomerRef
from schema.customers.references import customer_ref
from schema.ground import ids
from schema.ground.context import Info, node
from schema.ground.fields import extend, value
from schema.ground.payloads import Payload
from schema.ground.roots import Mutation
from schema.ground.writing import mutation
from schema.interactions.references import ContactReasonRef, reason_ref
from schema.loops.types import Recovery, RecoveryAction
from service import loops
from service.feedback.reads import FEEDBACK
from service.ground.scopes import Scope
from service.interactions.reads import INTERACTION
from service.loops import reads, tables
from service.touchpoints.reads import TOUCHPOINT_EVENT

EXPECTED = "Refuse if the recovery has changed since this version."


@strawberry.input(description="Why a recovery is opened by hand.")
class RecoveryOpenInput:
    """A recovery to open."""

    severity: int = value("How much is at stake for the customer, from 1 (little) to 5 (most).")
    customer: CustomerRef | None = value("Who is to be won back; absent: whose signal it is.", default=None)
    feedback_id: strawberry.ID | None = value("The answer that gives the reason.", default=None)
    interaction_id: strawberry.ID | None = value("The interaction that gives the reason.", default=None)
    touchpoint_event_id: strawberry.ID | None = value("The event that gives the reason.", default=None)
    contact_reason: ContactReasonRef | None = value("What it is about.", default=None)
    owner: str | None = value("Who deals with it.", default=None)
    note: str | None = value("Why it is opened, for its history.", default=None)


@strawberry.input(description="A step of a recovery.")
class RecoveryTransitionInput:
    """A step."""

    recovery_id: strawberry.ID = value("The recovery.")
    to: tables.RecoveryStatus = value("The state to go to; `allowedTransitions` lists them.")
    reason: str | None = value("Why; some steps need it.", default=None)
    duplicate_of_id: strawberry.ID | None = value(
        "The recovery that deals with it; DUPLICATE needs it.", default=None
    )
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.input(description="What was found out about what went wrong.")
class RecoveryDiagnoseInput:
    """A diagnosis."""

    recovery_id: strawberry.ID = value("The recovery.")
    contact_reason: ContactReasonRef | None = value("What it is about; absent keeps it.", default=None)
    root_cause: str | None = value("Why it went wrong; absent keeps it.", default=None)
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.input(description="Who is to deal with a recovery.")
class RecoveryAssignInput:
    """An assignment."""

    recovery_id: strawberry.ID = value("The recovery.")
    owner: str | None = value("Who deals with it from now on; null: nobody in particular.", default=None)
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.input(description="What was done for the customer.")
class RecoveryActionAddInput:
    """An action."""

    recovery_id: strawberry.ID = value("The recovery.")
    kind: tables.ActionKind = value("What was done.")
    note: str | None = value("In your own words.", default=None)
    amount_minor: int | None = value(
        "The money of a compensation, in the currency's minor unit.", default=None
    )
    currency: str | None = value("The currency's ISO 4217 code; needed with an amount.", default=None)
    ask_for_approval: bool = value(
        "Whether an amount beyond the subject's authority waits for somebody else instead of being refused.",
        default=False,
    )


@strawberry.input(description="The proposed action that is granted.")
class RecoveryActionApproveInput:
    """An approval."""

    action_id: strawberry.ID = value("The action; somebody else proposed it.")
    reason: str | None = value("Why it is granted.", default=None)


@strawberry.input(description="The proposed action that is refused.")
class RecoveryActionRejectInput:
    """A refusal."""

    action_id: strawberry.ID = value("The action; somebody else proposed it.")
    reason: str = value("Why it is refused.")


@strawberry.input(description="What the customer said of the remedy.")
class RecoveryVerifyInput:
    """An answer."""

    recovery_id: strawberry.ID = value("The recovery.")
    answer: tables.Answer = value(
        "What the customer said; silence is no answer, but the step to UNCONFIRMED."
    )
    words: str | None = value("The customer's own words.", default=None)
    expected_version: int | None = value(EXPECTED, default=None)


@strawberry.type(description="What a write did to a recovery.")
class RecoveryPayload(Payload):
    """The answer to a write."""

    recovery: Recovery | None = value("The recovery, as it is now.", default=None)


@strawberry.type(description="What adding an action did.")
class RecoveryActionAddPayload(RecoveryPayload):
    """The answer to an action."""

    action: RecoveryAction | None = value("The action that was recorded.", default=None)


def _id(sent: strawberry.ID) -> UUID:
    return ids.decode(sent, reads.RECOVERY, "recoveryId")


def _payload(id_: UUID) -> RecoveryPayload:
    return RecoveryPayload(recovery=node(Recovery, id_))


def _opening(sent: RecoveryOpenInput) -> loops.Opening:
    return loops.Opening(
        severity=sent.severity,
        customer=customer_ref(sent.customer, "customer") if sent.customer else None,
        feedback_id=ids.decode_optional(sent.feedback_id, FEEDBACK, "feedbackId"),
        interaction_id=ids.decode_optional(sent.interaction_id, INTERACTION, "interactionId"),
        touchpoint_event_id=ids.decode_optional(
            sent.touchpoint_event_id, TOUCHPOINT_EVENT, "touchpointEventId"
        ),
        reason=reason_ref(sent.contact_reason, "contactReason"),
        owner=sent.owner,
        note=sent.note,
    )


@extend(Mutation)
class RecoveryMutations:
    """The writes of the inner loop."""

    @mutation(Scope.LOOPS_WRITE, description="Open a recovery for a customer for whom something went wrong.")
    async def recovery_open(self, info: Info, input: RecoveryOpenInput) -> RecoveryPayload:  # noqa: A002
        """Open a recovery."""
        return _payload(await loops.openings.open_by_agent(info.context.session, _opening(input)))

    @mutation(Scope.LOOPS_WRITE, description="Take a recovery a step on.")
    async def recovery_transition(self, info: Info, input: RecoveryTransitionInput) -> RecoveryPayload:  # noqa: A002
        """Take a step."""
        id_ = _id(input.recovery_id)
        await loops.recoveries.transition(
            info.context.session,
            id_,
            input.to,
            reason=input.reason,
            duplicate_of_id=ids.decode_optional(input.duplicate_of_id, reads.RECOVERY, "duplicateOfId"),
            expected_version=input.expected_version,
        )
        return _payload(id_)

    @mutation(Scope.LOOPS_WRITE, description="Name the contact reason and the root cause of a recovery.")
    async def recovery_diagnose(self, info: Info, input: RecoveryDiagnoseInput) -> RecoveryPayload:  # noqa: A002
        """Diagnose what went wrong."""
        id_ = _id(input.recovery_id)
        diagnosis = loops.Diagnosis(reason_ref(input.contact_reason, "contactReason"), input.root_cause)
        await loops.recoveries.diagnose(
            info.context.session, id_, diagnosis, expected_version=input.expected_version
        )
        return _payload(id_)

    @mutation(Scope.LOOPS_WRITE, description="Give a recovery to somebody.")
    async def recovery_assign(self, info: Info, input: RecoveryAssignInput) -> RecoveryPayload:  # noqa: A002
        """Assign a recovery."""
        id_ = _id(input.recovery_id)
        await loops.recoveries.assign(
            info.context.session, id_, input.owner, expected_version=input.expected_version
        )
        return _payload(id_)

    @mutation(Scope.LOOPS_WRITE, description="Record what was done for the customer.")
    async def recovery_action_add(
        self,
        info: Info,
        input: RecoveryActionAddInput,  # noqa: A002
    ) -> RecoveryActionAddPayload:
        """Add an action."""
        id_ = _id(input.recovery_id)
        action = loops.Action(
            input.kind, input.note, input.amount_minor, input.currency, input.ask_for_approval
        )
        action_id = await loops.remedies.add(info.context.session, id_, action)
        return RecoveryActionAddPayload(recovery=node(Recovery, id_), action=node(RecoveryAction, action_id))

    @mutation(Scope.LOOPS_WRITE, description="Grant what somebody else proposed, within one's own authority.")
    async def recovery_action_approve(
        self,
        info: Info,
        input: RecoveryActionApproveInput,  # noqa: A002
    ) -> RecoveryActionAddPayload:
        """Approve an action."""
        action_id = ids.decode(input.action_id, reads.RECOVERY_ACTION, "actionId")
        id_ = await loops.remedies.approve(info.context.session, action_id, reason=input.reason)
        return RecoveryActionAddPayload(recovery=node(Recovery, id_), action=node(RecoveryAction, action_id))

    @mutation(Scope.LOOPS_WRITE, description="Refuse what somebody else proposed, with a reason.")
    async def recovery_action_reject(
        self,
        info: Info,
        input: RecoveryActionRejectInput,  # noqa: A002
    ) -> RecoveryActionAddPayload:
        """Reject an action."""
        action_id = ids.decode(input.action_id, reads.RECOVERY_ACTION, "actionId")
        id_ = await loops.remedies.reject(info.context.session, action_id, input.reason)
        return RecoveryActionAddPayload(recovery=node(Recovery, id_), action=node(RecoveryAction, action_id))

    @mutation(
        Scope.LOOPS_WRITE,
        description="Record what the customer said of the remedy: only this ends a recovery well.",
    )
    async def recovery_verify(self, info: Info, input: RecoveryVerifyInput) -> RecoveryPayload:  # noqa: A002
        """Record an answer."""
        id_ = _id(input.recovery_id)
        await loops.recoveries.verify(
            info.context.session,
            id_,
            input.answer,
            words=input.words,
            expected_version=input.expected_version,
        )
        return _payload(id_)
