"""What do initiatives mean for the insights they answer? Kept on the insight whenever one of them moves."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, exists, func, literal_column, or_, select

from service import insights
from service.ground.events import Event
from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.initiatives.tables import (
    ImpactEvaluation,
    Initiative,
    InitiativeInsight,
    InitiativeStatus,
    InitiativeTouchpoint,
    Verdict,
)
from service.insights.tables import Insight

_S = InitiativeStatus
AT_WORK = (_S.ACTIVE, _S.PAUSED, _S.SHIPPED, _S.OBSERVING, _S.IMPROVED, _S.INCONCLUSIVE)
"""The states in which an initiative works on its insights; what changed nothing or made it worse does not."""

_initiative = table_of(Initiative)
_link = table_of(InitiativeInsight)
_place = table_of(InitiativeTouchpoint)
_evaluation = table_of(ImpactEvaluation)
_insight = table_of(Insight)

_at_work = or_(
    _initiative.c.status.in_([literal_column(f"'{status}'") for status in AT_WORK]),
    and_(
        _initiative.c.status == literal_column(f"'{_S.CLOSED}'"),
        _initiative.c.verdict == literal_column(f"'{Verdict.IMPROVED}'"),
    ),
)
_later = _evaluation.alias()
_proof = and_(
    _evaluation.c.tenant_id == TENANT,
    _evaluation.c.initiative_id == _initiative.c.id,
    _evaluation.c.is_final,
    _evaluation.c.verdict == literal_column(f"'{Verdict.IMPROVED}'"),
    _evaluation.c.computed_at
    > func.coalesce(_insight.c.regressed_at, literal_column("'-infinity'::timestamptz")),
    ~exists(
        select(1).where(
            _later.c.tenant_id == TENANT,
            _later.c.initiative_id == _initiative.c.id,
            _later.c.is_final,
            _later.c.edition > _evaluation.c.edition,
        )
    ),
)
_verified_at = (
    select(func.min(_evaluation.c.computed_at))
    .where(_proof)
    .correlate(_initiative, _insight)
    .scalar_subquery()
)
STANDING = Statement(
    select(
        func.min(_initiative.c.started_at).filter(_at_work).label("initiative_active_at"),
        func.min(_verified_at).label("verified_at"),
    )
    .select_from(
        _insight.join(_link, and_(_link.c.tenant_id == TENANT, _link.c.insight_id == _insight.c.id)).join(
            _initiative, and_(_initiative.c.tenant_id == TENANT, _initiative.c.id == _link.c.initiative_id)
        )
    )
    .where(_insight.c.tenant_id == TENANT, _insight.c.id == bindparam("insight"))
    .where(
        or_(_insight.c.regressed_at.is_(None), _initiative.c.started_at > _insight.c.regressed_at),
    )
)
UNLINKING = Statement(
    delete(_link).where(
        _link.c.tenant_id == TENANT,
        _link.c.initiative_id == bindparam("initiative"),
        _link.c.insight_id == func.any(bindparam("insights")),
    )
)
DISPLACING = Statement(
    delete(_place).where(
        _place.c.tenant_id == TENANT,
        _place.c.initiative_id == bindparam("initiative"),
        _place.c.touchpoint_id == func.any(bindparam("touchpoints")),
    )
)


async def refresh(session: Session, insight_ids: Sequence[UUID]) -> None:
    """Tell insights what their initiatives have come to, in the order of their ids."""
    for insight_id in sorted(insight_ids):
        found = await session.row(STANDING, insight=insight_id)
        standing = insights.Standing(**found) if found else insights.Standing()
        await insights.note_initiatives(session, insight_id, standing)


async def refresh_of(session: Session, initiative_id: UUID) -> None:
    """Tell every insight that an initiative answers what has come of it."""
    links = await session.find(InitiativeInsight, initiative_id=initiative_id)
    await refresh(session, [link.insight_id for link in links])


async def remove_links(
    session: Session, initiative_id: UUID, insight_ids: Sequence[UUID], touchpoint_ids: Sequence[UUID]
) -> None:
    """Delete links; those that are not there are passed over."""
    if insight_ids:
        await session.run(UNLINKING, initiative=initiative_id, insights=list(insight_ids))
    if touchpoint_ids:
        await session.run(DISPLACING, initiative=initiative_id, touchpoints=list(touchpoint_ids))


async def follow_merge(session: Session, event: Event) -> None:
    """Let the initiatives of a merged insight answer the one it was merged into."""
    merged = await session.get(Insight, event.subject_id)
    links = await session.find(InitiativeInsight, insight_id=merged.id)
    if merged.merged_into_id is None or not links:
        return
    rows = [
        {
            "id": uuid7(),
            "initiative_id": link.initiative_id,
            "insight_id": merged.merged_into_id,
            "linked_at": session.now,
        }
        for link in links
    ]
    new = await session.insert_new(InitiativeInsight, rows, ("initiative_id", "insight_id"))
    for row in rows:
        if row["id"] in new:
            session.emit(
                "initiative.linked", UUID(str(row["initiative_id"])), insight=str(merged.merged_into_id)
            )
    await refresh(session, [merged.merged_into_id])
