"""How easy was it? The mean of the effort score, and the share of those for whom it was easy."""

from collections.abc import Mapping

from service.feedback.rules import Scale
from service.metrics import outcomes
from service.metrics.definitions import (
    Definition,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
)
from service.metrics.means import Moments, mean
from service.metrics.outcomes import Readings, Tallied
from service.metrics.proportions import share

CES_MEAN = Definition(
    id="CES_MEAN",
    name="Customer Effort Score, mean",
    family=MetricFamily.CX,
    formula="sum of scores / answers, on one scale only; the survey says whether its largest number is easy",
    unit=MetricUnit.SCALE,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.STUDENT_T,
    source="Dixon, Freeman and Toman 2010; CES 2.0 (CEB 2013): 1 strongly disagree to 7 strongly agree",
    least=None,
)
CES_EASY = Definition(
    id="CES_EASY",
    name="Customer Effort Score, share easy",
    family=MetricFamily.CX,
    formula="answers on the easy side of the middle / answers: 5-7 of 7, 4-5 of 5",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="CES 2.0 (CEB 2013); interval: Wilson 1927",
    most=1,
)
MIDDLE = 0.5


def ces_mean(moments: Moments) -> Measured:
    """Return the mean score."""
    return mean(moments)


def ces_easy(counts: Mapping[int, int], scale: Scale) -> Measured:
    """Return the share of answers that say it was easy; `counts` gives the answers by score."""
    hits = sum(count for score, count in counts.items() if is_easy(score, scale))
    return share(hits, sum(counts.values()))


def is_easy(score: float, scale: Scale) -> bool:
    """Tell whether a score lies on the easy side of its scale's middle."""
    return scale.merit(score) > MIDDLE


READINGS: Readings = {
    CES_MEAN.id: Tallied(("CES",), lambda sums: outcomes.mean(sums("n"), sums("total"), sums("squares"))),
    CES_EASY.id: Tallied(("CES",), lambda sums: outcomes.share(sums("hits"), sums("n"))),
}
