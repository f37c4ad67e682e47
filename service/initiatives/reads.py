"""How are initiatives read? With their insights, touchpoints, reports, plan and evaluations."""

from sqlalchemy import FromClause, func, literal_column

from service.ground.reads import (
    Condition,
    Entity,
    Expression,
    Many,
    One,
    Order,
    Where,
    all_of,
    column,
    count_distinct_in,
    to_many,
    to_one,
)
from service.initiatives.tables import (
    NOT_SHIPPED,
    ImpactEvaluation,
    Initiative,
    InitiativeInsight,
    InitiativeTouchpoint,
    InitiativeUpdate,
    MeasurementPlan,
    PlanCohortMember,
)
from service.insights.tables import Insight
from service.touchpoints.tables import Touchpoint

INITIATIVE = Entity(Initiative, "ini")
INITIATIVE_UPDATE = Entity(InitiativeUpdate, "inu")
MEASUREMENT_PLAN = Entity(MeasurementPlan, "mpl")
IMPACT_EVALUATION = Entity(ImpactEvaluation, "iev")


def shipped_at_of(row: FromClause) -> Expression:
    """Return the moment of shipping to sort by; what has not shipped counts as shipped longest ago."""
    return func.coalesce(row.c.shipped_at, literal_column(NOT_SHIPPED), type_=row.c.shipped_at.type)


def locked_in_time(plan: FromClause) -> Condition:
    """Tell whether a plan was locked before the change started: it could not be fitted to what came out."""
    return func.coalesce(plan.c.locked_at <= plan.c.starts_at, literal_column("false"))


def members_left(plan: FromClause) -> Expression:
    """Return how many different customers of the cohort are still known; fewer after erasures and merges."""
    return count_distinct_in(PlanCohortMember, "customer_id", lambda member: member.c.plan_id == plan.c.id)


INITIATIVE_ORDERS = {
    "UPDATED_AT": Order(column("updated_at")),
    "CREATED_AT": Order(column("created_at")),
    "SHIPPED_AT": Order(shipped_at_of),
}
BY_LINK = {"LINKED_AT": Order(column("linked_at"))}

INITIATIVES = all_of(Initiative, INITIATIVE_ORDERS)

insights_of_initiative = Many(
    Insight,
    lambda initiative, link: link.c.initiative_id == initiative.c.id,
    BY_LINK,
    through=InitiativeInsight,
    onward=lambda link, insight: link.c.insight_id == insight.c.id,
    by_link=True,
)
touchpoints_of_initiative = Many(
    Touchpoint,
    lambda initiative, link: link.c.initiative_id == initiative.c.id,
    BY_LINK,
    through=InitiativeTouchpoint,
    onward=lambda link, touchpoint: link.c.touchpoint_id == touchpoint.c.id,
    by_link=True,
)
initiatives_of_insight = Many(
    Initiative,
    lambda insight, link: link.c.insight_id == insight.c.id,
    BY_LINK,
    through=InitiativeInsight,
    onward=lambda link, initiative: link.c.initiative_id == initiative.c.id,
    by_link=True,
)
initiatives_of_touchpoint = Many(
    Initiative,
    lambda touchpoint, link: link.c.touchpoint_id == touchpoint.c.id,
    BY_LINK,
    through=InitiativeTouchpoint,
    onward=lambda link, initiative: link.c.initiative_id == initiative.c.id,
    by_link=True,
)
updates_of_initiative = to_many(
    InitiativeUpdate, "initiative_id", {"REPORTED_AT": Order(column("reported_at"))}
)
plan_of_initiative = One(MeasurementPlan, lambda initiative, plan: plan.c.initiative_id == initiative.c.id)
evaluations_of_initiative = to_many(
    ImpactEvaluation, "initiative_id", {"COMPUTED_AT": Order(column("computed_at"))}
)
initiative_of_update = to_one(Initiative, "initiative_id")
initiative_of_plan = to_one(Initiative, "initiative_id")
initiative_of_evaluation = to_one(Initiative, "initiative_id")

by_id = Where(column("id"), names=Initiative)
