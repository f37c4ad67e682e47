"""How is an effect judged fairly? By a plan that is drafted, then locked before the work starts."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete

from service.ground.keys import uuid7
from service.ground.problems import Invalid
from service.ground.session import Session, check_version
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.initiatives import designs, outlook
from service.initiatives.machine import BEFORE_WORK
from service.initiatives.measurements import MEASUREMENTS
from service.initiatives.outlook import GUARDS, Outlook
from service.initiatives.proof_tables import PlanMetric, PlanScope, ProofGuard
from service.initiatives.rules import Plan
from service.initiatives.scopes import derived
from service.initiatives.tables import Initiative, MeasurementPlan, PlanCohortMember

CLEARING = tuple(
    Statement(delete(table).where(table.c.tenant_id == TENANT, table.c.plan_id == bindparam("plan")))
    for table in (table_of(PlanScope), table_of(PlanMetric), table_of(ProofGuard))
)


async def preview(session: Session, initiative_id: UUID, plan: Plan) -> Outlook:
    """Return what a plan could show, and keep nothing of it.

    Raises NotFound, and Invalid for a plan that could prove nothing.
    """
    plan.check()
    await session.get(Initiative, initiative_id, "initiativeId")
    return await outlook.foresee(session, initiative_id, plan)


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
    found = await outlook.foresee(session, initiative_id, plan)
    columns = {**plan.columns(), **_foreseen(session, found)}
    if drafted:
        row = await session.change(drafted[0], **columns)
    else:
        row = session.add(MeasurementPlan(initiative_id=initiative_id, **columns))
        session.emit("measurement_plan.drafted", row.id, initiative=str(initiative_id))
    await _keep_parts(session, row.id, plan, found)
    return row.id


async def lock(
    session: Session, initiative_id: UUID, *, expected_version: int | None = None
) -> MeasurementPlan:
    """Freeze the plan, and with it what is treated, what can be foreseen, and the cohort.

    The cohort are the customers whose signals back the initiative's insights.

    Raises NotFound, Invalid without a draft, when it is locked already or when work has begun, StaleVersion.
    """
    initiative = await _before_work(session, initiative_id)
    drafted = await session.find(MeasurementPlan, initiative_id=initiative_id, locked=True)
    if not drafted:
        raise Invalid("initiativeId", reason="This initiative has no measurement plan yet; draft one first.")
    plan = drafted[0]
    _refuse_locked(plan)
    check_version(plan, expected_version)
    frozen = await _frozen(session, plan)
    customers = await designs.cohort(session, initiative_id)
    members = [{"id": uuid7(), "plan_id": plan.id, "customer_id": customer} for customer in customers]
    session.insert(PlanCohortMember, members)
    found = await outlook.foresee(session, initiative_id, frozen)
    await _keep_parts(session, plan.id, frozen, found)
    by = {"locked_at": session.now, "locked_by": session.actor.subject}
    await session.change(plan, **by, cohort_size=len(members), **_foreseen(session, found))
    await session.change(initiative, plan_locked_at=session.now)
    session.emit("measurement_plan.locked", plan.id, initiative=str(initiative_id), cohort=len(members))
    return plan


async def _frozen(session: Session, row: MeasurementPlan) -> Plan:
    """Return the plan with what the initiative is about today, where it does not say what is treated."""
    plan = await designs.stored(session, row)
    if plan.treated.kinds():
        return plan
    return replace(plan, treated=await derived(session, row.initiative_id, MEASUREMENTS[plan.metric_id]))


def _foreseen(session: Session, found: Outlook) -> dict[str, Any]:
    return {
        "detectable_effect": found.detectable_effect,
        "detectable_windows": found.windows,
        "baseline_periods": found.periods,
        "baseline_sample": found.sample,
        "foreseen_at": session.now,
    }


async def _keep_parts(session: Session, plan_id: UUID, plan: Plan, found: Outlook) -> None:
    """Write what a plan consists of beside its row, and which guards would stop it."""
    for statement in CLEARING:
        await session.run(statement, plan=plan_id)
    designs.keep_parts(session, plan_id, plan)
    guards = [
        {
            "id": uuid7(),
            "plan_id": plan_id,
            "evaluation_id": None,
            "position": n,
            "reason": one,
            "passed": one not in found.against,
        }
        for n, one in enumerate(GUARDS)
    ]
    session.insert(ProofGuard, guards)


async def _before_work(session: Session, initiative_id: UUID) -> Initiative:
    initiative = await session.get(Initiative, initiative_id, "initiativeId", locked=True)
    if initiative.status not in BEFORE_WORK:
        raise Invalid("initiativeId", reason="A measurement plan is made before the initiative is planned.")
    return initiative


def _refuse_locked(plan: MeasurementPlan) -> None:
    if plan.locked_at is not None:
        raise Invalid("initiativeId", reason="The measurement plan is locked and never changes again.")
