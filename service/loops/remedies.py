"""What was done for the customer? Remedies are kept; money beyond one's authority waits for another's yes."""

from dataclasses import dataclass
from uuid import UUID

from service.ground.problems import BeyondAuthority, Forbidden, Invalid, Required
from service.ground.session import Session
from service.loops import authority
from service.loops.machine import CLOSED_STATES
from service.loops.tables import ActionDecision, ActionKind, Recovery, RecoveryAction


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was done for the customer; the amount is in the currency's minor unit.

    `ask_for_approval` lets an amount beyond the actor's authority wait for somebody else's yes.
    """

    kind: ActionKind
    note: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    ask_for_approval: bool = False


async def add(session: Session, recovery_id: UUID, action: Action) -> UUID:
    """Record what was done for the customer.

    Raises Invalid for a closed recovery or a wrong amount, BeyondAuthority for more than the actor may grant.
    """
    await _still_open(session, recovery_id)
    _check_money(action)
    decision = await _decision(session, recovery_id, action)
    row = RecoveryAction(
        recovery_id=recovery_id,
        kind=action.kind,
        note=action.note,
        amount_minor=action.amount_minor,
        currency=action.currency,
        actor=session.actor.subject,
        taken_at=session.now,
        decision=decision,
    )
    session.add(row)
    told = {"kind": action.kind, "action": str(row.id), "decision": decision}
    session.emit("recovery.action_added", recovery_id, **told)
    return row.id


async def approve(session: Session, action_id: UUID, *, reason: str | None = None) -> UUID:
    """Grant what somebody else proposed; return the recovery's id.

    Raises Forbidden for the proposer, BeyondAuthority where it is more than the approver may grant either.
    """
    action = await _proposed(session, action_id)
    if action.amount_minor is not None and action.currency is not None:
        await authority.check(session, action.recovery_id, action.amount_minor, action.currency)
    return await _decide(session, action, ActionDecision.GRANTED, reason)


async def reject(session: Session, action_id: UUID, reason: str) -> UUID:
    """Refuse what was proposed, with a reason; return the recovery's id."""
    if not reason.strip():
        raise Required("reason")
    return await _decide(session, await _proposed(session, action_id), ActionDecision.REJECTED, reason)


async def _decision(session: Session, recovery_id: UUID, action: Action) -> ActionDecision:
    if action.amount_minor is None or action.currency is None:
        return ActionDecision.GRANTED
    try:
        await authority.check(session, recovery_id, action.amount_minor, action.currency)
    except BeyondAuthority:
        if not action.ask_for_approval:
            raise
        return ActionDecision.PROPOSED
    return ActionDecision.GRANTED


async def _proposed(session: Session, action_id: UUID) -> RecoveryAction:
    """Return an action that waits for a decision, of an open recovery, by somebody else than who acts."""
    action = await session.get(RecoveryAction, action_id, "actionId")
    await _still_open(session, action.recovery_id)
    action = await session.get(RecoveryAction, action_id, "actionId", locked=True)
    if action.decision != ActionDecision.PROPOSED:
        raise Invalid("actionId", reason="This action waits for no decision.")
    if action.actor == session.actor.subject:
        raise Forbidden("actionId", needs="somebody else than who proposed it")
    return action


async def _decide(
    session: Session, action: RecoveryAction, decision: ActionDecision, reason: str | None
) -> UUID:
    author = session.actor.subject
    decided = {"decided_by": author, "decided_at": session.now, "decision_reason": reason}
    await session.change(action, decision=decision, **decided)
    told = {"action": str(action.id), "decision": decision}
    session.emit("recovery.action_decided", action.recovery_id, **told)
    return action.recovery_id


async def _still_open(session: Session, recovery_id: UUID) -> None:
    recovery = await session.get(Recovery, recovery_id, "recoveryId", locked=True)
    if recovery.status in CLOSED_STATES:
        raise Invalid("recoveryId", reason="This recovery is closed.")


def _check_money(action: Action) -> None:
    if (action.amount_minor is None) != (action.currency is None):
        raise Required("currency" if action.currency is None else "amountMinor")
    if action.amount_minor is not None and action.kind is not ActionKind.COMPENSATION:
        raise Invalid("amountMinor", reason="Only a compensation has an amount.")
    if action.amount_minor is not None and action.amount_minor <= 0:
        raise Invalid("amountMinor", reason="An amount is more than nothing.")
