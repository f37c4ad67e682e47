"""Would it have happened anyway? The change beside a group that was not exposed to it."""

import math
from dataclasses import dataclass, replace

import numpy as np

from service.initiatives.proof.design import TREND, steady
from service.initiatives.proof.interrupted import HALF_AN_EVENT, interrupted, of_counts, with_half_an_event
from service.initiatives.proof.regression import Effect
from service.initiatives.proof.series import Array, Cut, Measure, Series
from service.initiatives.proof.weighted import levelled, of_levels


@dataclass(frozen=True, slots=True)
class Change:
    """How much a group changed, and the standard error of that; both in the metric's unit."""

    value: float
    error: float


def effect(cut: Cut) -> Effect | None:
    """Return the step of a series by the model of its measure."""
    return interrupted(cut) if cut.series.measure is Measure.COUNT else levelled(cut)


def relative_effect(cut: Cut, comparison: Cut) -> Effect | None:
    """Return the step of a series relative to its comparison, which has the same buckets.

    Counts: the same model with the logarithm of the comparison's rate as offset. Levels and
    durations: the model of the differences. What both groups share (season, outages, demand) drops out.
    Raises ValueError for other buckets.
    """
    _check(cut.series, comparison.series)
    if cut.series.measure is not Measure.COUNT:
        return levelled(Cut(_differences(cut.series, comparison.series), cut.before))
    return interrupted(cut, _log_rates(comparison.series))


def slope_difference(cut: Cut, comparison: Cut) -> Effect | None:
    """Return the trend of the series relative to its comparison before the change, over the baseline.

    Two groups that were drifting apart already cannot stand for each other.
    Raises ValueError for other buckets.
    """
    own, other = cut.baseline(), comparison.baseline()
    return _relative(own, other, steady(own), TREND)


def randomised_effect(cut: Cut, comparison: Cut) -> Effect | None:
    """Return the effect on one randomised arm relative to the other, after the start alone.

    The unit is the bucket, not the contact: contacts of one day resemble each other. Half an event stands for
    the end of all. Raises ValueError for other buckets.
    """
    is_count = cut.series.measure is Measure.COUNT
    arm = replace(cut, series=with_half_an_event(cut)) if is_count else cut
    own, other = arm.following(), comparison.following()
    return _relative(own, other, np.ones((len(own), 1)), 0)


def difference_in_differences(treated: Change, comparison: Change) -> Change:
    """Return how much more one group changed than the other (Card and Krueger 1994, table 3)."""
    return Change(treated.value - comparison.value, math.hypot(treated.error, comparison.error))


def _relative(series: Series, comparison: Series, columns: Array, column: int) -> Effect | None:
    _check(series, comparison)
    if series.measure is not Measure.COUNT:
        return of_levels(_differences(series, comparison), columns, column)
    return of_counts(series, columns, column, _log_rates(comparison))


def _check(series: Series, comparison: Series) -> None:
    if series.starts != comparison.starts or series.measure is not comparison.measure:
        raise ValueError("a comparison has the same measure and the same buckets")


def _log_rates(comparison: Series) -> Array:
    """Return the logarithms; half an event stands for none, which has no logarithm."""
    return np.log(np.maximum(comparison.array(), HALF_AN_EVENT) / comparison.weight_array())


def _differences(series: Series, comparison: Series) -> Series:
    """Return the differences; the weight of one is the sample that is as sure as both together."""
    own, other = series.weight_array(), comparison.weight_array()
    both = np.divide(own * other, own + other, out=np.zeros(len(own)), where=(own > 0) & (other > 0))
    gaps = series.array() - comparison.array()
    values = tuple(None if np.isnan(gap) else float(gap) for gap in gaps)
    spread = max(series.spread, comparison.spread)
    return replace(series, values=values, weights=tuple(both.tolist()), spread=spread)
