"""At which stages do customers meet a touchpoint? Placed in a journey's draft, fixed when it is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, any_, bindparam, delete, select

from service import journeys
from service.ground.events import Event
from service.ground.keys import uuid7
from service.ground.problems import Invalid, NotFound
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.journeys.tables import JourneyStage
from service.touchpoints.tables import StageTouchpoint, Touchpoint


@dataclass(frozen=True, slots=True)
class StagePlaces:
    """All touchpoints of one stage, in order, by their keys."""

    stage_key: str
    touchpoint_keys: tuple[str, ...]


async def place(
    session: Session, journey_key: str, places: Sequence[StagePlaces], *, expected_version: int | None = None
) -> UUID:
    """Let the named stages of a journey's draft have exactly these touchpoints; return the draft's id.

    Raises NotFound where the journey has no draft, or no such stage, or for an unknown touchpoint.
    """
    draft = await journeys.require_draft(session, journey_key, "journeyKey")
    check_version(draft, expected_version)
    stages = {stage.key: stage.id for stage in await journeys.stages_of(session, draft.id)}
    touchpoints = await _by_key(session, places)
    rows = [row for n, one in enumerate(places) for row in _rows(session, n, one, stages, touchpoints)]
    await session.run(_clearing(), stages=[stages[one.stage_key] for one in places])
    session.insert(StageTouchpoint, rows)
    await session.change(draft)
    session.emit("touchpoint.placed", draft.id, stages=[one.stage_key for one in places])
    return draft.id


async def carry_over(session: Session, event: Event) -> None:
    """Begin a next edition with the touchpoints of the one before, wherever it has the same stage."""
    previous = event.payload["previous"]
    if previous is None:
        return
    found = await session.rows(_same_places(), previous=UUID(str(previous)), begun=event.subject_id)
    rows = [_row(session, one["stage_id"], one["touchpoint_id"], one["position"]) for one in found]
    session.insert(StageTouchpoint, rows)


async def _by_key(session: Session, places: Sequence[StagePlaces]) -> Mapping[str, UUID]:
    keys = [(key,) for one in places for key in one.touchpoint_keys]
    found = await session.lookup(Touchpoint, ("key",), keys)
    return {str(key[0]): row["id"] for key, row in found.items()}


def _rows(
    session: Session,
    number: int,
    places: StagePlaces,
    stages: Mapping[str, UUID],
    touchpoints: Mapping[str, UUID],
) -> list[dict[str, object]]:
    if places.stage_key not in stages:
        raise NotFound("stages", number, "stageKey", thing="stage of this draft", key="key")
    for place_number, key in enumerate(places.touchpoint_keys):
        field = ("stages", number, "touchpointKeys", place_number)
        if key not in touchpoints:
            raise NotFound(*field, thing="touchpoint", key="key")
        if key in places.touchpoint_keys[:place_number]:
            raise Invalid(*field, reason="This touchpoint has a place in the stage already.")
    ordered = enumerate(places.touchpoint_keys, start=1)
    return [_row(session, stages[places.stage_key], touchpoints[key], position) for position, key in ordered]


def _row(session: Session, stage_id: UUID, touchpoint_id: UUID, position: int) -> dict[str, object]:
    return {
        "id": uuid7(),
        "stage_id": stage_id,
        "touchpoint_id": touchpoint_id,
        "position": position,
        "placed_at": session.now,
    }


@cache
def _clearing() -> Statement:
    table = table_of(StageTouchpoint)
    stages = bindparam("stages", type_=ARRAY(Uuid()))
    return Statement(delete(table).where(table.c.tenant_id == TENANT, table.c.stage_id == any_(stages)))


@cache
def _same_places() -> Statement:
    """Select the places of one edition, at the stages with the same keys of another."""
    place = table_of(StageTouchpoint)
    before, after = table_of(JourneyStage).alias("before"), table_of(JourneyStage).alias("after")
    here = and_(after.c.tenant_id == TENANT, after.c.journey_id == bindparam("begun"))
    joined = place.join(before, and_(before.c.tenant_id == TENANT, before.c.id == place.c.stage_id)).join(
        after, and_(here, after.c.key == before.c.key)
    )
    return Statement(
        select(after.c.id.label("stage_id"), place.c.touchpoint_id, place.c.position)
        .select_from(joined)
        .where(place.c.tenant_id == TENANT, before.c.journey_id == bindparam("previous"))
    )
