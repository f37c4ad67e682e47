"""How is what analyses found read? Runs, suggestions with their signals, friction, drivers, churn."""

from service.customers.tables import Customer
from service.feedback.tables import Feedback
from service.ground.reads import (
    Entity,
    One,
    OneOf,
    Order,
    Variant,
    Where,
    all_of,
    column,
    to_many,
    to_one,
)
from service.insights.churn_tables import ChurnCalibration, ChurnModel, ChurnRisk, ChurnRiskReason
from service.insights.finding_tables import (
    AnalysisRun,
    Driver,
    FrictionPeriod,
    FrictionPoint,
    Suggestion,
    SuggestionSignal,
)
from service.insights.tables import FeedbackTheme, Insight, Theme
from service.interactions.tables import ContactReason, Interaction
from service.touchpoints.tables import Touchpoint

ANALYSIS_RUN = Entity(AnalysisRun, "anr")
SUGGESTION = Entity(Suggestion, "sug")
FRICTION_POINT = Entity(FrictionPoint, "frp")
DRIVER = Entity(Driver, "drv")
CHURN_MODEL = Entity(ChurnModel, "chm")
CHURN_RISK = Entity(ChurnRisk, "chr")

BY_CREATION = {"CREATED_AT": Order(column("created_at"))}
BY_MEASUREMENT = {"MEASURED_AT": Order(column("measured_at"))}
SUGGESTION_ORDERS = {**BY_CREATION, "SURPRISE": Order(column("surprise"))}
FRICTION_ORDERS = {
    "CUSTOMERS": Order(column("customers")),
    "TREND": Order(column("trend")),
    "PRIORITY": Order(column("priority")),
}

ANALYSIS_RUNS = all_of(AnalysisRun, {"RAN_AT": Order(column("ran_at"))})
SUGGESTIONS = all_of(Suggestion, SUGGESTION_ORDERS)
FRICTION_POINTS = all_of(FrictionPoint, FRICTION_ORDERS)
DRIVERS = all_of(Driver, {"IMPACT": Order(column("impact"))}, descending=False)
CHURN_MODELS = all_of(ChurnModel, {"TRAINED_AT": Order(column("trained_at"))})
CHURN_RISKS = all_of(ChurnRisk, {"PROBABILITY": Order(column("probability"))})

run_of_finding = to_one(AnalysisRun, "run_id")
run_of_theme = to_one(AnalysisRun, "analysis_run_id")
reason_of_finding = to_one(ContactReason, "contact_reason_id")
touchpoint_of_finding = to_one(Touchpoint, "touchpoint_id")
theme_of_finding = to_one(Theme, "theme_id")
insight_of_suggestion = to_one(Insight, "insight_id")
customer_of_risk = to_one(Customer, "customer_id")
model_of_risk = to_one(ChurnModel, "churn_model_id")

SIGNAL = OneOf(
    (
        Variant(Interaction, lambda link, signal: link.c.interaction_id == signal.c.id),
        Variant(Feedback, lambda link, signal: link.c.feedback_id == signal.c.id),
    )
)
signals_of_suggestion = to_many(
    SuggestionSignal, "suggestion_id", {"OCCURRED_AT": Order(column("occurred_at"))}
)
periods_of_friction = to_many(
    FrictionPeriod, "friction_point_id", {"STARTS_AT": Order(column("starts_at"))}, descending=False
)
calibration_of_model = to_many(
    ChurnCalibration, "churn_model_id", {"POSITION": Order(column("position"))}, descending=False
)
risks_of_model = to_many(ChurnRisk, "churn_model_id", {"PROBABILITY": Order(column("probability"))})
reasons_of_risk = to_many(
    ChurnRiskReason, "churn_risk_id", {"POSITION": Order(column("position"))}, descending=False
)

suggestions_of_reason = to_many(Suggestion, "contact_reason_id", BY_CREATION)
suggestions_of_theme = to_many(Suggestion, "theme_id", BY_CREATION)
suggestions_of_insight = to_many(Suggestion, "insight_id", BY_CREATION)
suggestions_of_run = to_many(Suggestion, "run_id", BY_CREATION)
drivers_of_reason = to_many(Driver, "contact_reason_id", BY_MEASUREMENT)
drivers_of_touchpoint = to_many(Driver, "touchpoint_id", BY_MEASUREMENT)
drivers_of_theme = to_many(Driver, "theme_id", BY_MEASUREMENT)
drivers_of_run = to_many(Driver, "run_id", {"IMPACT": Order(column("impact"))}, descending=False)
assignments_of_feedback = to_many(FeedbackTheme, "feedback_id", {"LINKED_AT": Order(column("linked_at"))})
predecessor_of_theme = to_one(Theme, "continues_id")

suggestion_by_id = Where(column("id"), names=Suggestion)
theme_by_id = Where(column("id"), names=Theme)
by_reason = Where(column("contact_reason_id"), names=ContactReason)
by_touchpoint = Where(column("touchpoint_id"), names=Touchpoint)
by_theme = Where(column("theme_id"), names=Theme)
by_run = Where(column("run_id"), names=AnalysisRun)
by_customer = Where(column("customer_id"), names=Customer)


friction_of_reason = One(FrictionPoint, lambda place, point: point.c.contact_reason_id == place.c.id)
friction_of_touchpoint = One(FrictionPoint, lambda place, point: point.c.touchpoint_id == place.c.id)
risk_of_customer = One(ChurnRisk, lambda customer, risk: risk.c.customer_id == customer.c.id)

is_current = Where(lambda theme: theme.c.superseded_at.is_(None))
