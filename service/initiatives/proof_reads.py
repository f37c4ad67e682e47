"""How is a proof read? A plan's scopes, metrics, guards and cohort; an evaluation's points and findings."""

from sqlalchemy import FromClause, and_

from service.customers.tables import Customer, Segment
from service.ground.reads import Condition, Many, Order, among, column, exists_in, to_many, to_one
from service.initiatives.proof_tables import (
    EvaluationMetric,
    EvaluationOverlap,
    EvaluationPoint,
    PlanMetric,
    PlanScope,
    PlanSide,
    ProofGuard,
)
from service.initiatives.tables import Initiative, PlanCohortMember
from service.interactions.tables import ContactReason, Team
from service.touchpoints.tables import Touchpoint

BY_POSITION = {"POSITION": Order(column("position"))}


def _member(plan: FromClause, customer: FromClause) -> Condition:
    return exists_in(
        PlanCohortMember,
        lambda member: and_(member.c.plan_id == plan.c.id, member.c.customer_id == customer.c.id),
    )


def _scopes(side: PlanSide) -> Many:
    return Many(
        PlanScope,
        lambda plan, scope: and_(scope.c.plan_id == plan.c.id, among(scope.c.side, [side])),
        BY_POSITION,
        descending=False,
    )


cohort_of_plan = Many(Customer, _member, {"CREATED_AT": Order(column("created_at"))})
treated_of_plan = _scopes(PlanSide.TREATED)
compared_of_plan = _scopes(PlanSide.COMPARISON)
metrics_of_plan = to_many(PlanMetric, "plan_id", BY_POSITION, descending=False)
guards_of_plan = to_many(ProofGuard, "plan_id", BY_POSITION, descending=False)

reason_of_scope = to_one(ContactReason, "contact_reason_id")
touchpoint_of_scope = to_one(Touchpoint, "touchpoint_id")
team_of_scope = to_one(Team, "team_id")
segment_of_scope = to_one(Segment, "segment_id")

points_of_evaluation = to_many(EvaluationPoint, "evaluation_id", BY_POSITION, descending=False)
metrics_of_evaluation = to_many(EvaluationMetric, "evaluation_id", BY_POSITION, descending=False)
guards_of_evaluation = to_many(ProofGuard, "evaluation_id", BY_POSITION, descending=False)
overlapping_of_evaluation = Many(
    Initiative,
    lambda evaluation, link: link.c.evaluation_id == evaluation.c.id,
    BY_POSITION,
    through=EvaluationOverlap,
    onward=lambda link, initiative: link.c.initiative_id == initiative.c.id,
    descending=False,
    by_link=True,
)
