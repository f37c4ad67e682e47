"""Is a series drifting? Control charts that add up small deviations: EWMA and CUSUM."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from service.metrics.definitions import Interval

WIDTH = 3.0
"""How many standard errors the limits lie from the target."""


@dataclass(frozen=True, slots=True)
class Ewma:
    """A moving average that forgets, and the limits it stays within while nothing changes."""

    averages: tuple[float, ...]
    limits: Interval

    @property
    def first_signal(self) -> int | None:
        """Return the place (from 0) of the first average outside the limits, None if there is none."""
        return _first(not self.limits.low <= average <= self.limits.high for average in self.averages)


def ewma(values: Sequence[float], target: float, deviation: float, *, weight: float = 0.3) -> Ewma:
    """Return the chart of values in order of time (Roberts 1959; NIST e-Handbook 6.3.2.4).

    `weight` (0 to 1) is that of the newest value, `deviation` the standard deviation of one value. The limits
    are those of a long series. No values: no averages.
    """
    averages = accumulate(
        values, lambda average, value: weight * value + (1 - weight) * average, initial=target
    )
    half = WIDTH * deviation * math.sqrt(weight / (2 - weight))
    return Ewma(tuple(averages)[1:], Interval(target - half, target + half))


def cusum(values: Sequence[float], target: float, *, slack: float, limit: float) -> int | None:
    """Return the place (from 0) at which deviations beyond `slack` first add up to more than `limit`.

    Both directions (Page 1954; NIST e-Handbook 6.3.2.3), in the unit of the values. None if there is none.
    """
    rising = accumulate(values, lambda total, value: max(0.0, total + value - target - slack), initial=0.0)
    falling = accumulate(values, lambda total, value: max(0.0, total + target - value - slack), initial=0.0)
    pairs = list(zip(rising, falling, strict=True))[1:]
    return _first(max(pair) > limit for pair in pairs)


def _first(signals: Iterable[bool]) -> int | None:
    return next((place for place, signal in enumerate(signals) if signal), None)
