"""When is a loop closed? When the change has shipped, its effect is judged, and everybody was told."""

from uuid import UUID

from service.ground.batches import Outcome
from service.ground.problems import Blocked, Forbidden, Invalid, InvalidTransition
from service.ground.session import Session, check_version
from service.initiatives.tables import Initiative, InitiativeInsight, InitiativeStatus
from service.insights.tables import Insight
from service.loops.machine import CLOSING, LOOPS
from service.loops.tables import FeedbackLoop, LoopStatus


async def open_loop(
    session: Session,
    insight_id: UUID,
    initiative_id: UUID,
    *,
    name: str | None = None,
    owner: str | None = None,
) -> tuple[UUID, Outcome]:
    """Open the loop of an insight and its initiative, or give an open one its name and owner.

    Raises NotFound, Invalid where the initiative does not answer the insight or the loop was closed.
    """
    insight = await session.get(Insight, insight_id, "insightId")
    initiative = await session.get(Initiative, initiative_id, "initiativeId", locked=True)
    if not await session.find(InitiativeInsight, insight_id=insight_id, initiative_id=initiative_id):
        raise Invalid("initiativeId", reason="This initiative does not answer this insight; link them first.")
    found = await session.find(FeedbackLoop, insight_id=insight_id, initiative_id=initiative_id, locked=True)
    if found:
        return await _take_over(session, found[0], name, owner)
    loop = FeedbackLoop(
        insight_id=insight_id,
        initiative_id=initiative_id,
        name=name or insight.title,
        owner=owner or initiative.owner,
        opened_at=session.now,
        opened_by=session.actor.subject,
    )
    session.add(loop)
    LOOPS.remember(session, loop.id, None, LoopStatus.OPEN)
    return loop.id, Outcome.CREATED


async def open_for_initiative(session: Session, initiative_id: UUID) -> None:
    """Open the loops of an initiative that work has begun on, with each insight it has none with."""
    initiative = await session.get(Initiative, initiative_id)
    if initiative.started_at is None or initiative.status == InitiativeStatus.CANCELLED:
        return
    links = await session.find(InitiativeInsight, initiative_id=initiative_id)
    known = {loop.insight_id for loop in await session.find(FeedbackLoop, initiative_id=initiative_id)}
    for link in links:
        if link.insight_id not in known:
            await open_loop(session, link.insight_id, initiative_id)


async def follow_merge(session: Session, insight_id: UUID) -> None:
    """Let the open loops of a merged insight be those of the one it became, unless that has its own."""
    merged = await session.get(Insight, insight_id)
    target_id = merged.merged_into_id
    if target_id is None:
        return
    taken = {loop.initiative_id for loop in await session.find(FeedbackLoop, insight_id=target_id)}
    for loop in await session.find(FeedbackLoop, insight_id=insight_id, status=LoopStatus.OPEN, locked=True):
        if loop.initiative_id not in taken:
            await session.change(loop, insight_id=target_id)
            session.emit("feedback_loop.updated", loop.id, changed=["insight_id"])


async def close(
    session: Session, loop_id: UUID, *, sponsor_reason: str | None = None, expected_version: int | None = None
) -> None:
    """Close a loop; raises Blocked with each condition that is missing, unless its sponsor gives a reason.

    The sponsor's reason stays with the loop for ever. Raises Forbidden where somebody else gives one.
    """
    loop = await session.get(FeedbackLoop, loop_id, "feedbackLoopId", locked=True)
    check_version(loop, expected_version)
    if loop.status == LoopStatus.CLOSED:
        target = LoopStatus.CLOSED
        raise InvalidTransition(
            "feedbackLoopId", thing="FeedbackLoop", source=loop.status, target=target, allowed="nowhere"
        )
    missing = await LOOPS.missing(session, loop_id, CLOSING)
    if missing and not sponsor_reason:
        raise Blocked("feedbackLoopId", reasons=missing)
    if missing:
        await _check_sponsor(session, loop)
    await session.change(
        loop,
        status=LoopStatus.CLOSED,
        closed_at=session.now,
        closed_by=session.actor.subject,
        close_reason=sponsor_reason,
        closed_despite="\n".join(missing) or None,
    )
    LOOPS.remember(session, loop_id, LoopStatus.OPEN, LoopStatus.CLOSED, sponsor_reason)


async def _take_over(
    session: Session, loop: FeedbackLoop, name: str | None, owner: str | None
) -> tuple[UUID, Outcome]:
    if loop.status == LoopStatus.CLOSED:
        raise Invalid("insightId", reason="The loop of this insight and this initiative was closed.")
    wanted = {"name": name or loop.name, "owner": owner or loop.owner}
    changes = {column: value for column, value in wanted.items() if getattr(loop, column) != value}
    if not changes:
        return loop.id, Outcome.UNCHANGED
    await session.change(loop, **changes)
    session.emit("feedback_loop.updated", loop.id, changed=sorted(changes))
    return loop.id, Outcome.UPDATED


async def _check_sponsor(session: Session, loop: FeedbackLoop) -> None:
    """Let nobody but the initiative's sponsor close what is not done; where there is none, not its owner."""
    initiative = await session.get(Initiative, loop.initiative_id)
    subject = session.actor.subject
    if initiative.sponsor is not None and initiative.sponsor != subject:
        raise Forbidden("reason", needs="the sponsor of the initiative")
    if initiative.sponsor is None and initiative.owner == subject:
        raise Forbidden("reason", needs="somebody else than the owner of the initiative")
