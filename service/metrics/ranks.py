"""Does one group tend to have larger values? Ranks alone tell, whatever the shape of the values."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MOST_EXACT = 50
"""With larger groups, or with ties, the normal approximation is used."""


@dataclass(frozen=True, slots=True)
class RankTest:
    """How many pairs the first group wins (a tie is half a win), and the one-sided probabilities of that.

    `greater` is the probability of at least as many wins where both are alike, `less` of at most as many.
    """

    wins: float
    greater: float
    less: float

    @property
    def p(self) -> float:
        """Return the two-sided probability."""
        return min(1.0, 2 * min(self.greater, self.less))


def mann_whitney(values: Sequence[float], others: Sequence[float]) -> RankTest | None:
    """Compare two groups of complete values (Mann and Whitney 1947); None where one is empty.

    Exact without ties and with groups below 50, else normal with corrections for ties and continuity.
    """
    if not values or not others:
        return None
    pairs = ((value, other) for value in values for other in others)
    wins = sum((value > other) + (value == other) / 2 for value, other in pairs)
    has_ties = len({*values, *others}) < len(values) + len(others)
    if has_ties or max(len(values), len(others)) >= MOST_EXACT:
        return _approximate(wins, values, others)
    ways = _ways(len(values), len(others))
    total, place = sum(ways), int(wins)
    return RankTest(wins, sum(ways[place:]) / total, sum(ways[: place + 1]) / total)


def _ways(n: int, others: int) -> list[int]:
    """Return in how many orders the first group wins 0, 1, 2, ... pairs: Gaussian binomials."""
    ways = [1] + [0] * (n * others)
    for size in range(1, n + 1):
        for place in range(n * others, others + size - 1, -1):
            ways[place] -= ways[place - others - size]
        for place in range(size, n * others + 1):
            ways[place] += ways[place - size]
    return ways


def _approximate(wins: float, values: Sequence[float], others: Sequence[float]) -> RankTest:
    n, m = len(values), len(others)
    ties = sum(count**3 - count for count in Counter([*values, *others]).values())
    variance = n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
    if variance <= 0:
        return RankTest(wins, 1.0, 1.0)
    gap, error = wins - n * m / 2, math.sqrt(variance)
    return RankTest(wins, _tail((gap - 0.5) / error), _tail((-gap - 0.5) / error))


def _tail(z: float) -> float:
    return math.erfc(z / math.sqrt(2)) / 2
