"""How long does it take? First response and resolution, by calendar and by business hours."""

from dataclasses import replace

from service.metrics.definitions import (
    Definition,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
    Parameter,
)
from service.metrics.outcomes import Binned, Readings
from service.metrics.quantiles import Bins, quantile

MEDIAN = 0.5
QUANTILE = Parameter("quantile", MEDIAN, "Which share of the durations lies below; 0.5 is the median.")
UNANSWERED = "No value where nothing was answered; 0 is a real value of business time."

FRT_HUMAN = Definition(
    id="FRT_HUMAN",
    name="First response time, by a person",
    family=MetricFamily.SERVICE,
    formula="quantile of (first public reply of a person - opened); those not answered yet are not in it",
    unit=MetricUnit.SECONDS,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.NONE,
    source="Zendesk API, ticket metrics; quantiles of bins: DDSketch, VLDB 2019, within 1 %",
    parameters=(QUANTILE,),
    empty=UNANSWERED,
)
FRT_HUMAN_BUSINESS = replace(
    FRT_HUMAN,
    id="FRT_HUMAN_BUSINESS",
    name="First response time, by a person, in business hours",
    formula="as FRT_HUMAN, counting only the time in which the business calendar is open",
)
FRT_ANY = replace(
    FRT_HUMAN,
    id="FRT_ANY",
    name="First response time, by anybody",
    formula="as FRT_HUMAN, counting replies of bots too; automatic acknowledgements never count",
)
FRT_ANY_BUSINESS = replace(
    FRT_ANY,
    id="FRT_ANY_BUSINESS",
    name="First response time, by anybody, in business hours",
    formula="as FRT_ANY, counting only the time in which the business calendar is open",
)
FIRST_RESOLUTION = replace(
    FRT_HUMAN,
    id="FIRST_RESOLUTION",
    name="First resolution time",
    formula="quantile of (first resolved - opened)",
    empty="No value where nothing was resolved.",
)
FULL_RESOLUTION = replace(
    FIRST_RESOLUTION,
    id="FULL_RESOLUTION",
    name="Full resolution time",
    formula="quantile of (last resolved - opened); final once the window for reopening has passed",
    parameters=(QUANTILE, Parameter("window_days", 30, "How long a reopening still moves the resolution.")),
)


def duration(bins: Bins, q: float = MEDIAN) -> Measured:
    """Return the quantile of durations in seconds that were counted in bins."""
    return quantile(bins, q)


READINGS: Readings = {
    FRT_HUMAN.id: Binned(("ANSWERED_AT_ONCE", "ANSWERED_AFTERWARDS")),
    FRT_ANY.id: Binned(("ANSWERED_AT_ONCE", "ANSWERED_BY_BOT")),
    FIRST_RESOLUTION.id: Binned(("RESOLVED_FOR_GOOD", "RESOLVED_AT_FIRST")),
    FULL_RESOLUTION.id: Binned(("RESOLVED_FOR_GOOD", "RESOLVED_AGAIN"), maturing_days=30),
}
