"""Which steps may a journey take, and one customer's way through it?"""

from sqlalchemy import FromClause, func, literal_column

from service.ground.machine import Machine, Requirement, Step
from service.ground.reads import Condition, exists_in
from service.journeys.tables import InstanceStatus, Journey, JourneyInstance, JourneyStage, JourneyStatus


def _has_a_stage(journey: FromClause) -> Condition:
    return exists_in(JourneyStage, lambda stage: stage.c.journey_id == journey.c.id)


def _has_a_promise(journey: FromClause) -> Condition:
    return func.length(journey.c.brand_promise) > literal_column("0")


STAGES = Requirement("STAGES", "The journey has at least one stage.", _has_a_stage)
BRAND_PROMISE = Requirement("BRAND_PROMISE", "The journey has a brand promise.", _has_a_promise)

JOURNEY = Machine(
    Journey,
    (
        Step(JourneyStatus.DRAFT, JourneyStatus.PUBLISHED, (STAGES, BRAND_PROMISE)),
        Step(JourneyStatus.DRAFT, JourneyStatus.ARCHIVED),
        Step(JourneyStatus.PUBLISHED, JourneyStatus.ARCHIVED),
    ),
)
INSTANCE = Machine(
    JourneyInstance,
    (
        Step(InstanceStatus.ACTIVE, InstanceStatus.COMPLETED),
        Step(InstanceStatus.ACTIVE, InstanceStatus.ABANDONED),
    ),
)
