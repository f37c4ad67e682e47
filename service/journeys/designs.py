"""How is a journey designed? Drafted, published, followed by its next edition, archived."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete

from service.ground.batches import Outcome
from service.ground.problems import NotFound, Required
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.journeys.machine import JOURNEY
from service.journeys.rules import JourneyDesign, StageDesign, check
from service.journeys.tables import Journey, JourneyStage, JourneyStatus

KEPT_BY_NEXT_EDITION = ("name", "description", "brand_promise", "goal", "owner")


async def save(session: Session, design: JourneyDesign) -> tuple[UUID, Outcome]:
    """Make the draft of a journey like this; the first, or the next after a published one, begins here.

    A next edition begins like the one before it. Raises Required for a new journey without a name.
    """
    check(design)
    editions = await session.find(Journey, key=design.key, locked=True)
    newest = max(editions, key=lambda journey: journey.edition, default=None)
    if newest is None:
        return await _begin(session, design, None), Outcome.CREATED
    check_version(newest, design.expected_version)
    if newest.status != JourneyStatus.DRAFT:
        return await _begin(session, design, newest), Outcome.CREATED
    return newest.id, await _redraft(session, newest, design)


async def publish(session: Session, journey_id: UUID, *, expected_version: int | None = None) -> None:
    """Let a draft be the journey from now on; the edition that was published before is archived.

    Raises InvalidTransition, or Blocked without a stage or a brand promise.
    """
    editions = await _editions_of(session, journey_id)
    journey = editions[journey_id]
    await JOURNEY.move(
        session,
        journey,
        JourneyStatus.PUBLISHED,
        expected_version=expected_version,
        published_at=session.now,
    )
    for other in editions.values():
        if other is not journey and other.status == JourneyStatus.PUBLISHED:
            reason = f"Edition {journey.edition} was published."
            await JOURNEY.move(session, other, JourneyStatus.ARCHIVED, reason=reason)


async def archive(
    session: Session, journey_id: UUID, *, reason: str | None = None, expected_version: int | None = None
) -> None:
    """Let an edition be used no more; ways through it that have begun go on. Raises InvalidTransition."""
    journey = await session.get(Journey, journey_id, "journey", locked=True)
    await JOURNEY.move(
        session, journey, JourneyStatus.ARCHIVED, expected_version=expected_version, reason=reason
    )


async def require_draft(session: Session, key: str, *field: str | int) -> Journey:
    """Return the draft of a journey, locked; raises NotFound, placed at `field`, where there is none."""
    drafts = await session.find(Journey, key=key, status=JourneyStatus.DRAFT, locked=True)
    if not drafts:
        raise NotFound(*field, thing="draft of a journey", key="key")
    return drafts[-1]


async def _editions_of(session: Session, journey_id: UUID) -> Mapping[UUID, Journey]:
    """Return all editions of the same journey, locked in one order, so that publishing never competes."""
    journey = await session.get(Journey, journey_id, "journey")
    return {one.id: one for one in await session.find(Journey, key=journey.key, locked=True)}


async def _begin(session: Session, design: JourneyDesign, before: Journey | None) -> UUID:
    if before is None and "name" not in design.values:
        raise Required("name")
    journey = Journey(key=design.key, edition=before.edition + 1 if before else 1, name="")
    inherited = {name: getattr(before, name) for name in KEPT_BY_NEXT_EDITION} if before else {}
    for name, value in {**inherited, **design.values}.items():
        setattr(journey, name, value)
    session.add(journey)
    _add_stages(session, journey.id, await _first_stages(session, design, before))
    JOURNEY.remember(session, journey.id, None, JourneyStatus.DRAFT)
    session.emit("journey.drafted", journey.id, edition=journey.edition, previous=before and str(before.id))
    return journey.id


async def _first_stages(
    session: Session, design: JourneyDesign, before: Journey | None
) -> Sequence[StageDesign]:
    if design.stages is not None or before is None:
        return design.stages or ()
    return [_design_of(stage) for stage in await stages_of(session, before.id)]


async def stages_of(session: Session, journey_id: UUID) -> list[JourneyStage]:
    """Return the stages of an edition, in order."""
    return sorted(await session.find(JourneyStage, journey_id=journey_id), key=lambda stage: stage.position)


async def _redraft(session: Session, journey: Journey, design: JourneyDesign) -> Outcome:
    changes = {name: value for name, value in design.values.items() if getattr(journey, name) != value}
    staged = design.stages is not None and await _set_stages(session, journey.id, design.stages)
    if not changes and not staged:
        return Outcome.UNCHANGED
    await session.change(journey, **changes)
    session.emit("journey.redrafted", journey.id, changed=sorted(changes))
    return Outcome.UPDATED


async def _set_stages(session: Session, journey_id: UUID, designs: Sequence[StageDesign]) -> bool:
    """Let a draft have exactly these stages; one that keeps its key stays the same stage."""
    present = await stages_of(session, journey_id)
    if [_design_of(stage) for stage in present] == list(designs):
        return False
    by_key = {stage.key: stage for stage in present}
    gone = [by_key[key].id for key in by_key.keys() - {design.key for design in designs}]
    if gone:
        await session.run(_removal(), ids=gone)
    for position, design in enumerate(designs, start=1):
        known = by_key.get(design.key)
        if known is None:
            _add_stage(session, journey_id, position, design)
        elif known.position != position or _design_of(known) != design:
            await session.change(known, position=position, **asdict(design))
    return True


def _add_stages(session: Session, journey_id: UUID, designs: Sequence[StageDesign]) -> None:
    for position, design in enumerate(designs, start=1):
        _add_stage(session, journey_id, position, design)


def _add_stage(session: Session, journey_id: UUID, position: int, design: StageDesign) -> None:
    session.add(
        JourneyStage(
            journey_id=journey_id,
            position=position,
            key=design.key,
            name=design.name,
            kind=design.kind,
            target_seconds=design.target_seconds,
        )
    )


def _design_of(stage: JourneyStage) -> StageDesign:
    return StageDesign(stage.key, stage.name, stage.kind, stage.target_seconds)


@cache
def _removal() -> Statement:
    table = table_of(JourneyStage)
    ids = bindparam("ids", type_=ARRAY(Uuid()))
    return Statement(delete(table).where(table.c.tenant_id == TENANT, table.c.id == any_(ids)))
