"""Did the number of events jump at the change? Interrupted time series by quasi-Poisson regression."""

import numpy as np

from service.initiatives.proof.design import STEP, stepped
from service.initiatives.proof.regression import Effect, poisson
from service.initiatives.proof.series import Array, Cut, Series

LEAST_DISPERSION = 1.0
"""Counts never vary less than Poisson's."""


def interrupted(cut: Cut, offset: Array | None = None) -> Effect | None:
    """Return the logarithm of the ratio by which the level of events per exposure changed.

    log mean = constant + step + trend + season + log exposure + offset (Lopez Bernal and others 2017, IJE
    46:348), with the error widened for dispersion and autocorrelation. Missing buckets are left out.
    None where there is nothing to fit, above all with no events on one side.
    """
    counted = np.nan_to_num(cut.series.array())
    if not (counted[: cut.before].sum() > 0 and counted[cut.before :].sum() > 0):
        return None
    return of_counts(cut.series, stepped(cut), STEP, offset)


def of_counts(series: Series, columns: Array, column: int, offset: Array | None = None) -> Effect | None:
    """Return one coefficient of a model of counts; the offset is not-a-number where it is unknown."""
    values = series.array()
    logarithms = np.log(series.weight_array()) + (0 if offset is None else offset)
    known = ~(np.isnan(values) | np.isnan(logarithms))
    fit = poisson(columns[known], values[known], logarithms[known])
    return None if fit is None else fit.effect(column, least_dispersion=LEAST_DISPERSION)
