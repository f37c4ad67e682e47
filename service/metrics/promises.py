"""Do we keep what we promise? Service level agreements and the standards of touchpoints."""

from service.metrics import outcomes
from service.metrics.definitions import (
    Definition,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
)
from service.metrics.outcomes import Readings, Tallied
from service.metrics.proportions import share

SLA_ATTAINMENT = Definition(
    id="SLA_ATTAINMENT",
    name="SLA attainment",
    family=MetricFamily.SERVICE,
    formula="targets met / (met + breached), each kind of target apart; open and past due is breached, "
    "open and not due, cancelled or without target is in neither",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Axence, SLA reports: fulfilled / with a target; interval: Wilson 1927",
    most=1,
)
PROMISE_ADHERENCE = Definition(
    id="PROMISE_ADHERENCE",
    name="Promise adherence",
    family=MetricFamily.JOURNEY,
    formula="events at touchpoints that met their standard / events to which a standard applies",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="A standard is the measurable rule of a brand promise; interval: Wilson 1927",
    most=1,
)


def kept(met: int, applicable: int) -> Measured:
    """Return the share of promises that were kept."""
    return share(met, applicable)


READINGS: Readings = {
    SLA_ATTAINMENT.id: Tallied(
        ("OPENED",), lambda sums: outcomes.share(sums("hits"), sums("hits") + sums("misses"))
    ),
    PROMISE_ADHERENCE.id: Tallied(("PROMISED",), lambda sums: outcomes.share(sums("hits"), sums("n"))),
}
