"""Below which duration does a share of all lie? Exact quantiles, and quantiles of logarithmic bins."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from service.metrics.definitions import FEWEST_OF_A_CLASS, NOTHING, Measured, low_sample

ACCURACY = 0.01
"""The relative error of a quantile of bins."""

GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
LOG_GAMMA = math.log(GAMMA)
ZERO_BIN = -(2**31)
"""The bin of 0, which has no logarithm; the smallest number an integer column holds."""

Bins = Mapping[int, int]
"""How many values fall into each bin; the bins of two samples are added count by count."""


def exact_quantile(values: Sequence[float], q: float) -> Measured:
    """Return the quantile of all values, interpolated (R's type 7, PostgreSQL's percentile_cont)."""
    n = len(values)
    if n == 0:
        return NOTHING
    place = q * (n - 1)
    ordered = sorted(values)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return Measured(below + (above - below) * (place % 1), n, None, low_sample(_is_few(n, q)))


def bin_of(value: float) -> int:
    """Return the bin of a value that is not negative (DDSketch: Masson, Rim and Lee, VLDB 2019)."""
    if value < 0:
        message = f"{value} is negative"
        raise ValueError(message)
    return ZERO_BIN if value == 0 else math.ceil(math.log(value) / LOG_GAMMA)


def value_of(number: int) -> float:
    """Return the value that stands for all of a bin, at most ACCURACY off any of them."""
    return 0.0 if number == ZERO_BIN else 2 * GAMMA**number / (GAMMA + 1)


def bins_of(values: Iterable[float]) -> Counter[int]:
    """Count values by their bins."""
    return Counter(bin_of(value) for value in values)


def quantile(bins: Bins, q: float) -> Measured:
    """Return the quantile of what was counted in bins, within ACCURACY of the exact one."""
    n = sum(bins.values())
    if n == 0:
        return NOTHING
    rank, seen = q * (n - 1), 0
    for number in sorted(bins):
        seen += bins[number]
        if rank < seen:
            return Measured(value_of(number), n, None, low_sample(_is_few(n, q)))
    raise AssertionError(rank)


def _is_few(n: int, q: float) -> bool:
    """Tell whether too few values lie on the thinner side of the quantile to place it."""
    return n * min(q, 1 - q) < FEWEST_OF_A_CLASS
