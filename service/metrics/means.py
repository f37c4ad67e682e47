"""How sure is a mean? Student's t over a count, a sum and a sum of squares, which can be added up."""

import math
from dataclasses import dataclass

from service.metrics.definitions import CONFIDENCE, FEWEST, NOTHING, Interval, Measured, low_sample
from service.metrics.distributions import t_quantile


@dataclass(frozen=True, slots=True)
class Moments:
    """What a mean is made of; two of them add up to those of all values together."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Moments") -> "Moments":
        """Return the moments of the values of both."""
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @classmethod
    def of_counts(cls, counts: dict[int, int]) -> "Moments":
        """Return the moments of whole numbers that were counted."""
        n = sum(counts.values())
        total = sum(value * count for value, count in counts.items())
        return cls(n, total, sum(value * value * count for value, count in counts.items()))

    @property
    def variance(self) -> float | None:
        """The variance of the population the values are a sample of; None below two values."""
        if self.n <= 1:
            return None
        return max(0.0, (self.squares - self.total * self.total / self.n) / (self.n - 1))


def mean(moments: Moments) -> Measured:
    """Return the mean with its t interval; one value has a mean but no interval."""
    if moments.n == 0:
        return NOTHING
    value, variance = moments.total / moments.n, moments.variance
    flags = low_sample(moments.n < FEWEST)
    if variance is None:
        return Measured(value, moments.n, None, flags)
    reach = t_quantile((1 + CONFIDENCE) / 2, moments.n - 1) * math.sqrt(variance / moments.n)
    return Measured(value, moments.n, Interval(value - reach, value + reach), flags)
