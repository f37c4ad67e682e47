"""How does one customer go through a journey? Started, from stage to stage, and ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.ground.moments import happened_at
from service.ground.problems import Invalid, NotFound
from service.ground.session import Session, check_version
from service.journeys.designs import stages_of
from service.journeys.machine import INSTANCE
from service.journeys.tables import (
    InstanceStatus,
    Journey,
    JourneyInstance,
    JourneyStage,
    JourneyStatus,
    StageVisit,
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and on which state something is done to an instance; None means now, and on any state."""

    at: datetime | None = None
    expected_version: int | None = None


async def start(
    session: Session,
    customer_id: UUID,
    journey_key: str,
    *,
    stage_key: str | None = None,
    at: datetime | None = None,
) -> UUID:
    """Let a customer begin the published edition of a journey, at its first stage unless another is named.

    Raises NotFound where nothing is published under the key, or for a stage that the edition does not have.
    """
    published = await session.find(Journey, key=journey_key, status=JourneyStatus.PUBLISHED)
    if not published:
        raise NotFound("journeyKey", thing="published journey", key="key")
    began = happened_at(at, session.now, "at")
    stage = await _stage(session, published[0].id, stage_key)
    instance = session.add(
        JourneyInstance(
            customer_id=customer_id,
            journey_id=published[0].id,
            current_stage_id=stage.id,
            started_at=began,
        )
    )
    session.add(StageVisit(instance_id=instance.id, stage_id=stage.id, entered_at=began))
    INSTANCE.remember(session, instance.id, None, InstanceStatus.ACTIVE)
    return instance.id


async def advance(session: Session, instance_id: UUID, stage_key: str, occasion: Occasion) -> None:
    """Let an instance leave its stage for another one of its own edition, forwards or back.

    Raises Invalid for an instance that has ended, the stage it is in, and a time before it came there.
    """
    instance = await session.get(JourneyInstance, instance_id, "instance", locked=True)
    check_version(instance, occasion.expected_version)
    if instance.status != InstanceStatus.ACTIVE:
        raise Invalid("instance", reason="This way through the journey has ended.")
    stage = await _stage(session, instance.journey_id, stage_key)
    if stage.id == instance.current_stage_id:
        raise Invalid("stageKey", reason="It is in this stage already.")
    left = await _leave(session, instance, occasion.at)
    session.add(StageVisit(instance_id=instance.id, stage_id=stage.id, entered_at=left))
    await session.change(instance, current_stage_id=stage.id)
    session.emit("journey_instance.advanced", instance.id, stage=stage.key)


async def end(
    session: Session,
    instance_id: UUID,
    status: InstanceStatus,
    occasion: Occasion,
    *,
    reason: str | None = None,
) -> None:
    """End a customer's way through a journey. Raises InvalidTransition for one that has ended before."""
    instance = await session.get(JourneyInstance, instance_id, "instance", locked=True)
    left = happened_at(occasion.at, session.now, "at")
    ending = {"ended_at": left, "end_reason": reason}
    await INSTANCE.move(
        session, instance, status, expected_version=occasion.expected_version, reason=reason, **ending
    )
    await _leave(session, instance, left)


async def _stage(session: Session, journey_id: UUID, key: str | None) -> JourneyStage:
    """Return the stage of an edition with this key, the first one for None."""
    for stage in await stages_of(session, journey_id):
        if key in {None, stage.key}:
            return stage
    raise NotFound("stageKey", thing="stage of this edition", key="key")


async def _leave(session: Session, instance: JourneyInstance, at: datetime | None) -> datetime:
    """Let the open visit end, and return when."""
    left = happened_at(at, session.now, "at")
    visits = await session.find(StageVisit, instance_id=instance.id, stage_id=instance.current_stage_id)
    for visit in visits:
        if visit.exited_at is None:
            if left < visit.entered_at:
                raise Invalid("at", reason="It came to its stage only after this time.")
            await session.change(visit, exited_at=left)
    return left
