"""How well does a model fit, and how sure is one of its numbers? Poisson and least squares, honest errors."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from service.initiatives.proof.series import Array
from service.metrics.definitions import CONFIDENCE, Interval

MOST_AUTOCORRELATION = 0.8
FEWEST_DEGREES = 5.0
MOST_STEPS = 60
CONVERGED = 1e-9
ROUNDING = 1e-8
LARGEST_LOGARITHM = 30.0


@dataclass(frozen=True, slots=True)
class Effect:
    """One coefficient and what its error rests on.

    `estimate` is a logarithm of a ratio (counts) or a difference in the metric's unit (levels).
    `classical_error` is the error of independent points of dispersion 1; `dispersion` is 1 or more for
    counts, `autocorrelation` 0 to 0.8, `degrees` 5 or more.
    """

    estimate: float
    classical_error: float
    dispersion: float
    autocorrelation: float
    degrees: float
    n: int

    @property
    def error(self) -> float:
        """Return the standard error, widened for dispersion and for neighbours that resemble each other."""
        widening = (1 + self.autocorrelation) / (1 - self.autocorrelation)
        return self.classical_error * math.sqrt(self.dispersion * widening)

    @property
    def t(self) -> float:
        """Return the estimate in standard errors; 0 where both are 0."""
        if self.error == 0:
            return math.copysign(math.inf, self.estimate) if self.estimate else 0.0
        return self.estimate / self.error

    @property
    def p(self) -> float:
        """Return the two-sided probability of an estimate at least this far from 0, if there is no effect."""
        return 2 * float(stdtr(self.degrees, -abs(self.t)))

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Return the interval by Student's t that holds the effect in this share of cases."""
        half = float(stdtrit(self.degrees, (1 + confidence) / 2)) * self.error
        return Interval(self.estimate - half, self.estimate + half)


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model: coefficients, covariance at dispersion 1, Pearson residuals in order of time."""

    coefficients: Array
    covariance: Array
    residuals: Array

    def effect(self, column: int, *, least_dispersion: float) -> Effect:
        """Return one coefficient with its corrected error.

        Dispersion: Pearson's chi-square over its degrees, at least `least_dispersion` (Wedderburn 1974).
        Autocorrelation: lag-1 correlation of residuals + (1 + 3 r) / n (its bias, Kendall 1954), 0 to 0.8.
        Degrees: n (1 - r) / (1 + r) - parameters, the effective sample of an AR(1) series, at least 5.
        """
        n, parameters = len(self.residuals), len(self.coefficients)
        dispersion = float(self.residuals @ self.residuals) / max(1, n - parameters)
        r = _autocorrelation(self.residuals)
        return Effect(
            estimate=float(self.coefficients[column]),
            classical_error=math.sqrt(float(self.covariance[column, column])),
            dispersion=max(least_dispersion, dispersion),
            autocorrelation=r,
            degrees=max(FEWEST_DEGREES, n * (1 - r) / (1 + r) - parameters),
            n=n,
        )


def poisson(design: Array, counts: Array, offset: Array) -> Fit | None:
    """Fit log(mean) = design x coefficients + offset by iteratively reweighted least squares.

    McCullagh and Nelder 1989, section 2.5. None where there is nothing to fit: fewer points than columns,
    columns that say the same, no events at all, or none on one side of a step.
    """
    if not _is_estimable(design) or counts.sum() <= 0:
        return None
    linear = np.log(counts + 0.5)
    coefficients: Array = np.zeros(design.shape[1])
    for _ in range(MOST_STEPS):
        mean = np.exp(linear)
        weighted = design.T * mean
        working = linear - offset + (counts - mean) / mean
        previous, coefficients = coefficients, np.linalg.solve(weighted @ design, weighted @ working)
        linear = design @ coefficients + offset
        if np.abs(linear).max() > LARGEST_LOGARITHM:
            return None
        if np.abs(coefficients - previous).max() < CONVERGED:
            mean = np.exp(linear)
            covariance = np.linalg.inv((design.T * mean) @ design)
            root = np.sqrt(mean)
            return Fit(coefficients, covariance, _beyond_noise((counts - mean) / root, root))
    return None


def least_squares(design: Array, values: Array, weights: Array) -> Fit | None:
    """Fit values = design x coefficients, each point counting by its weight (its answers, more than 0).

    Residuals are multiplied by the square root of the weight, so that the dispersion is the variance of one
    answer. None where there are fewer points than columns or columns that say the same.
    """
    if not _is_estimable(design):
        return None
    weighted = design.T * weights
    covariance = np.linalg.inv(weighted @ design)
    coefficients = covariance @ (weighted @ values)
    root = np.sqrt(weights)
    return Fit(
        coefficients, covariance, _beyond_noise((values - design @ coefficients) * root, values * root)
    )


def _beyond_noise(residuals: Array, sizes: Array) -> Array:
    """Return the residuals, 0 where they are the rounding of a perfect fit, alike in neighbours."""
    return np.where(np.abs(residuals) > ROUNDING * np.abs(sizes).max(), residuals, 0)


def _is_estimable(design: Array) -> bool:
    n, parameters = design.shape
    return n > parameters and int(np.linalg.matrix_rank(design)) == int(parameters)


def _autocorrelation(residuals: Array) -> float:
    total = float(residuals @ residuals)
    if total == 0:
        return 0.0
    lagged = float(residuals[1:] @ residuals[:-1]) / total
    return min(MOST_AUTOCORRELATION, max(0.0, lagged + (1 + 3 * lagged) / len(residuals)))
