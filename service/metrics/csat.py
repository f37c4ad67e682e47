"""How satisfied are they? The share of answers in the top boxes of their scale, and their mean."""

from collections.abc import Mapping
from dataclasses import replace

from service.feedback.rules import Scale
from service.feedback.tables import ScaleDirection
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
from service.metrics.proportions import share, weighted_share

CSAT = Definition(
    id="CSAT",
    name="Customer satisfaction",
    family=MetricFamily.CX,
    formula="answers in the top boxes / answers: 4-5 of 5, 6-7 of 7, 9-10 of 10, only the top box of 3",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Delighted help centre, article 240; interval: Wilson 1927, Newcombe 1998",
    most=1,
)
CSAT_MEAN = Definition(
    id="CSAT_MEAN",
    name="Mean satisfaction",
    family=MetricFamily.CX,
    formula="sum of scores / answers, on one scale only",
    unit=MetricUnit.SCALE,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.STUDENT_T,
    source="Student 1908",
    least=None,
)
CSAT_WEIGHTED = replace(
    CSAT,
    id="CSAT_WEIGHTED",
    name="Customer satisfaction, weighted",
    formula="weights of answers in the top boxes / weights of all answers",
    source="As CSAT; the effective sample size is Kish's: (sum of weights)^2 / sum of squared weights",
)
FEWEST_FOR_TWO = 4
"""A scale with fewer boxes than this has one top box, others have two."""


def csat(counts: Mapping[int, int], scale: Scale) -> Measured:
    """Return the share of satisfied answers; `counts` gives the answers by score."""
    hits = sum(count for score, count in counts.items() if is_satisfied(score, scale))
    return share(hits, sum(counts.values()))


def weighted_csat(satisfied: float, total: float, squares: float, n: int) -> Measured:
    """Return the share of satisfied weights; `squares` sums the squared weights, `n` counts the answers."""
    return weighted_share(satisfied, total, squares, n)


def csat_mean(moments: Moments) -> Measured:
    """Return the mean score."""
    return mean(moments)


def is_satisfied(score: float, scale: Scale) -> bool:
    """Tell whether a score is in the top boxes of its scale."""
    boxes = scale.most - scale.least + 1
    distance = 1 if boxes >= FEWEST_FOR_TWO else 0
    if scale.direction is ScaleDirection.LOWER_IS_BETTER:
        return score <= scale.least + distance
    return scale.most - distance <= score


READINGS: Readings = {
    CSAT.id: Tallied(("CSAT",), lambda sums: outcomes.share(sums("hits"), sums("n"))),
    CSAT_WEIGHTED.id: Tallied(
        ("CSAT",),
        lambda sums: outcomes.weighted_share(
            sums("weight_hits"), sums("weight"), sums("weight_squares"), sums("n")
        ),
    ),
    CSAT_MEAN.id: Tallied(("CSAT",), lambda sums: outcomes.mean(sums("n"), sums("total"), sums("squares"))),
}
