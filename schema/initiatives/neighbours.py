"""Where do initiatives show? On the insights they answer and the touchpoints they change."""

from schema.ground.connections import Connection
from schema.ground.fields import connection, extend
from schema.initiatives.queries import InitiativeFilter
from schema.initiatives.types import Initiative
from schema.insights.types import Insight
from schema.metrics.neighbours import asked_at
from schema.touchpoints.types import Touchpoint
from service.initiatives import reads
from service.initiatives.measures import INITIATIVE_PLACE


@extend(Insight)
class InsightInitiatives:
    """What an insight shows of the initiatives that answer it."""

    initiatives: Connection[Initiative] = connection(
        "The initiatives that answer it, linked last first.",
        reads.initiatives_of_insight,
        filter_by=InitiativeFilter,
    )


@extend(Touchpoint)
class TouchpointInitiatives:
    """What a touchpoint shows of the initiatives that change it."""

    initiatives: Connection[Initiative] = connection(
        "The initiatives that change it, linked last first.",
        reads.initiatives_of_touchpoint,
        filter_by=InitiativeFilter,
    )


extend(Initiative)(asked_at(INITIATIVE_PLACE))
