"""What becomes of a request of the front line? Accepted, merged, returned with a question, or declined."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from service.ground.keys import uuid7
from service.ground.problems import Invalid, Required
from service.ground.session import Session
from service.insights import evidence, signals, writes
from service.insights.machine import ELEVATION
from service.insights.signals import FoundSignal, Signal, signal_of
from service.insights.tables import Elevation, ElevationSignal, ElevationStatus

Into = UUID | Mapping[str, object]
"""The insight that takes an elevation in: an existing one by id, or the columns of a new one."""


async def propose(session: Session, values: Mapping[str, object], about: Sequence[Signal]) -> UUID:
    """Ask that something be fixed which is beyond the proposer's own control, naming at least one signal.

    Raises Required for a missing title or signal, NotFound for an unknown signal.
    """
    if not values.get("title"):
        raise Required("title")
    if not about:
        raise Required("signals")
    found = await signals.find_all(session, about, "signals")
    columns: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    elevation = session.add(Elevation(**{"proposer": session.actor.subject, **columns}))
    _add(session, elevation.id, found)
    ELEVATION.remember(session, elevation.id, None, ElevationStatus.PROPOSED)
    return elevation.id


async def accept(
    session: Session, elevation_id: UUID, into: Into, *, expected_version: int | None = None
) -> UUID:
    """Take an elevation into a new or an existing insight: its signals become evidence. Returns the insight.

    Raises NotFound, StaleVersion, InvalidTransition, and Invalid for an insight that has ended.
    """
    elevation = await _locked(session, elevation_id)
    insight_id = into if isinstance(into, UUID) else writes.draft(session, {"title": elevation.title, **into})
    await ELEVATION.move(
        session, elevation, ElevationStatus.ACCEPTED, expected_version=expected_version, insight_id=insight_id
    )
    await evidence.link(session, insight_id, await _signals(session, elevation_id))
    return insight_id


async def hand_back(
    session: Session, elevation_id: UUID, question: str, *, expected_version: int | None = None
) -> Elevation:
    """Return an elevation to its proposer with a question; raises Required without one."""
    if not question.strip():
        raise Required("question")
    elevation = await _locked(session, elevation_id)
    return await ELEVATION.move(
        session,
        elevation,
        ElevationStatus.RETURNED,
        expected_version=expected_version,
        reason=question,
        question=question,
        answer=None,
    )


async def answer(
    session: Session,
    elevation_id: UUID,
    words: str,
    *,
    about: Sequence[Signal] = (),
    expected_version: int | None = None,
) -> Elevation:
    """Answer what an elevation was returned with, perhaps by further signals; it is proposed again."""
    elevation = await _locked(session, elevation_id)
    found = await signals.find_all(session, about, "signals")
    known = {one.key for one in await _signals(session, elevation_id)}
    _add(session, elevation_id, [one for one in found if one.signal.key not in known])
    return await ELEVATION.move(
        session,
        elevation,
        ElevationStatus.PROPOSED,
        expected_version=expected_version,
        reason=words,
        answer=words,
    )


async def decline(
    session: Session, elevation_id: UUID, reason: str, *, expected_version: int | None = None
) -> Elevation:
    """Decline an elevation with a reason that its proposer sees; raises Required without one."""
    if not reason.strip():
        raise Required("reason")
    elevation = await _locked(session, elevation_id)
    return await ELEVATION.move(
        session,
        elevation,
        ElevationStatus.DECLINED,
        expected_version=expected_version,
        reason=reason,
        decline_reason=reason,
    )


async def merge(
    session: Session,
    source_id: UUID,
    target_id: UUID,
    *,
    reason: str | None = None,
    expected_version: int | None = None,
) -> Elevation:
    """Let one elevation be another, which gets the signals it lacks; an accepted one's insight gets them too.

    Raises NotFound, StaleVersion, InvalidTransition for the source, Invalid for a declined target.
    """
    if source_id == target_id:
        raise Invalid("targetId", reason="An elevation cannot be merged into itself.")
    fields = {source_id: "sourceId", target_id: "targetId"}
    found = {id_: await session.get(Elevation, id_, fields[id_], locked=True) for id_ in sorted(fields)}
    source, target = found[source_id], found[target_id]
    if target.status in {ElevationStatus.MERGED, ElevationStatus.DECLINED}:
        raise Invalid("targetId", reason=f"This elevation is {target.status.lower()} and takes nothing in.")
    await ELEVATION.move(
        session,
        source,
        ElevationStatus.MERGED,
        expected_version=expected_version,
        reason=reason,
        merged_into_id=target_id,
        insight_id=target.insight_id,
    )
    await _hand_over(session, source_id, target)
    return target


async def _hand_over(session: Session, source_id: UUID, target: Elevation) -> None:
    known = {one.key for one in await _signals(session, target.id)}
    new = [one for one in await _signals(session, source_id) if one.key not in known]
    _add(session, target.id, [FoundSignal(one, None) for one in new])
    if target.insight_id is not None and new:
        await evidence.link(session, target.insight_id, new)


async def _locked(session: Session, elevation_id: UUID) -> Elevation:
    return await session.get(Elevation, elevation_id, "elevationId", locked=True)


async def _signals(session: Session, elevation_id: UUID) -> list[Signal]:
    return [signal_of(row) for row in await session.find(ElevationSignal, elevation_id=elevation_id)]


def _add(session: Session, elevation_id: UUID, found: Sequence[FoundSignal]) -> None:
    common = {"elevation_id": elevation_id, "added_at": session.now}
    session.insert(ElevationSignal, [{"id": uuid7(), **common, **one.signal.columns()} for one in found])
