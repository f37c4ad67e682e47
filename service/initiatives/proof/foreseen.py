"""What will a plan be able to show? Its series carried on without a change, and the least effect seen."""

import math
from dataclasses import replace

import numpy as np
from scipy.special import stdtrit

from service.initiatives.proof.design import STEP, steady, stepped
from service.initiatives.proof.guards import FEWEST_BEFORE
from service.initiatives.proof.interrupted import LEAST_DISPERSION, fit_of_counts
from service.initiatives.proof.power import (
    CUTS_OF_A_SHARE,
    MOST_WINDOWS,
    POWER,
    Horizon,
    detectable,
    windows,
)
from service.initiatives.proof.series import Cut, Measure, Series, end_of
from service.initiatives.proof.weighted import fit_of_levels
from service.initiatives.tables import WantedDirection
from service.metrics.definitions import CONFIDENCE

ENOUGH_WINDOWS = 8
"""With fewer windows of its own history the least effect follows from the model alone."""
MULTIPLES_OF_THE_THRESHOLD = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8)


def carried_on(baseline: Series, after: int) -> Cut:
    """Return the baseline with so many buckets more, each as the mean of those before."""
    known = ~np.isnan(baseline.array())
    weights = baseline.weight_array()
    mean_weight = float(weights.mean()) if len(baseline) else 1.0
    answered = known & (weights > 0)
    mean = float(np.average(baseline.array()[answered], weights=weights[answered])) if answered.any() else 0.0
    starts = list(baseline.starts)
    for _ in range(after if starts else 0):
        starts.append(end_of(starts[-1], baseline.bucket))
    added = len(starts) - len(baseline)
    longer = replace(
        baseline,
        starts=tuple(starts),
        values=(*baseline.values, *[mean] * added),
        weights=(*baseline.weights, *[mean_weight] * added),
    )
    return Cut(longer, len(baseline))


def own_windows(history: Series, horizon: Horizon) -> list[Cut]:
    """Return the last windows of a series, their time before shortened where the history is short."""
    longest = len(history) - horizon.after - (MOST_WINDOWS - 1)
    before = min(horizon.before, max(FEWEST_BEFORE, longest))
    return windows(history, Horizon(before, horizon.after))


def least_effect(cuts: list[Cut], direction: WantedDirection, threshold: float) -> float | None:
    """Return the smallest effect that is found in 80 % of the windows: a share, or in the metric's unit."""
    if cuts and cuts[0].series.measure is Measure.LEVEL:
        return detectable(cuts, direction, sizes=tuple(threshold * n for n in MULTIPLES_OF_THE_THRESHOLD))
    return detectable(cuts, direction, sizes=CUTS_OF_A_SHARE)


def least_effect_by_model(future: Cut, direction: WantedDirection) -> float | None:
    """Return the effect that the model would find in 80 % of the cases; None where nothing can be fitted.

    (t + t') x the error of the step, with the baseline's own dispersion and autocorrelation (Cohen 1988, 2).
    """
    baseline, columns = future.baseline(), stepped(future)
    is_count = future.series.measure is Measure.COUNT
    fit = (fit_of_counts if is_count else fit_of_levels)(baseline, steady(baseline))
    if fit is None or np.linalg.matrix_rank(columns) < columns.shape[1]:
        return None
    least = LEAST_DISPERSION if is_count else future.series.spread
    noise = fit.effect(0, least_dispersion=least)
    worth = np.nan_to_num(future.series.array()) if is_count else future.series.weight_array()
    variance = float(np.linalg.inv((columns.T * worth) @ columns)[STEP, STEP])
    r = noise.autocorrelation
    error = math.sqrt(variance * noise.dispersion * (1 + r) / (1 - r))
    degrees = max(5.0, len(future.series) * (1 - r) / (1 + r) - columns.shape[1])
    size = float(stdtrit(degrees, (1 + CONFIDENCE) / 2) + stdtrit(degrees, POWER)) * error
    if future.series.measure is Measure.LEVEL:
        return size
    return -math.expm1(-size) if direction is WantedDirection.DECREASE else math.expm1(min(size, 20.0))
