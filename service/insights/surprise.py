"""How surprising is the last period of many series? Against their own past, what all share, and last year.

The count of a period is held against a negative binomial distribution. Its mean is the usual count, times the
growth that all other series share, times the season where last year shows one; its variance is the dispersion
of all series together times that mean, widened for what is estimated. Growth and season explain a rise, they
never invent one: neither is below 1.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from service.metrics.many import surviving

Counts = NDArray[np.float64]
"""One row for each series, one column for each period, oldest first; the last is the one in question."""

BASELINE = 8
"""How many periods before the last tell what is usual."""
FEWEST_PERIODS = 8
"""A past shorter than this tells nothing."""
FEWEST_EVENTS = 5
"""A handful is no topic, however surprising."""
RARE = 0.01
"""What happens by chance more often than this is not surprising."""
YEAR = 52
AROUND = 1
"""How many periods on each side of the same one last year belong to the season."""
MEAN_FOR_DISPERSION = 1.0
"""Series that see less than this in a period tell little of how much counts scatter."""
SEASON_Z = 1.645
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Surprise:
    """One series' last period. `usual` is its mean before, `expected` what growth and season make of that.

    `probability` is the chance of at least as many, 0 to 1; `surprise` is its negative decimal logarithm.
    """

    observed: int
    usual: float
    growth: float
    season: float
    expected: float
    dispersion: float
    periods: int
    probability: float
    surprise: float
    emerging: bool


def surprises(counts: Counts) -> list[Surprise]:
    """Return the surprise of each series; none where the past is shorter than FEWEST_PERIODS.

    A series is emerging where its count is rare, no handful, and survives among all that were looked at.
    """
    periods = min(BASELINE, counts.shape[1] - 1)
    if counts.shape[0] == 0 or periods < FEWEST_PERIODS:
        return []
    phi = dispersion(counts[:, -periods - 1 : -1])
    steady = np.ones(counts.shape[0], dtype=bool)
    first = _looked_at(counts, periods, phi, steady)
    # What surges itself must not pass for growth that all share, so it is left out the second time.
    steady = np.array([one.probability >= RARE for one in first])
    found = _looked_at(counts, periods, phi, steady)
    kept = surviving([one.probability for one in found])
    return [_judged(one, survives) for one, survives in zip(found, kept, strict=True)]


def dispersion(baseline: Counts) -> float:
    """Return how much wider than Poisson's all series scatter around their shares: 1 or more, pooled."""
    counted = baseline[baseline.mean(axis=1) >= MEAN_FOR_DISPERSION]
    series, periods = counted.shape
    if series == 0:
        return 1.0
    totals = counted.sum(axis=0)
    means = np.outer(counted.mean(axis=1), np.ones(periods))
    if series > 1 and totals.min() > 0:
        means = np.outer(counted.sum(axis=1) / totals.sum(), totals)
    free = (series - 1 if series > 1 else 1) * (periods - 1)
    return max(1.0, float(((counted - means) ** 2 / means).sum() / free))


def chance(observed: int, mean: float, variance: float) -> float:
    """Return the probability of at least so many under a negative binomial; 1 for none observed."""
    if observed == 0 or mean <= 0:
        return 1.0
    size = mean * mean / (variance - mean)
    return float(nbinom.sf(observed - 1, size, size / (size + mean)))


def _looked_at(counts: Counts, periods: int, phi: float, steady: NDArray[np.bool_]) -> list[Surprise]:
    return [_look(counts, number, periods, phi, steady) for number in range(counts.shape[0])]


def _look(counts: Counts, number: int, periods: int, phi: float, steady: NDArray[np.bool_]) -> Surprise:
    others = steady.copy()
    others[number] = False
    rest = counts[others, -periods - 1 :].sum(axis=0)
    rest_now, rest_before = float(rest[-1]) if rest.size else 0.0, float(rest[:-1].sum())
    growth = max(1.0, (rest_now + HALF) / (rest_before / periods + HALF))
    season, season_variance = _season(counts, number, periods, phi)
    # Half an event in the whole past: what was never seen has a small mean, and not the mean zero.
    usual = float(counts[number, -periods - 1 : -1].sum())
    mean = max(usual, HALF) / periods * growth * season
    relative = 1 / (rest_now + 1) + 1 / (rest_before + 1) if growth > 1 else 0.0
    variance = phi * mean * (1 + growth * season / periods) + mean * mean * (phi * relative + season_variance)
    observed = int(counts[number, -1])
    probability = chance(observed, mean, variance)
    surprise = -math.log10(max(probability, 1e-300))
    return Surprise(
        observed, usual / periods, growth, season, mean, phi, periods, probability, surprise, emerging=False
    )


def _season(counts: Counts, number: int, periods: int, phi: float) -> tuple[float, float]:
    """Return the factor by which the share rose at this time last year, and its relative variance.

    The factor is 1 where there is no such year, or where the rise of then may have been chance.
    """
    last_year = counts.shape[1] - 1 - YEAR
    if last_year < periods + AROUND:
        return 1.0, 0.0
    then = counts[:, last_year - AROUND : last_year + AROUND + 1].sum(axis=1)
    before = counts[:, last_year - AROUND - periods : last_year - AROUND].sum(axis=1)
    share = (then[number] + HALF) / (then.sum() + 1)
    share_before = (before[number] + HALF) / (before.sum() + 1)
    variance = phi * (1 / (then[number] + HALF) + 1 / (before[number] + HALF))
    log_ratio = math.log(share / share_before)
    if log_ratio <= SEASON_Z * math.sqrt(variance):
        return 1.0, 0.0
    return math.exp(log_ratio), variance


def _judged(one: Surprise, survives: bool) -> Surprise:
    emerging = survives and one.probability < RARE and one.observed >= FEWEST_EVENTS
    return replace(one, emerging=emerging)
