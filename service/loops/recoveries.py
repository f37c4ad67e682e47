"""How is one customer won back? Recoveries are worked on, and end with what the customer says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, bindparam, func, literal_column, select

from service.ground.problems import Invalid, Required
from service.ground.reads import among, exists_in
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.interactions import NOTHING, Named, Refs
from service.interactions.references import find
from service.interactions.tables import Interaction
from service.loops import due_times
from service.loops.machine import (
    CLOSED_STATES,
    RECOVERIES,
    REOPENABLE,
    TARGET,
    TO_BE_REMEDIED,
    WHY,
    needs,
)
from service.loops.tables import Answer, Recovery, RecoveryStatus
from service.loops.terms import days

BEGINNING_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)
SILENCE = "The customer did not answer in time."

_recovery = table_of(Recovery)
CAME_BACK = Statement(
    select(_recovery.c.id)
    .where(_recovery.c.tenant_id == TENANT, among(_recovery.c.status, REOPENABLE))
    .where(
        exists_in(
            Interaction,
            lambda one: and_(
                one.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))),
                one.c.customer_id == _recovery.c.customer_id,
                one.c.contact_reason_id == _recovery.c.contact_reason_id,
                func.greatest(one.c.opened_at, bindparam("since", type_=one.c.opened_at.type))
                > _recovery.c.remedied_at,
                func.greatest(one.c.opened_at, bindparam("since", type_=one.c.opened_at.type))
                < _recovery.c.remedied_at + days("same_reason_days"),
            ),
        )
    )
    .order_by(_recovery.c.id)
)
SILENT = Statement(
    select(_recovery.c.id)
    .where(_recovery.c.tenant_id == TENANT, among(_recovery.c.status, (RecoveryStatus.REMEDIED,)))
    .where(_recovery.c.remedied_at + days("answer_window_days") <= bindparam("now"))
    .order_by(_recovery.c.id)
    .limit(literal_column("500"))
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found out; what is None stays as it is."""

    reason: Named = NOTHING
    root_cause: str | None = None


async def transition(
    session: Session,
    recovery_id: UUID,
    target: RecoveryStatus,
    *,
    reason: str | None = None,
    duplicate_of_id: UUID | None = None,
    expected_version: int | None = None,
) -> None:
    """Take one step; raises Required where the step needs a reason or another recovery to be named."""
    recovery = await session.get(Recovery, recovery_id, "recoveryId", locked=True)
    if needs(RECOVERIES, target, WHY) and not reason:
        raise Required("reason")
    if needs(RECOVERIES, target, TARGET):
        await _check_duplicate(session, recovery, duplicate_of_id)
    changes = await _marks(session, recovery, target)
    if target is RecoveryStatus.DUPLICATE:
        changes["duplicate_of_id"] = duplicate_of_id
    await RECOVERIES.move(
        session, recovery, target, expected_version=expected_version, reason=reason, **changes
    )


async def verify(
    session: Session,
    recovery_id: UUID,
    answer: Answer,
    *,
    words: str | None = None,
    expected_version: int | None = None,
) -> None:
    """Record what the customer said of the remedy: a good answer ends the recovery, a bad one reopens it."""
    recovery = await session.get(Recovery, recovery_id, "recoveryId", locked=True)
    check_version(recovery, expected_version)
    await session.change(
        recovery,
        answer=answer,
        answer_words=words,
        answered_at=session.now,
        answer_recorded_by=session.actor.subject,
    )
    target = RecoveryStatus.RECOVERED if answer is Answer.POSITIVE else RecoveryStatus.REOPENED
    reason = words or f"The customer's answer was {answer.lower()}."
    await RECOVERIES.move(session, recovery, target, reason=reason, **await _marks(session, recovery, target))


async def diagnose(
    session: Session, recovery_id: UUID, diagnosis: Diagnosis, *, expected_version: int | None = None
) -> None:
    """Name the contact reason or the root cause of a recovery; raises Invalid for a closed one."""
    recovery = await _still_open(session, recovery_id)
    check_version(recovery, expected_version)
    found = {
        "contact_reason_id": (await find(session, Refs(reason=diagnosis.reason))).contact_reason_id,
        "root_cause": diagnosis.root_cause,
    }
    changes = {name: value for name, value in found.items() if value is not None}
    if not changes:
        return
    await session.change(recovery, **changes)
    session.emit("recovery.diagnosed", recovery_id, changed=sorted(changes))


async def assign(
    session: Session, recovery_id: UUID, owner: str | None, *, expected_version: int | None = None
) -> None:
    """Give a recovery to somebody, or to nobody; raises Invalid for a closed one."""
    recovery = await _still_open(session, recovery_id)
    check_version(recovery, expected_version)
    if recovery.owner == owner:
        return
    await session.change(recovery, owner=owner)
    session.emit("recovery.assigned", recovery_id, owner=owner)


async def reopen_for_contacts(
    session: Session, interaction_ids: Sequence[UUID], *, again: bool = False
) -> None:
    """Reopen what was remedied not long before its customer got in touch about the same reason again.

    `again` says that a matter which was opened earlier came back just now.
    """
    since = session.now if again else BEGINNING_OF_TIME
    for row in await session.rows(CAME_BACK, ids=list(interaction_ids), since=since):
        recovery = await session.get(Recovery, row["id"], locked=True)
        reason = "The customer got in touch about the same reason again."
        target = RecoveryStatus.REOPENED
        await RECOVERIES.move(
            session, recovery, target, reason=reason, **await _marks(session, recovery, target)
        )


async def close_silent(session: Session) -> int:
    """Close recoveries whose customers said nothing for too long, never as recovered; return how many."""
    closed = 0
    for row in await session.rows(SILENT, now=session.now):
        recovery = await session.get(Recovery, row["id"], locked=True)
        target = RecoveryStatus.UNCONFIRMED
        if recovery.status == RecoveryStatus.REMEDIED:
            marks = await _marks(session, recovery, target)
            await RECOVERIES.move(session, recovery, target, reason=SILENCE, **marks)
            closed += 1
    return closed


async def _marks(session: Session, recovery: Recovery, target: RecoveryStatus) -> dict[str, Any]:
    """Return the columns that a step sets; a new remedy asks the customer anew, a reopening counts anew."""
    marks: dict[str, Any] = {"closed_at": session.now if target in CLOSED_STATES else None}
    if target is RecoveryStatus.ACKNOWLEDGED:
        marks["acknowledged_at"] = session.now
    if target is RecoveryStatus.REMEDIED:
        marks |= {"remedied_at": session.now, "answer": None, "answer_words": None}
        marks |= {"answered_at": None, "answer_recorded_by": None}
    remedy_due_at = await _remedy_due_at(session, recovery, target)
    waits = target is RecoveryStatus.WAITING_CUSTOMER
    marks |= {"remedy_due_at": remedy_due_at, "waiting_since": session.now if waits else None}
    return marks | {"due_at": remedy_due_at if target in TO_BE_REMEDIED else None}


async def _remedy_due_at(session: Session, recovery: Recovery, target: RecoveryStatus) -> datetime | None:
    """Return by when a remedy is due after a step: time that waited for the customer was not used."""
    since = recovery.waiting_since
    if target is not RecoveryStatus.REOPENED and since is None:
        return recovery.remedy_due_at
    hours = await due_times.hours_of_rule(session, recovery.rule_id)
    if target is RecoveryStatus.REOPENED or since is None:
        return due_times.due_after(session.now, recovery.recover_within_seconds, hours)
    return due_times.resumed(recovery.remedy_due_at, since, session.now, hours)


async def _check_duplicate(session: Session, recovery: Recovery, duplicate_of_id: UUID | None) -> None:
    if duplicate_of_id is None:
        raise Required("duplicateOfId")
    target = await session.get(Recovery, duplicate_of_id, "duplicateOfId")
    if target.id == recovery.id:
        raise Invalid("duplicateOfId", reason="A recovery is not a duplicate of itself.")
    if target.customer_id != recovery.customer_id:
        raise Invalid("duplicateOfId", reason="That recovery is another customer's.")
    if target.status == RecoveryStatus.DUPLICATE:
        raise Invalid(
            "duplicateOfId", reason="That recovery is itself a duplicate; name the one it is a duplicate of."
        )


async def _still_open(session: Session, recovery_id: UUID) -> Recovery:
    recovery = await session.get(Recovery, recovery_id, "recoveryId", locked=True)
    if recovery.status in CLOSED_STATES:
        raise Invalid("recoveryId", reason="This recovery is closed.")
    return recovery
