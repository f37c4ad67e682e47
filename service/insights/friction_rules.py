"""How much does a place hurt, and is that rising? The three factors of a priority, each with its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.insights.finding_tables import Course, DriverMetric, GapMeasure
from service.insights.rules import PriorityInputs, priority
from service.insights.scores import Split
from service.insights.surprise import HALF, Counts, dispersion
from service.metrics import nps
from service.metrics.definitions import FEWEST, Interval
from service.metrics.proportions import Z, newcombe

POINTS = 100


@dataclass(frozen=True, slots=True)
class Trend:
    """The customers of this period as a multiple of the period before, with its interval."""

    ratio: float
    interval: Interval

    @property
    def course(self) -> Course:
        """Which way it goes, as far as the interval lets us say so."""
        if self.interval.low > 1:
            return Course.RISING
        return Course.FALLING if self.interval.high < 1 else Course.STEADY


@dataclass(frozen=True, slots=True)
class Gap:
    """By how many points, of 100, those who meet a place are worse off than others; below 0 better off."""

    measure: GapMeasure
    points: float
    interval: Interval


def scatter(months: Counts) -> float:
    """Return how much wider than pure chance the shares of all places scatter: 1 or more.

    The first month in which anything was counted is left out: counting may have begun within it.
    """
    counted = months[:, months.sum(axis=0) > 0][:, 1:]
    return dispersion(counted) if counted.shape[1] > 1 else 1.0


def trend(now: int, before: int, phi: float) -> Trend:
    """Return the ratio of two counts; half an event is added to each, so that nothing can be compared."""
    ratio = (now + HALF) / (before + HALF)
    reach = Z * math.sqrt(phi * (1 / (now + HALF) + 1 / (before + HALF)))
    return Trend(ratio, Interval(ratio * math.exp(-reach), ratio * math.exp(reach)))


def gap_of_scores(metric: DriverMetric, split: Split) -> Gap | None:
    """Return by how much worse those score who met a place; None where a side has too few answers."""
    if min(split.those.n, split.others.n) < FEWEST:
        return None
    if metric is DriverMetric.NPS:
        found = nps.difference(split.others, split.those)
        if found.value is None or found.interval is None:
            return None
        return Gap(GapMeasure.NPS, found.value, found.interval)
    ours = int(split.those.promoters), int(split.those.n)
    theirs = int(split.others.promoters), int(split.others.n)
    return _of_shares(GapMeasure.CSAT, theirs, ours)


def gap_of_friction(hurt: int, met: int, others_hurt: int, others_met: int) -> Gap | None:
    """Return by how much more often this place hurts than the others do; None where one has too few."""
    if min(met, others_met) < FEWEST:
        return None
    return _of_shares(GapMeasure.FRICTION, (hurt, met), (others_hurt, others_met))


def score(customers: int, gap: Gap | None, change: Trend) -> float:
    """Return the priority: customers, times the points they are worse off, times the trend."""
    points = max(0.0, gap.points) if gap else 0.0
    return priority(PriorityInputs(customers, points, change.ratio))


def months(counts: Sequence[Sequence[int]]) -> Counts:
    """Return one row for each place, one column for each month, as the statistics want them."""
    return np.array(counts, dtype=float).reshape(len(counts), -1)


def _of_shares(measure: GapMeasure, one: tuple[int, int], other: tuple[int, int]) -> Gap:
    found = newcombe(*one, *other)
    points = POINTS * (one[0] / one[1] - other[0] / other[1])
    return Gap(measure, points, Interval(POINTS * found.low, POINTS * found.high))
