"""Where do the quantiles behind intervals come from? Normal, t, beta and gamma, by plain arithmetic."""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

MIDDLE = 0.5
PRECISION = 1e-15
MOST_TERMS = 10_000
SMALLEST = 1e-300


def normal_quantile(p: float) -> float:
    """Return the value below which a standard normal variable lies with probability p."""
    return NormalDist().inv_cdf(p)


@lru_cache(maxsize=4096)
def t_quantile(p: float, degrees: float) -> float:
    """Return the value below which Student's t lies with probability p."""
    if p < MIDDLE:
        return -t_quantile(1 - p, degrees)
    share = beta_quantile(2 * (1 - p), degrees / 2, 0.5)
    return math.sqrt(degrees * (1 - share) / share)


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the value below which a beta variable lies with probability p."""
    return _inverse(lambda x: beta_probability(x, a, b), p, 0.0, 1.0)


def gamma_quantile(p: float, shape: float) -> float:
    """Return the value below which a gamma variable of scale 1 lies with probability p."""
    top = shape + 10 * math.sqrt(shape) + 50
    return _inverse(lambda x: gamma_probability(x, shape), p, 0.0, top)


def beta_probability(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function, by the continued fraction of its quicker side."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    front = math.exp(logarithm)
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def gamma_probability(x: float, shape: float) -> float:
    """Return the regularised lower incomplete gamma function, by its series."""
    if x <= 0:
        return 0.0
    term = total = 1 / shape
    for n in range(1, MOST_TERMS):
        term *= x / (shape + n)
        total += term
        if term < total * PRECISION:
            break
    return min(1.0, total * math.exp(shape * math.log(x) - x - math.lgamma(shape)))


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction from its front (Lentz's method)."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for part in (even, odd):
            d = 1 / _not_zero(1 + part * d)
            c = _not_zero(1 + part / c)
            fraction *= c * d
        if abs(c * d - 1) < PRECISION:
            break
    return fraction


def _not_zero(value: float) -> float:
    return value if abs(value) > SMALLEST else SMALLEST


def _inverse(probability: Callable[[float], float], p: float, low: float, high: float) -> float:
    """Halve the range until no number lies between its ends."""
    while True:
        middle = (low + high) / 2
        if middle in {low, high}:
            return middle
        if probability(middle) < p:
            low = middle
        else:
            high = middle
