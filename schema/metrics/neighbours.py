"""Where are metrics asked? At the root, and at every node whose experience can be measured."""

from schema.customers.types import Account, Customer, Segment
from schema.ground.fields import answered, extend
from schema.ground.roots import Query
from schema.interactions.types import ContactReason, Team
from schema.journeys.types import Journey, JourneyStage
from schema.metrics.values import MetricInput, MetricValue
from schema.touchpoints.types import Touchpoint
from service.metrics import places
from service.metrics.asking import Asked
from service.metrics.questions import EVERYWHERE, Place


def asked_at(place: Place) -> type:
    """Return the fields that ask metrics at a place."""

    class Asking:
        metric: MetricValue = answered(
            "The value of a metric here.", Asked(place), {"input": (MetricInput, "What is asked.")}
        )
        metrics: list[MetricValue] = answered(
            "The values of several metrics here, in the order of the questions.",
            Asked(place, many=True),
            {"inputs": (list[MetricInput], "What is asked: at most 20 questions.")},
        )

    return Asking


for type_, asked in (
    (Query, EVERYWHERE),
    (Customer, places.CUSTOMER),
    (Account, places.ACCOUNT),
    (Segment, places.SEGMENT),
    (Journey, places.JOURNEY),
    (JourneyStage, places.STAGE),
    (Touchpoint, places.TOUCHPOINT),
    (ContactReason, places.CONTACT_REASON),
    (Team, places.TEAM),
):
    extend(type_)(asked_at(asked))
