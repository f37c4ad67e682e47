"""How sure is a share? Wilson's interval for one, Newcombe's for the difference of two."""

import math

from service.metrics.definitions import (
    CONFIDENCE,
    FEWEST,
    FEWEST_OF_A_CLASS,
    NOTHING,
    Interval,
    Measured,
    low_sample,
)
from service.metrics.distributions import normal_quantile

Z = normal_quantile((1 + CONFIDENCE) / 2)


def share(hits: int, n: int) -> Measured:
    """Return a share with Wilson's interval; raises ValueError for more hits than cases."""
    if not 0 <= hits <= n:
        message = f"{hits} of {n} is not a share"
        raise ValueError(message)
    if n == 0:
        return NOTHING
    few = n < FEWEST or min(hits, n - hits) < FEWEST_OF_A_CLASS
    return Measured(hits / n, n, wilson(hits, n), low_sample(few))


def weighted_share(hits: float, total: float, squares: float, n: int) -> Measured:
    """Return a share of weights; `squares` sums the squared weights, which say how many cases it is worth."""
    if n == 0 or total <= 0:
        return NOTHING
    worth = total * total / squares
    value = hits / total
    return Measured(value, n, _score_interval(value, worth), low_sample(worth < FEWEST))


def wilson(hits: int, n: int) -> Interval:
    """Return the score interval without continuity correction (Wilson 1927; Newcombe 1998, method 3)."""
    return _score_interval(hits / n, n)


def newcombe(hits: int, n: int, other_hits: int, other_n: int) -> Interval:
    """Return the interval of the first share minus the other (Newcombe 1998, hybrid score, method 10)."""
    p, q = hits / n, other_hits / other_n
    first, other = wilson(hits, n), wilson(other_hits, other_n)
    low = p - q - math.hypot(p - first.low, other.high - q)
    high = p - q + math.hypot(first.high - p, q - other.low)
    return Interval(low, high).within(-1, 1)


def _score_interval(value: float, n: float) -> Interval:
    spread = Z * math.sqrt(value * (1 - value) / n + Z * Z / (4 * n * n))
    middle = value + Z * Z / (2 * n)
    scale = 1 + Z * Z / n
    return Interval((middle - spread) / scale, (middle + spread) / scale).within(0, 1)
