"""Which initiatives do the facts about verdicts speak of? Shipped ones about queues."""

from uuid import UUID

from service import initiatives
from service.ground.batches import Outcome
from service.ground.session import Session
from service.initiatives import Plan
from service.initiatives.tables import (
    ImpactEvaluation,
)
from tests.service.changes import S, initiative
from tests.service.contacts import (
    lay,
    reason,
    steady,
    weekly,
)


async def shipped(session: Session, plan: Plan) -> UUID:
    """Bring an initiative with this plan to where its effect is observed."""
    return await initiative(session, S.OBSERVING, plan=plan)


async def evaluated(session: Session, plan: Plan) -> ImpactEvaluation:
    """Return what is computed of such an initiative on the day on which its window ends."""
    id_ = await shipped(session, plan)
    session.now = plan.evaluation_end
    judged = await initiatives.judging.evaluate(session, id_)
    assert judged.outcome is Outcome.CREATED
    return await session.get(ImpactEvaluation, judged.evaluation_id)


async def queues(session: Session, treated: list[float], others: list[float] | None = None) -> UUID:
    """Lay contacts about queues, and about parking to compare with."""
    about = reason(session, "queues")
    lay(session, about, weekly(treated))
    lay(session, reason(session, "parking"), weekly(others or steady(60, 2)))
    return about
