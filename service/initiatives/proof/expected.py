"""What would have come without the change? The fitted model without its step, bucket by bucket."""

import numpy as np

from service.initiatives.proof.design import STEP, stepped
from service.initiatives.proof.interrupted import fit_of_counts, with_half_an_event
from service.initiatives.proof.regression import Fit
from service.initiatives.proof.series import Array, Cut, Measure
from service.initiatives.proof.weighted import fit_of_levels


def expected(cut: Cut) -> Array | None:
    """Return what the model expects of every bucket, as the series holds it; None where nothing is fitted.

    Before the change this is the fit itself, after it the line that the change left.
    """
    columns = stepped(cut)
    fit = _fit(cut, columns)
    if fit is None:
        return None
    columns[:, STEP] = 0
    linear: Array = columns @ fit.coefficients
    if cut.series.measure is not Measure.COUNT:
        return linear
    return np.exp(linear) * cut.series.weight_array()


def _fit(cut: Cut, columns: Array) -> Fit | None:
    if cut.series.measure is not Measure.COUNT:
        return fit_of_levels(cut.series, columns)
    if np.nansum(cut.baseline().array()) == 0:
        return None
    return fit_of_counts(with_half_an_event(cut), columns)
