"""How do insights come about, ripen and end? Drafts, changes, priorities, steps, merges and projections."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update

from service.ground.problems import Invalid, NotFound, Required
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import TenantRow, table_of
from service.insights import evidence
from service.insights.machine import INSIGHT, REASONED
from service.insights.rules import MOST_SEVERE, Measurement, PriorityInputs, priority
from service.insights.tables import Elevation, Insight, InsightStatus
from service.interactions.tables import ContactReason
from service.touchpoints.tables import Touchpoint

PRIORITISED_BEFORE = frozenset({InsightStatus.PRIORITISED, InsightStatus.ADDRESSING})
"""The states in which a new priority is no step: only its factors change."""

_elevation = table_of(Elevation)
MOVING_ELEVATIONS = Statement(
    update(_elevation)
    .where(_elevation.c.tenant_id == TENANT, _elevation.c.insight_id == bindparam("source"))
    .values(insight_id=bindparam("target"))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What later chapters know: since when an initiative works on an insight, when its effect was proved."""

    initiative_active_at: datetime | None = None
    verified_at: datetime | None = None


def draft(session: Session, values: Mapping[str, object]) -> UUID:
    """Begin an insight; `values` holds columns by name and needs a title.

    Raises Required without one, Invalid for a severity outside 1 to 5.
    """
    if not values.get("title"):
        raise Required("title")
    _check_severity(values)
    columns: dict[str, Any] = dict(values)  # the model knows their types
    insight = session.add(Insight(**columns))
    INSIGHT.remember(session, insight.id, None, InsightStatus.DRAFT)
    return insight.id


async def pins(
    session: Session, *, touchpoint_key: str | None = None, contact_reason_key: str | None = None
) -> dict[str, UUID]:
    """Return the columns that pin an insight to what these keys name; raises NotFound for an unknown key."""
    found: dict[str, UUID] = {}
    if touchpoint_key is not None:
        found["touchpoint_id"] = await _named(session, Touchpoint, touchpoint_key, "touchpointKey")
    if contact_reason_key is not None:
        found["contact_reason_id"] = await _named(
            session, ContactReason, contact_reason_key, "contactReasonKey"
        )
    return found


async def change(
    session: Session, insight_id: UUID, values: Mapping[str, object], *, expected_version: int | None = None
) -> Insight:
    """Change what an insight says, where it is pinned, who owns it; columns that are absent stay as they are.

    Raises NotFound, StaleVersion, and Invalid for an insight that was merged into another one.
    """
    insight = await session.get(Insight, insight_id, "insightId", locked=True)
    check_version(insight, expected_version)
    if insight.status == InsightStatus.MERGED:
        raise Invalid("insightId", reason="This insight was merged into another one; change that one.")
    _check_severity(values)
    changes = {name: value for name, value in values.items() if getattr(insight, name) != value}
    if changes:
        await session.change(insight, **changes)
        session.emit("insight.updated", insight.id, changed=sorted(changes))
    return insight


async def prioritise(
    session: Session,
    insight_id: UUID,
    inputs: PriorityInputs,
    *,
    reason: str | None = None,
    expected_version: int | None = None,
) -> Insight:
    """Freeze the factors of a priority and take the step; an insight that has one keeps its state.

    Raises NotFound, StaleVersion, Invalid for a factor below 0, InvalidTransition before it is validated.
    """
    inputs.check()
    insight = await session.get(Insight, insight_id, "insightId", locked=True)
    check_version(insight, expected_version)
    if insight.status not in PRIORITISED_BEFORE:
        INSIGHT.check_request(insight.status, InsightStatus.PRIORITISED)
    await session.change(
        insight,
        priority=priority(inputs),
        priority_affected_customers=inputs.affected_customers,
        priority_gap=inputs.gap,
        priority_trend=inputs.trend,
        **_provenance(inputs.measured),
        prioritised_at=session.now,
    )
    if insight.status in PRIORITISED_BEFORE:
        session.emit("insight.updated", insight.id, changed=["priority"], reason=reason)
        return insight
    return await INSIGHT.move(session, insight, InsightStatus.PRIORITISED, reason=reason)


async def transition(
    session: Session,
    insight_id: UUID,
    target: InsightStatus,
    *,
    reason: str | None = None,
    sponsor_reason: str | None = None,
    expected_version: int | None = None,
) -> Insight:
    """Take a step that somebody asks for; a sponsor's reason stands in for evidence that is missing.

    Raises NotFound, StaleVersion, InvalidTransition, Blocked, Required for a reason.
    """
    insight = await session.get(Insight, insight_id, "insightId", locked=True)
    check_version(insight, expected_version)
    INSIGHT.check_request(insight.status, target)
    if target in REASONED and not reason:
        raise Required("reason")
    if sponsor_reason is not None:
        await session.change(insight, sponsor_reason=sponsor_reason)
    return await INSIGHT.move(session, insight, target, reason=reason)


async def merge(session: Session, source_id: UUID, target_id: UUID, reason: str) -> Insight:
    """Let one insight be another: its evidence and its elevations belong to the target from now on.

    A signal that backs both stays with each. Raises NotFound, Invalid for an insight and itself or for a
    target that has ended, InvalidTransition for a source that has.
    """
    if source_id == target_id:
        raise Invalid("targetId", reason="An insight cannot be merged into itself.")
    fields = {source_id: "sourceId", target_id: "targetId"}
    found = {id_: await session.get(Insight, id_, fields[id_], locked=True) for id_ in sorted(fields)}
    target = found[target_id]
    if target.status in evidence.CLOSED_TO_EVIDENCE:
        raise Invalid(
            "targetId", reason=f"This insight is {target.status.lower()}: nothing is merged into it."
        )
    source = found[source_id]
    await INSIGHT.move(session, source, InsightStatus.MERGED, reason=reason, merged_into_id=target_id)
    await session.run(evidence.MOVING, source=source_id, target=target_id)
    await session.run(MOVING_ELEVATIONS, source=source_id, target=target_id)
    return target


async def note_initiatives(session: Session, insight_id: UUID, standing: Standing) -> None:
    """Keep what the linked initiatives mean for an insight, and take the steps that follow from it."""
    insight = await session.get(Insight, insight_id, locked=True)
    known = Standing(insight.initiative_active_at, insight.verified_at)
    if known != standing:
        await session.change(
            insight, initiative_active_at=standing.initiative_active_at, verified_at=standing.verified_at
        )
    if insight.status == InsightStatus.PRIORITISED and standing.initiative_active_at:
        await INSIGHT.move(session, insight, InsightStatus.ADDRESSING)
    elif insight.status == InsightStatus.ADDRESSING and not standing.initiative_active_at:
        reason = "No initiative works on it any more."
        await INSIGHT.move(session, insight, InsightStatus.PRIORITISED, reason=reason)


async def note_follow_up_due(session: Session, insight_id: UUID, due_at: datetime | None) -> None:
    """Keep when the earliest thing still owed to a customer of this insight is due; None where nothing is."""
    insight = await session.get(Insight, insight_id, locked=True)
    if insight.follow_up_due_at != due_at:
        await session.change(insight, follow_up_due_at=due_at)


async def regress(session: Session, insight_id: UUID, reason: str) -> Insight:
    """Record that what was resolved has come back; what proved the effect before counts no longer.

    Raises NotFound, InvalidTransition for an insight that is not resolved.
    """
    insight = await session.get(Insight, insight_id, "insightId", locked=True)
    return await INSIGHT.move(
        session,
        insight,
        InsightStatus.REGRESSED,
        reason=reason,
        initiative_active_at=None,
        verified_at=None,
        regressed_at=session.now,
    )


async def _named(session: Session, model: type[TenantRow], key: str, field: str) -> UUID:
    rows = await session.lookup(model, ("key",), [(key,)])
    if not rows:
        raise NotFound(field, thing=table_of(model).name.replace("_", " "), key="key")
    id_: UUID = rows[(key,)]["id"]
    return id_


def _provenance(measured: Measurement | None) -> dict[str, object]:
    """Return the columns that say where the factors come from, all empty for a person's own."""
    return {
        "priority_gap_low": measured.gap_low if measured else None,
        "priority_gap_high": measured.gap_high if measured else None,
        "priority_gap_measure": measured.gap_measure if measured else None,
        "priority_measured_at": measured.measured_at if measured else None,
    }


def _check_severity(values: Mapping[str, object]) -> None:
    severity = values.get("severity")
    if isinstance(severity, int) and not 1 <= severity <= MOST_SEVERE:
        raise Invalid("severity", reason=f"The severity runs from 1 to {MOST_SEVERE}.")
