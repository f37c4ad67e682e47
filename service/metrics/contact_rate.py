"""How often do customers need us? Contacts per exposure with exact Poisson intervals."""

import math
from dataclasses import dataclass

from service.metrics import outcomes
from service.metrics.definitions import (
    CONFIDENCE,
    FEWEST_OF_A_CLASS,
    NOTHING,
    Definition,
    Interval,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
    low_sample,
)
from service.metrics.distributions import beta_quantile, gamma_quantile
from service.metrics.outcomes import Readings, Tallied

DAYS_OF_A_MONTH = 30
CONTACT_RATE = Definition(
    id="CONTACT_RATE",
    name="Contact rate",
    family=MetricFamily.SERVICE,
    formula="1,000 x 30 x contacts / days that customers were active",
    unit=MetricUnit.PER_1000_CUSTOMERS_A_MONTH,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.EXACT_POISSON,
    source="Interval: Garwood 1936; comparison of two rates: exact, given their sum (R's poisson.test)",
    empty="No value where no customer was active.",
)
TAIL = (1 - CONFIDENCE) / 2
TIES = 1 + 1e-7
"""Probabilities closer than this count as equal, as in R."""


@dataclass(frozen=True, slots=True)
class RateRatio:
    """How many times as high one rate is as another; `p` is the two-sided probability of no difference."""

    ratio: float
    interval: Interval
    p: float


def contact_rate(contacts: int, customer_days: float) -> Measured:
    """Return contacts per 1,000 customers and month; the parts of two spans add up."""
    return poisson_rate(contacts, customer_days, per=1000 * DAYS_OF_A_MONTH)


def poisson_rate(events: int, exposure: float, *, per: float) -> Measured:
    """Return events per `per` units of exposure with the exact interval; `n` counts the events."""
    if exposure <= 0:
        return NOTHING
    low = gamma_quantile(TAIL, events) if events else 0.0
    high = gamma_quantile(1 - TAIL, events + 1)
    scale = per / exposure
    few = low_sample(events < FEWEST_OF_A_CLASS)
    return Measured(events * scale, events, Interval(low * scale, high * scale), few)


def rate_ratio(events: int, exposure: float, other_events: int, other_exposure: float) -> RateRatio:
    """Compare two rates, given the sum of their events; raises ValueError where the other rate has none."""
    if not other_events:
        message = "a rate of no events cannot be divided by"
        raise ValueError(message)
    n, odds = events + other_events, other_exposure / exposure
    low = beta_quantile(TAIL, events, n - events + 1) if events else 0.0
    high = beta_quantile(1 - TAIL, events + 1, n - events)
    interval = Interval(low / (1 - low) * odds, high / (1 - high) * odds)
    ratio = events / other_events * odds
    return RateRatio(ratio, interval, _binomial_p(events, n, exposure / (exposure + other_exposure)))


def _binomial_p(hits: int, n: int, chance: float) -> float:
    """Return the probability of all outcomes that are no likelier than this one."""
    logarithms = [_log_binomial(k, n, chance) for k in range(n + 1)]
    limit = logarithms[hits] + math.log(TIES)
    return min(1.0, sum(math.exp(each) for each in logarithms if each <= limit))


def _log_binomial(hits: int, n: int, chance: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(hits + 1) - math.lgamma(n - hits + 1)
    return ways + hits * math.log(chance) + (n - hits) * math.log1p(-chance)


READINGS: Readings = {
    CONTACT_RATE.id: Tallied(
        ("OPENED", "ACTIVE_DAYS"),
        lambda sums: outcomes.poisson_rate(
            sums("n", "OPENED"), sums("total", "ACTIVE_DAYS"), per=1000 * DAYS_OF_A_MONTH
        ),
    ),
}
