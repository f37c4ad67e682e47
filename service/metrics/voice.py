"""How many answer, and how do their words sound? Response rate and negative sentiment."""

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

RESPONSE_RATE = Definition(
    id="RESPONSE_RATE",
    name="Response rate",
    family=MetricFamily.CX,
    formula="answers / invitations that were delivered",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="AAPOR Standard Definitions, response rate 1; interval: Wilson 1927",
    most=1,
    empty="No value where no invitation was delivered, or where invitations are not known.",
)
NEGATIVE_SENTIMENT = Definition(
    id="NEGATIVE_SENTIMENT",
    name="Share of negative words",
    family=MetricFamily.CX,
    formula="feedback whose sentiment is NEGATIVE / feedback whose sentiment was judged",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="The judge, with its version, stands beside each sentiment; interval: Wilson 1927",
    most=1,
)


def response_rate(answers: int, delivered: int) -> Measured:
    """Return the share of delivered invitations that were answered."""
    return share(answers, delivered)


def negative_sentiment(negative: int, judged: int) -> Measured:
    """Return the share of judged feedback that sounds negative."""
    return share(negative, judged)


READINGS: Readings = {
    NEGATIVE_SENTIMENT.id: Tallied(("SENTIMENT",), lambda sums: outcomes.share(sums("hits"), sums("n"))),
}
