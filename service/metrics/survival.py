"""How long do things last when some are not over? The Kaplan-Meier estimate, which knows of open ones."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from service.metrics.definitions import FEWEST, NOTHING, Measured, MetricFlag, low_sample

ROUNDING = 1e-12
"""A share of exactly `q` is reached, whichever way its factors were rounded."""


@dataclass(frozen=True, slots=True, order=True)
class Stay:
    """A duration in seconds, or so far if it is not over."""

    duration: float
    is_over: bool


def survival_quantile(stays: Iterable[Stay], q: float) -> Measured:
    """Return when a share `q` of stays is over (Kaplan and Meier 1958); None where that is not reached."""
    ordered = sorted(stays)
    n = at_risk = len(ordered)
    if n == 0:
        return NOTHING
    is_censored = any(not stay.is_over for stay in ordered)
    flags = low_sample(n < FEWEST) | (frozenset({MetricFlag.CENSORED}) if is_censored else frozenset())
    lasting = 1.0
    for duration, same in groupby(ordered, key=lambda stay: stay.duration):
        together = list(same)
        lasting *= 1 - sum(stay.is_over for stay in together) / at_risk
        if lasting <= 1 - q + ROUNDING:
            return Measured(duration, n, None, flags)
        at_risk -= len(together)
    return Measured(None, n, None, flags)


@dataclass(frozen=True, slots=True)
class LogRank:
    """How far two groups' durations lie apart: chi-square of 1 degree, and its probability if they do not."""

    chi_square: float
    p: float


def log_rank(stays: Iterable[Stay], others: Iterable[Stay]) -> LogRank | None:
    """Compare durations of two groups, some of them not over (Mantel 1966); None where no time can tell."""
    pooled = sorted([(stay.duration, stay.is_over, True) for stay in stays])
    first = len(pooled)
    pooled = sorted(pooled + [(stay.duration, stay.is_over, False) for stay in others])
    at_risk, gap, variance = len(pooled), 0.0, 0.0
    for _, same in groupby(pooled, key=itemgetter(0)):
        together = list(same)
        ended = sum(is_over for _, is_over, _ in together)
        expected = ended * first / at_risk
        gap += sum(is_over and is_first for _, is_over, is_first in together) - expected
        if at_risk > 1:
            variance += expected * (1 - first / at_risk) * (at_risk - ended) / (at_risk - 1)
        at_risk -= len(together)
        first -= sum(is_first for _, _, is_first in together)
    if variance == 0:
        return None
    chi_square = gap * gap / variance
    return LogRank(chi_square, math.erfc(math.sqrt(chi_square / 2)))
