"""Did the number of events jump at the change? Interrupted time series by quasi-Poisson regression."""

from dataclasses import replace

import numpy as np

from service.initiatives.proof.design import STEP, stepped
from service.initiatives.proof.regression import Effect, Fit, poisson
from service.initiatives.proof.series import Array, Cut, Series

HALF_AN_EVENT = 0.5
LEAST_DISPERSION = 1.0
"""Counts never vary less than Poisson's."""


def interrupted(cut: Cut, offset: Array | None = None) -> Effect | None:
    """Return the logarithm of the ratio by which the level of events per exposure changed.

    log mean = constant + step + trend + season + log exposure + offset (Lopez Bernal and others 2017, IJE
    46:348), with the error widened for dispersion and autocorrelation. Missing buckets are left out.
    Where no event is left after the change, half a one is spread over that time: no logarithm is infinite
    (Haldane 1956). None where there is nothing to fit, above all no event before the change.
    """
    if np.nansum(cut.baseline().array()) == 0:
        return None
    return of_counts(with_half_an_event(cut), stepped(cut), STEP, offset)


def of_counts(series: Series, columns: Array, column: int, offset: Array | None = None) -> Effect | None:
    """Return one coefficient of a model of counts; the offset is not-a-number where it is unknown."""
    fit = fit_of_counts(series, columns, offset)
    return None if fit is None else fit.effect(column, least_dispersion=LEAST_DISPERSION)


def fit_of_counts(series: Series, columns: Array, offset: Array | None = None) -> Fit | None:
    """Return the fitted model of counts per exposure."""
    values = series.array()
    logarithms = np.log(series.weight_array()) + (0 if offset is None else offset)
    known = ~(np.isnan(values) | np.isnan(logarithms))
    return poisson(columns[known], values[known], logarithms[known])


def with_half_an_event(cut: Cut) -> Series:
    """Return the series with half an event spread over the time after the change where none is left."""
    if np.nansum(cut.following().array()) > 0:
        return cut.series
    share = HALF_AN_EVENT / max(1, cut.after)
    values = tuple(
        value if value is None or place < cut.before else share
        for place, value in enumerate(cut.series.values)
    )
    return replace(cut.series, values=values)
