"""Did a share, a mean or an NPS jump at the change? Interrupted time series by weighted least squares."""

import numpy as np

from service.initiatives.proof.design import STEP, stepped
from service.initiatives.proof.regression import Effect, Fit, least_squares
from service.initiatives.proof.series import Array, Cut, Series


def levelled(cut: Cut) -> Effect | None:
    """Return the difference by which the level changed, in the metric's unit.

    The model of counts, by least squares: every bucket counts by its answers, the error is widened for
    autocorrelation alike. The variance of one answer is estimated, at least the series' `spread`
    (p (1 - p) of a share). Missing and empty buckets are left out. None where there is nothing to fit.
    """
    return of_levels(cut.series, stepped(cut), STEP)


def of_levels(series: Series, columns: Array, column: int) -> Effect | None:
    """Return one coefficient of a model of levels."""
    fit = fit_of_levels(series, columns)
    return None if fit is None else fit.effect(column, least_dispersion=series.spread)


def fit_of_levels(series: Series, columns: Array) -> Fit | None:
    """Return the fitted model of levels."""
    values, weights = series.array(), series.weight_array()
    known = ~np.isnan(values) & (weights > 0)
    return least_squares(columns[known], values[known], weights[known])
