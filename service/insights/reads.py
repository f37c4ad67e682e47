"""How are insights read? Their evidence and the signals behind it, elevations, themes, pins and counts."""

from sqlalchemy import FromClause, and_, func, literal_column

from service.customers.tables import Customer
from service.feedback.tables import Feedback
from service.ground.reads import (
    Condition,
    Entity,
    Expression,
    Many,
    OneOf,
    Order,
    Variant,
    Where,
    all_of,
    column,
    count_distinct_in,
    count_in,
    exists_in,
    to_many,
    to_one,
)
from service.insights.tables import (
    Elevation,
    ElevationSignal,
    Evidence,
    FeedbackTheme,
    Insight,
    Theme,
)
from service.interactions.tables import ContactReason, Interaction
from service.journeys.tables import JourneyStage
from service.touchpoints.tables import Touchpoint, TouchpointEvent

INSIGHT = Entity(Insight, "ins")
EVIDENCE = Entity(Evidence, "evd")
ELEVATION = Entity(Elevation, "elv")
THEME = Entity(Theme, "thm")


def stands(evidence: FromClause) -> Condition:
    """Tell evidence that still stands from evidence that was unlinked."""
    return evidence.c.unlinked_at.is_(None)


def _of_insight(insight: FromClause, evidence: FromClause) -> Condition:
    return and_(evidence.c.insight_id == insight.c.id, stands(evidence))


def signal_count(insight: FromClause) -> Expression:
    """Return how many signals back an insight."""
    return count_in(Evidence, lambda evidence: _of_insight(insight, evidence))


def customer_count(insight: FromClause) -> Expression:
    """Return how many different customers those signals come from; unknown customers count for nothing."""
    return count_distinct_in(Evidence, "customer_id", lambda evidence: _of_insight(insight, evidence))


def priority_of(row: FromClause) -> Expression:
    """Return the score to sort by; insights without one come below those with 0."""
    return func.coalesce(row.c.priority, literal_column("-1"), type_=row.c.priority.type)


INSIGHT_ORDERS = {
    "UPDATED_AT": Order(column("updated_at")),
    "CREATED_AT": Order(column("created_at")),
    "PRIORITY": Order(priority_of),
}
ELEVATION_ORDERS = {"CREATED_AT": Order(column("created_at")), "UPDATED_AT": Order(column("updated_at"))}
THEME_ORDERS = {"CREATED_AT": Order(column("created_at")), "NAME": Order(column("name"))}
BY_UPDATE = {"UPDATED_AT": Order(column("updated_at"))}
BY_LINK = {"LINKED_AT": Order(column("linked_at"))}

INSIGHTS = all_of(Insight, INSIGHT_ORDERS)
ELEVATIONS = all_of(Elevation, ELEVATION_ORDERS)
THEMES = all_of(Theme, THEME_ORDERS)

stage_of_insight = to_one(JourneyStage, "journey_stage_id")
touchpoint_of_insight = to_one(Touchpoint, "touchpoint_id")
reason_of_insight = to_one(ContactReason, "contact_reason_id")
theme_of_insight = to_one(Theme, "theme_id")
survivor_of_insight = to_one(Insight, "merged_into_id")
evidence_of_insight = Many(Evidence, _of_insight, BY_LINK)
unlinked_evidence_of_insight = Many(
    Evidence,
    lambda insight, evidence: and_(
        evidence.c.insight_id == insight.c.id, evidence.c.unlinked_at.is_not(None)
    ),
    {"UNLINKED_AT": Order(column("unlinked_at"))},
)
elevations_of_insight = to_many(Elevation, "insight_id", {"CREATED_AT": Order(column("created_at"))})
customers_of_insight = Many(
    Customer,
    lambda insight, customer: exists_in(
        Evidence,
        lambda evidence: and_(_of_insight(insight, evidence), evidence.c.customer_id == customer.c.id),
    ),
    {"CREATED_AT": Order(column("created_at"))},
)

SIGNAL = OneOf(
    (
        Variant(Interaction, lambda link, signal: link.c.interaction_id == signal.c.id),
        Variant(Feedback, lambda link, signal: link.c.feedback_id == signal.c.id),
        Variant(TouchpointEvent, lambda link, signal: link.c.touchpoint_event_id == signal.c.id),
    )
)
insight_of_evidence = to_one(Insight, "insight_id")
customer_of_evidence = to_one(Customer, "customer_id")

insight_of_elevation = to_one(Insight, "insight_id")
survivor_of_elevation = to_one(Elevation, "merged_into_id")
signals_of_elevation = to_many(
    ElevationSignal, "elevation_id", {"ADDED_AT": Order(column("added_at"))}, descending=False
)


def holds(link: FromClause) -> Condition:
    """Tell an assignment that holds from one that was withdrawn."""
    return link.c.withdrawn_at.is_(None)


feedback_of_theme = Many(
    Feedback,
    lambda theme, link: and_(link.c.theme_id == theme.c.id, holds(link)),
    BY_LINK,
    through=FeedbackTheme,
    onward=lambda link, feedback: link.c.feedback_id == feedback.c.id,
    by_link=True,
)
themes_of_feedback = Many(
    Theme,
    lambda feedback, link: and_(link.c.feedback_id == feedback.c.id, holds(link)),
    BY_LINK,
    through=FeedbackTheme,
    onward=lambda link, theme: link.c.theme_id == theme.c.id,
    by_link=True,
)
insights_of_theme = to_many(Insight, "theme_id", BY_UPDATE)

insights_of_stage = to_many(Insight, "journey_stage_id", BY_UPDATE)
insights_of_touchpoint = to_many(Insight, "touchpoint_id", BY_UPDATE)
insights_of_reason = to_many(Insight, "contact_reason_id", BY_UPDATE)
insights_of_customer = Many(
    Insight,
    lambda customer, insight: exists_in(
        Evidence,
        lambda evidence: and_(_of_insight(insight, evidence), evidence.c.customer_id == customer.c.id),
    ),
    BY_UPDATE,
)


def evidence_from(signal: str) -> Many:
    """Read what a signal is evidence of; `signal` is the column of the evidence that names it."""
    return Many(
        Evidence, lambda row, evidence: and_(evidence.c[signal] == row.c.id, stands(evidence)), BY_LINK
    )


def insights_from(signal: str) -> Many:
    """Read the insights that a signal backs; `signal` is the column of the evidence that names it."""
    return Many(
        Insight,
        lambda row, evidence: and_(evidence.c[signal] == row.c.id, stands(evidence)),
        BY_LINK,
        through=Evidence,
        onward=lambda evidence, insight: evidence.c.insight_id == insight.c.id,
        by_link=True,
    )


insight_by_id = Where(column("id"), names=Insight)
elevation_by_id = Where(column("id"), names=Elevation)
by_stage = Where(column("journey_stage_id"), names=JourneyStage)
by_touchpoint = Where(column("touchpoint_id"), names=Touchpoint)
by_reason = Where(column("contact_reason_id"), names=ContactReason)
by_theme = Where(column("theme_id"), names=Theme)
