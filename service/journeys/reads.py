"""How are journeys read? Their entities, edges and orders."""

from sqlalchemy import FromClause, case, literal_column

from service.customers.tables import Customer
from service.ground.reads import Entity, Expression, Order, Where, all_of, column, to_many, to_one
from service.journeys.tables import Journey, JourneyInstance, JourneyStage, JourneyStatus, StageVisit

JOURNEY = Entity(Journey, "jny")
STAGE = Entity(JourneyStage, "stg")
INSTANCE = Entity(JourneyInstance, "jin")


def precedence(journey: FromClause) -> Expression:
    """Return what puts a published edition before all others, and then the newest first."""
    published = journey.c.status == literal_column(f"'{JourneyStatus.PUBLISHED}'")
    return case((published, literal_column("2147483647")), else_=journey.c.edition)


JOURNEY_ORDERS = {
    "CREATED_AT": Order(column("created_at")),
    "NAME": Order(column("name")),
    "KEY": Order(column("key")),
}
STARTED_AT = {"STARTED_AT": Order(column("started_at"))}

JOURNEYS = all_of(Journey, JOURNEY_ORDERS)
IN_USE_FIRST = Order(precedence)

stages_of_journey = to_many(
    JourneyStage, "journey_id", {"POSITION": Order(column("position"))}, descending=False
)
journey_of_stage = to_one(Journey, "journey_id")
instances_of_journey = to_many(JourneyInstance, "journey_id", STARTED_AT)
instances_in_stage = to_many(JourneyInstance, "current_stage_id", STARTED_AT)
instances_of_customer = to_many(JourneyInstance, "customer_id", STARTED_AT)
journey_of_instance = to_one(Journey, "journey_id")
customer_of_instance = to_one(Customer, "customer_id")
current_stage_of_instance = to_one(JourneyStage, "current_stage_id")
visits_of_instance = to_many(
    StageVisit, "instance_id", {"ENTERED_AT": Order(column("entered_at"))}, descending=False
)
stage_of_visit = to_one(JourneyStage, "stage_id")

by_id = Where(column("id"), names=Journey)
by_journey = Where(column("journey_id"), names=Journey)
