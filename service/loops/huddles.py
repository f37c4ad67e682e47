"""What did a team decide about what its customers said? Huddles are recorded once, with their decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.ground.moments import happened_at
from service.ground.problems import Invalid, LimitExceeded
from service.ground.session import Session
from service.insights.tables import Elevation
from service.interactions.tables import Team
from service.loops.tables import Huddle, HuddleDecision, HuddleDecisionKind

MOST_DECISIONS = 50


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision; only one to elevate names an elevation."""

    kind: HuddleDecisionKind
    note: str
    elevation_id: UUID | None = None


async def record(
    session: Session,
    team_id: UUID,
    decisions: Sequence[Decision],
    *,
    held_at: datetime | None = None,
    attendees: str | None = None,
    notes: str | None = None,
) -> UUID:
    """Record a huddle with its decisions, in order; raises NotFound for an unknown team or elevation."""
    if len(decisions) > MOST_DECISIONS:
        raise LimitExceeded("decisions", limit=MOST_DECISIONS, things="decisions", found=len(decisions))
    await session.get(Team, team_id, "teamId")
    await _check_elevations(session, decisions)
    huddle = Huddle(
        team_id=team_id,
        held_at=happened_at(held_at, session.now, "heldAt"),
        attendees=attendees,
        notes=notes,
        recorded_by=session.actor.subject,
    )
    session.add(huddle)
    for position, one in enumerate(decisions, start=1):
        row = HuddleDecision(
            huddle_id=huddle.id,
            position=position,
            kind=one.kind,
            note=one.note,
            elevation_id=one.elevation_id,
        )
        session.add(row)
    session.emit("huddle.recorded", huddle.id, team=str(team_id), decisions=len(decisions))
    return huddle.id


async def _check_elevations(session: Session, decisions: Sequence[Decision]) -> None:
    for number, one in enumerate(decisions):
        if one.elevation_id is None:
            continue
        if one.kind is not HuddleDecisionKind.ELEVATE:
            raise Invalid(
                "decisions", number, "elevationId", reason="Only a decision to elevate names an elevation."
            )
        await session.get(Elevation, one.elevation_id, "decisions", number, "elevationId")
