"""How are touchpoints and events read? Their entities, edges, orders and conditions."""

from sqlalchemy import FromClause

from service.customers.tables import Customer
from service.ground.reads import (
    Condition,
    Entity,
    Many,
    Nested,
    Order,
    Where,
    all_of,
    column,
    to_many,
    to_one,
)
from service.journeys.tables import JourneyInstance, JourneyStage
from service.touchpoints.tables import StageTouchpoint, Touchpoint, TouchpointEvent

TOUCHPOINT = Entity(Touchpoint, "tch")
TOUCHPOINT_EVENT = Entity(TouchpointEvent, "tpe")

TOUCHPOINT_ORDERS = {
    "KEY": Order(column("key")),
    "NAME": Order(column("name")),
    "CREATED_AT": Order(column("created_at")),
}
OCCURRED_AT = {"OCCURRED_AT": Order(column("occurred_at"))}

TOUCHPOINTS = all_of(Touchpoint, TOUCHPOINT_ORDERS, descending=False)
TOUCHPOINT_EVENTS = all_of(TouchpointEvent, OCCURRED_AT)

events_of_touchpoint = to_many(TouchpointEvent, "touchpoint_id", OCCURRED_AT)
events_of_customer = to_many(TouchpointEvent, "customer_id", OCCURRED_AT)
events_of_instance = to_many(TouchpointEvent, "journey_instance_id", OCCURRED_AT)
customer_of_event = to_one(Customer, "customer_id")
touchpoint_of_event = to_one(Touchpoint, "touchpoint_id")
instance_of_event = to_one(JourneyInstance, "journey_instance_id")
stages_of_touchpoint = Many(
    JourneyStage,
    lambda touchpoint, place: place.c.touchpoint_id == touchpoint.c.id,
    {"PLACED_AT": Order(column("placed_at"))},
    through=StageTouchpoint,
    onward=lambda place, stage: place.c.stage_id == stage.c.id,
    by_link=True,
)
touchpoints_of_stage = Many(
    Touchpoint,
    lambda stage, place: place.c.stage_id == stage.c.id,
    {"POSITION": Order(column("position"))},
    through=StageTouchpoint,
    onward=lambda place, touchpoint: place.c.touchpoint_id == touchpoint.c.id,
    by_link=True,
    descending=False,
)

touchpoint_by_id = Where(column("id"), names=Touchpoint)
by_touchpoint = Where(column("touchpoint_id"), names=Touchpoint)


def _lacks_its_customer(event: FromClause) -> Condition:
    return event.c.unmatched_customer_value.is_not(None)


unmatched_customer = Nested(_lacks_its_customer)
unmatched_system = column("unmatched_customer_system")
unmatched_value = column("unmatched_customer_value")
