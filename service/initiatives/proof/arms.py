"""What do two randomised arms tell? Less noise from what was known before, and looks at any time."""

import math
from dataclasses import dataclass

import numpy as np

from service.initiatives.proof.series import Array


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Values of one metric from which the part that was known before the start is taken out.

    `theta` is the slope on the earlier values; `correlation` says how much is gained: the variance becomes
    1 - correlation^2 of what it was.
    """

    values: Array
    theta: float
    correlation: float


def cuped(values: Array, earlier: Array) -> Adjusted:
    """Return values - theta (earlier - its mean), theta = cov / var (Deng, Xu, Kohavi and Walker 2013, WSDM).

    Both arms together, one place per customer; `earlier` must lie before the start. The mean is unchanged.
    Nothing is taken out where the earlier values do not vary. Raises ValueError for different lengths.
    """
    if len(values) != len(earlier):
        raise ValueError("every value has an earlier one")
    gap = earlier - earlier.mean() if len(earlier) else earlier
    variance = float(gap @ gap)
    covariance = float(gap @ (values - values.mean())) if len(values) else 0.0
    theta = covariance / variance if variance else 0.0
    own = float(np.sum((values - values.mean()) ** 2)) if len(values) else 0.0
    correlation = covariance / math.sqrt(variance * own) if variance and own else 0.0
    return Adjusted(values - theta * gap, theta, correlation)


def always_valid(differences: Array, counts: Array, variance: float, *, typical: float) -> tuple[float, ...]:
    """Return a probability for every look that stays valid however often one looks; it never rises.

    `differences` of the arms' means so far, `counts` of pairs so far, `variance` (more than 0) of the
    difference of one pair, `typical` (more than 0) the size of effect one looks for, in the metric's unit.
    Mixture sequential probability ratio test (Johari, Pekelis and Walsh 2017): p = min(earlier p, 1 / L),
    L = sqrt(V / (V + n t^2)) exp(n^2 t^2 d^2 / (2 V (V + n t^2))). No look: empty.
    """
    mixed = variance + counts * typical**2
    exponent = (counts * typical * differences) ** 2 / (2 * variance * mixed)
    logarithm = 0.5 * np.log(variance / mixed) + exponent
    smallest = np.minimum.accumulate(np.exp(-np.maximum(logarithm, 0)))
    return tuple(smallest.tolist())
