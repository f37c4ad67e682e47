"""What do the facts about initiatives speak of? A change for an insight, as far as a test needs it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from service import initiatives, insights
from service.ground.session import Session
from service.initiatives import Evaluation, Plan, StepDetails
from service.initiatives.tables import (
    EvidenceGrade,
    InitiativeInsight,
    InitiativeStatus,
    PlanBucket,
    Verdict,
    WantedDirection,
)
from service.insights import PriorityInputs, Signal
from service.insights.tables import Insight, InsightStatus
from tests.service import signals

S = InitiativeStatus
LAST_YEAR = datetime(2025, 1, 6, tzinfo=UTC)
PLAN = Plan(
    metric_id="CES_MEAN",
    metric_version=1,
    direction=WantedDirection.INCREASE,
    bucket=PlanBucket.WEEK,
    practical_threshold=0.2,
    baseline_start=LAST_YEAR,
    baseline_end=LAST_YEAR + timedelta(weeks=26),
    starts_at=LAST_YEAR + timedelta(weeks=26),
    evaluation_end=LAST_YEAR + timedelta(weeks=40),
)
BETTER = Evaluation(Verdict.IMPROVED, EvidenceGrade.B, 812, 0.41, 0.22, 0.6, is_final=True)
NOTHING = Evaluation(Verdict.NO_CHANGE, EvidenceGrade.C, 812, 0.01, -0.05, 0.06, is_final=True)
SHIPPING = StepDetails(shipped_at=PLAN.starts_at, scope="All lanes of terminal 2")


async def insight(session: Session, *names: str, title: str = "Queues") -> UUID:
    """Add a prioritised insight backed by a word of each customer."""
    insight_id = insights.draft(
        session, {"title": title, "root_cause": "Lanes", "root_cause_method": "FIVE_WHYS"}
    )
    if names:
        said = [signals.feedback(session, signals.customer(session, name), "An hour.") for name in names]
        await insights.evidence.link(session, insight_id, [Signal("feedback_id", id_) for id_ in said])
    await insights.transition(session, insight_id, InsightStatus.EVIDENCED, sponsor_reason="Seen.")
    await insights.transition(session, insight_id, InsightStatus.VALIDATED)
    await insights.prioritise(session, insight_id, PriorityInputs(120, 0.5, 1.5))
    return insight_id


async def initiative(
    session: Session,
    status: InitiativeStatus = S.PROPOSED,
    *names: str,
    sponsor: str = "Director",
    plan: Plan = PLAN,
) -> UUID:
    """Add an initiative for one insight and let it go through its states up to one of them."""
    about = [await insight(session, *names)]
    values = {"name": "More lanes", "owner": "Operations", "sponsor": sponsor, "learning_note": "Ask first."}
    id_ = await initiatives.propose(session, values, insight_ids=about)
    await initiatives.plans.draft(session, id_, plan)
    await initiatives.plans.lock(session, id_)
    for target in (S.APPROVED, S.PLANNED, S.ACTIVE, S.SHIPPED, S.OBSERVING):
        if status is S.PROPOSED:
            break
        await initiatives.transition(session, id_, target, replace(SHIPPING, shipped_at=plan.starts_at))
        if target is status:
            break
    return id_


async def insight_of(session: Session, initiative_id: UUID) -> Insight:
    [link] = await session.find(InitiativeInsight, initiative_id=initiative_id)
    return await session.get(Insight, link.insight_id)
