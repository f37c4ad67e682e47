"""How is an effect judged fairly? By a plan that is drafted, then locked before the work starts."""

from uuid import UUID

from service import insights
from service.ground.keys import uuid7
from service.ground.problems import Invalid
from service.ground.session import Session, check_version
from service.initiatives.machine import BEFORE_WORK
from service.initiatives.rules import Plan
from service.initiatives.tables import (
    Initiative,
    InitiativeInsight,
    MeasurementPlan,
    PlanCohortMember,
)


async def draft(
    session: Session, initiative_id: UUID, plan: Plan, *, expected_version: int | None = None
) -> UUID:
    """Write an initiative's plan, replacing an earlier draft; `expected_version` is the plan's.

    Raises NotFound, Invalid for a plan that could prove nothing or comes too late, StaleVersion.
    """
    plan.check()
    await _before_work(session, initiative_id)
    drafted = await session.find(MeasurementPlan, initiative_id=initiative_id, locked=True)
    if drafted:
        _refuse_locked(drafted[0])
        check_version(drafted[0], expected_version)
        await session.change(drafted[0], **plan.columns())
        return drafted[0].id
    row = session.add(MeasurementPlan(initiative_id=initiative_id, **plan.columns()))
    session.emit("measurement_plan.drafted", row.id, initiative=str(initiative_id))
    return row.id


async def lock(
    session: Session, initiative_id: UUID, *, expected_version: int | None = None
) -> MeasurementPlan:
    """Freeze the plan, and with it the cohort: the customers whose signals back the initiative's insights.

    Raises NotFound, Invalid without a draft, when it is locked already or when work has begun, StaleVersion.
    """
    initiative = await _before_work(session, initiative_id)
    drafted = await session.find(MeasurementPlan, initiative_id=initiative_id, locked=True)
    if not drafted:
        raise Invalid("initiativeId", reason="This initiative has no measurement plan yet; draft one first.")
    plan = drafted[0]
    _refuse_locked(plan)
    check_version(plan, expected_version)
    links = await session.find(InitiativeInsight, initiative_id=initiative_id)
    customers = await insights.evidence.customers_behind(session, [link.insight_id for link in links])
    members = [{"id": uuid7(), "plan_id": plan.id, "customer_id": customer} for customer in customers]
    session.insert(PlanCohortMember, members)
    await session.change(
        plan, locked_at=session.now, locked_by=session.actor.subject, cohort_size=len(members)
    )
    await session.change(initiative, plan_locked_at=session.now)
    session.emit("measurement_plan.locked", plan.id, initiative=str(initiative_id), cohort=len(members))
    return plan


async def _before_work(session: Session, initiative_id: UUID) -> Initiative:
    initiative = await session.get(Initiative, initiative_id, "initiativeId", locked=True)
    if initiative.status not in BEFORE_WORK:
        raise Invalid("initiativeId", reason="A measurement plan is made before the initiative is planned.")
    return initiative


def _refuse_locked(plan: MeasurementPlan) -> None:
    if plan.locked_at is not None:
        raise Invalid("initiativeId", reason="The measurement plan is locked and never changes again.")
