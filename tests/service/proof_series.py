"""Which made-up series do the tests of proof use? Plain ones, and random ones from a seed."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from service.initiatives.proof.series import Array, Cut, Measure, Series, Windows
from service.initiatives.tables import PlanBucket

MONDAY = date(2024, 1, 1)
STEP_OF = {PlanBucket.DAY: timedelta(days=1), PlanBucket.WEEK: timedelta(days=7)}


def counts(values: Sequence[float], bucket: PlanBucket = PlanBucket.WEEK, exposure: float = 1.0) -> Series:
    """Returns counts from a Monday on."""
    starts = tuple(MONDAY + STEP_OF[bucket] * place for place in range(len(values)))
    return Series(bucket, Measure.COUNT, starts, tuple(map(float, values)), (exposure,) * len(values))


def levels(values: Sequence[float | None], answers: Sequence[float], spread: float = 0.0) -> Series:
    """Returns weekly levels from a Monday on."""
    starts = tuple(MONDAY + STEP_OF[PlanBucket.WEEK] * place for place in range(len(values)))
    return Series(PlanBucket.WEEK, Measure.LEVEL, starts, tuple(values), tuple(answers), spread)


def noisy(generator: np.random.Generator, n: int, mean: float, dispersion: float = 2.0) -> Array:
    """Returns counts whose variance is `dispersion` (more than 1) times their mean, without any change."""
    return generator.negative_binomial(mean / (dispersion - 1), 1 / dispersion, n).astype(np.float64)


def changed(before: Sequence[float], after: Sequence[float]) -> Cut:
    """Returns weekly counts that are cut between the two."""
    return Cut(counts([*before, *after]), len(before))


def windows_of(cut: Cut) -> Windows:
    """Returns the spans of a weekly cut without a ramp-up."""
    starts = cut.series.starts
    change = starts[cut.before]
    return Windows(starts[0], change, change, starts[-1] + timedelta(days=7))
