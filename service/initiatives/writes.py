"""How do initiatives come about and move? Proposals, links, reports, steps, and a sponsor's override."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from service.ground.keys import uuid7
from service.ground.problems import Forbidden, Invalid, Required
from service.ground.session import Session, check_version
from service.initiatives import projections
from service.initiatives.machine import INITIATIVE, VERDICTS
from service.initiatives.tables import (
    Initiative,
    InitiativeHealth,
    InitiativeInsight,
    InitiativeStatus,
    InitiativeTouchpoint,
    InitiativeUpdate,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class StepDetails:
    """What may come with a step; SHIPPED needs `shipped_at` and `scope`, CANCELLED a `reason`."""

    reason: str | None = None
    shipped_at: datetime | None = None
    scope: str | None = None
    change_reference: str | None = None
    learning_note: str | None = None


async def propose(
    session: Session,
    values: Mapping[str, object],
    *,
    insight_ids: Sequence[UUID] = (),
    touchpoint_ids: Sequence[UUID] = (),
) -> UUID:
    """Propose a change that answers an insight or names a goal; its owner is the actor unless named.

    Raises Required without a name, Invalid for neither insight nor goal, NotFound for an unknown link.
    """
    if not values.get("name"):
        raise Required("name")
    if not insight_ids and not values.get("goal"):
        raise Invalid("insightIds", reason="An initiative answers at least one insight or names a goal.")
    columns: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    initiative = session.add(Initiative(**{"owner": session.actor.subject, **columns}))
    INITIATIVE.remember(session, initiative.id, None, InitiativeStatus.PROPOSED)
    await link(session, initiative.id, insight_ids=insight_ids, touchpoint_ids=touchpoint_ids)
    return initiative.id


async def change(
    session: Session,
    initiative_id: UUID,
    values: Mapping[str, object],
    *,
    expected_version: int | None = None,
) -> Initiative:
    """Change what an initiative says; columns that are absent stay as they are.

    Raises NotFound, StaleVersion, and Invalid where the sponsor would become the owner after the approval.
    """
    initiative = await _locked(session, initiative_id)
    check_version(initiative, expected_version)
    changes = {name: value for name, value in values.items() if getattr(initiative, name) != value}
    owner = changes.get("owner", initiative.owner)
    if initiative.approved_at is not None and owner == changes.get("sponsor", initiative.sponsor):
        raise Invalid("sponsor", reason="An approved initiative is sponsored by someone else than its owner.")
    if changes:
        await session.change(initiative, **changes)
        session.emit("initiative.updated", initiative.id, changed=sorted(changes))
    return initiative


async def link(
    session: Session,
    initiative_id: UUID,
    *,
    insight_ids: Sequence[UUID] = (),
    touchpoint_ids: Sequence[UUID] = (),
) -> Initiative:
    """Let an initiative answer insights and change touchpoints; those it is linked to already stay."""
    initiative = await _locked(session, initiative_id)
    common = {"initiative_id": initiative_id, "linked_at": session.now}
    insights = [{"id": uuid7(), **common, "insight_id": id_} for id_ in dict.fromkeys(insight_ids)]
    new = await session.insert_new(InitiativeInsight, insights, ("initiative_id", "insight_id"))
    touchpoints = [{"id": uuid7(), **common, "touchpoint_id": id_} for id_ in dict.fromkeys(touchpoint_ids)]
    await session.insert_new(InitiativeTouchpoint, touchpoints, ("initiative_id", "touchpoint_id"))
    linked = [row["insight_id"] for row in insights if row["id"] in new]
    for insight_id in linked:
        session.emit("initiative.linked", initiative_id, insight=str(insight_id))
    await projections.refresh(session, [UUID(str(id_)) for id_ in linked])
    return initiative


async def unlink(
    session: Session,
    initiative_id: UUID,
    *,
    insight_ids: Sequence[UUID] = (),
    touchpoint_ids: Sequence[UUID] = (),
    reason: str | None = None,
) -> Initiative:
    """Let an initiative answer these insights and change these touchpoints no longer.

    The cohort of a locked plan stays as it is. Links that are not there are passed over.
    """
    initiative = await _locked(session, initiative_id)
    await projections.remove_links(session, initiative_id, insight_ids, touchpoint_ids)
    for insight_id in dict.fromkeys(insight_ids):
        session.emit("initiative.unlinked", initiative_id, insight=str(insight_id), reason=reason)
    await projections.refresh(session, list(dict.fromkeys(insight_ids)))
    return initiative


async def report(
    session: Session,
    initiative_id: UUID,
    health: InitiativeHealth,
    note: str,
    *,
    reported_at: datetime | None = None,
) -> UUID:
    """Add a dated report; the latest one gives the health. Raises Invalid for a date to come."""
    initiative = await _locked(session, initiative_id)
    at = reported_at or session.now
    if at > session.now:
        raise Invalid("reportedAt", reason="A report cannot come from the future.")
    earlier = await session.find(InitiativeUpdate, initiative_id=initiative_id)
    update = session.add(
        InitiativeUpdate(
            initiative_id=initiative_id,
            health=health,
            note=note,
            author=session.actor.subject,
            reported_at=at,
        )
    )
    if all(one.reported_at <= at for one in earlier):
        await session.change(initiative, health=health)
    session.emit("initiative.reported", initiative_id, health=health)
    return update.id


async def transition(
    session: Session,
    initiative_id: UUID,
    target: InitiativeStatus,
    details: StepDetails,
    *,
    expected_version: int | None = None,
) -> Initiative:
    """Take a step that somebody asks for; verdicts are none of them.

    Raises NotFound, StaleVersion, InvalidTransition, Blocked, and Required for what the step needs said.
    """
    initiative = await _locked(session, initiative_id)
    check_version(initiative, expected_version)
    INITIATIVE.check_request(initiative.status, target)
    if target is InitiativeStatus.CANCELLED and not details.reason:
        raise Required("reason")
    if details.learning_note is not None:
        await session.change(initiative, learning_note=details.learning_note)
    changes = _changes(session, initiative, target, details)
    await INITIATIVE.move(session, initiative, target, reason=details.reason, **changes)
    await projections.refresh_of(session, initiative_id)
    return initiative


async def override_verdict(
    session: Session,
    initiative_id: UUID,
    verdict: Verdict,
    reason: str,
    *,
    expected_version: int | None = None,
) -> Initiative:
    """Let the sponsor set another verdict than the computed one; who did, and why, stays visible for ever.

    It proves nothing: insights count as verified by what was computed only.
    Raises Forbidden for anyone but the sponsor, Invalid before there is a verdict, StaleVersion.
    """
    initiative = await _locked(session, initiative_id)
    check_version(initiative, expected_version)
    if session.actor.subject != initiative.sponsor:
        raise Forbidden("initiativeId", needs="the sponsor of this initiative")
    if initiative.status not in VERDICTS:
        raise Invalid(
            "initiativeId", reason="Only a verdict that was computed can be overridden, before closing."
        )
    await session.change(
        initiative,
        verdict=verdict,
        overridden_by=session.actor.subject,
        override_reason=reason,
        overridden_at=session.now,
        next_evaluation_at=None,
    )
    session.emit("initiative.overridden", initiative_id, verdict=verdict, reason=reason)
    state = InitiativeStatus(verdict)
    if initiative.status != state:
        await INITIATIVE.move(session, initiative, state, reason=reason)
    return initiative


def _changes(
    session: Session, initiative: Initiative, target: InitiativeStatus, details: StepDetails
) -> dict[str, Any]:
    """Return the columns that a step fills beside the state."""
    match target:
        case InitiativeStatus.APPROVED:
            return {"approved_by": session.actor.subject, "approved_at": session.now}
        case InitiativeStatus.ACTIVE:
            return {"started_at": initiative.started_at or session.now}
        case InitiativeStatus.SHIPPED:
            return _shipping(session, details)
        case InitiativeStatus.CLOSED:
            return {"next_evaluation_at": None}
        case _:
            return {}


def _shipping(session: Session, details: StepDetails) -> dict[str, Any]:
    if details.shipped_at is None:
        raise Required("shippedAt")
    if not details.scope:
        raise Required("scope")
    if details.shipped_at > session.now:
        raise Invalid("shippedAt", reason="What has shipped did so before now.")
    return {
        "shipped_at": details.shipped_at,
        "shipped_scope": details.scope,
        "change_reference": details.change_reference,
    }


async def _locked(session: Session, initiative_id: UUID) -> Initiative:
    return await session.get(Initiative, initiative_id, "initiativeId", locked=True)
