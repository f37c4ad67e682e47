"""How long do things last when some are not over? The Kaplan-Meier estimate, which knows of open ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from service.metrics.definitions import FEWEST, NOTHING, Measured, MetricFlag, low_sample


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
        if lasting <= 1 - q:
            return Measured(duration, n, None, flags)
        at_risk -= len(together)
    return Measured(None, n, None, flags)
