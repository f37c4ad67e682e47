"""What does a bare before and after show? A difference with an interval, and never a proof."""

import math

import numpy as np

from service.initiatives.proof.series import Cut, Measure, Series
from service.initiatives.proof.verdict import Size
from service.metrics.definitions import CONFIDENCE, Interval
from service.metrics.distributions import normal_quantile

FEWEST_OF_A_SERIES = 3
"""With fewer buckets on a side there is no series, only a number before and one after."""


def is_bare(cut: Cut) -> bool:
    """Tell whether the buckets are too few to be a series at all, although both sides have some."""
    return min(cut.before, cut.after) > 0 and min(cut.before, cut.after) < FEWEST_OF_A_SERIES


def difference(cut: Cut, confidence: float = CONFIDENCE) -> Size | None:
    """Return how much the sides differ, as if every event and every answer stood alone.

    Counts: the ratio of the rates less 1. Durations: the ratio of the medians' means less 1. Levels: the
    difference of the means. None where a side is empty.
    """
    reach = normal_quantile((1 + confidence) / 2)
    before, after = cut.baseline(), cut.following()
    if cut.series.measure is Measure.COUNT:
        return _of_rates(before, after, reach)
    (mean, error), (later, later_error) = _mean(before), _mean(after)
    gap = later - mean
    if math.isnan(gap):
        return None
    half = reach * math.hypot(error, later_error)
    ends = (gap, gap - half, gap + half)
    if cut.series.measure is Measure.DURATION:
        ends = (math.expm1(ends[0]), math.expm1(ends[1]), math.expm1(ends[2]))
    return Size(ends[0], Interval(ends[1], ends[2]))


def _of_rates(before: Series, after: Series, reach: float) -> Size | None:
    events = [float(np.nansum(side.array())) for side in (before, after)]
    if min(events) == 0:
        return None
    logarithm = math.log(events[1] / sum(after.weights) / (events[0] / sum(before.weights)))
    half = reach * math.sqrt(1 / events[0] + 1 / events[1])
    return Size(math.expm1(logarithm), Interval(math.expm1(logarithm - half), math.expm1(logarithm + half)))


def _mean(side: Series) -> tuple[float, float]:
    """Return the mean of a side's answers and its standard error; not-a-number where nobody answered."""
    weights, values = side.weight_array(), np.nan_to_num(side.array())
    answers = float(weights.sum())
    if answers == 0:
        return math.nan, math.nan
    return float(values @ weights) / answers, math.sqrt(side.spread / answers)
