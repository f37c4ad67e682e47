"""What would have come without the change? A wandering level and control series, carried on."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from service.initiatives.proof.series import Array
from service.metrics.definitions import CONFIDENCE, Interval

RATIOS = np.concatenate([[0.0], np.geomspace(1e-6, 10, 71)])
"""How much the level may wander in a bucket, as a share of the noise: the candidates."""


@dataclass(frozen=True, slots=True)
class Impact:
    """The mean of what came, of what was expected, and of the difference, per bucket after the change."""

    actual: float
    expected: float
    effect: float
    interval: Interval

    @property
    def relative(self) -> float:
        """Return the effect as a share of what was expected, which is not 0."""
        return self.effect / self.expected


@dataclass(frozen=True, slots=True)
class _Level:
    """The series before the change, whitened: y = X b + wandering level + noise."""

    score: float
    coefficients: Array
    covariance: Array
    noise: float


def impact(values: Array, controls: Array, before: int) -> Impact | None:
    """Return the effect from bucket `before` on, against a local level with regression on the controls.

    `controls` has a row for every bucket and a column for every series that the change cannot have touched.
    The model of Brodersen and others 2015 (Annals of Applied Statistics 9:247) without its priors: the
    wandering is chosen by restricted likelihood, the rest is generalised least squares, which equals the
    Kalman smoother of the same model. None with fewer than 4 buckets more than series before, or none after.
    """
    design = np.column_stack([np.ones(len(values)), controls])
    after = len(values) - before
    if before < design.shape[1] + 4 or after < 1:
        return None
    candidates = (_fit(values[:before], design[:before], float(ratio)) for ratio in RATIOS)
    ratio, best = max(zip(RATIOS, candidates, strict=True), key=lambda pair: pair[1].score)
    kernel = _kernel(len(values), float(ratio))
    carried = np.linalg.solve(kernel[:before, :before], kernel[:before, before:]).T
    expected = design[before:] @ best.coefficients
    expected = expected + carried @ (values[:before] - design[:before] @ best.coefficients)
    unsure = design[before:] - carried @ design[:before]
    spread = kernel[before:, before:] - carried @ kernel[:before, before:]
    spread = spread + unsure @ best.covariance @ unsure.T
    error = math.sqrt(best.noise * float(spread.sum())) / after
    half = float(stdtrit(before - design.shape[1], (1 + CONFIDENCE) / 2)) * error
    effect = float((values[before:] - expected).mean())
    interval = Interval(effect - half, effect + half)
    return Impact(float(values[before:].mean()), float(expected.mean()), effect, interval)


def _kernel(n: int, ratio: float) -> Array:
    """Return the covariance of noise 1 and of a level that begins anywhere and wanders by `ratio`."""
    steps = np.arange(n)
    return np.eye(n) + ratio * np.minimum.outer(steps, steps)


def _fit(values: Array, design: Array, ratio: float) -> _Level:
    n, parameters = design.shape
    whitener = np.linalg.inv(np.linalg.cholesky(_kernel(n, ratio)))
    white, columns = whitener @ values, whitener @ design
    information = columns.T @ columns
    coefficients = np.linalg.solve(information, columns.T @ white)
    residuals = white - columns @ coefficients
    noise = float(residuals @ residuals) / (n - parameters)
    log_determinant = -2 * float(np.log(np.diag(whitener)).sum()) + float(np.linalg.slogdet(information)[1])
    score = -((n - parameters) * math.log(max(noise, 1e-300)) + log_determinant) / 2
    return _Level(score, coefficients, np.linalg.inv(information), noise)
