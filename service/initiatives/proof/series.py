"""What is compared with what? A series of buckets, and its spans before and after a change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from service.initiatives.tables import PlanBucket

Array = NDArray[np.floating]
WHOLE_WEEK = frozenset(range(7))
DAYS_OF_A_WEEK = 7


class Measure(StrEnum):
    """What the value of a bucket is.

    A number of events; the mean of answers (a share is one too); the logarithm of a median duration.
    """

    COUNT = "COUNT"
    LEVEL = "LEVEL"
    DURATION = "DURATION"


@dataclass(frozen=True, slots=True)
class Series:
    """Buckets in order of time; a value of None is missing or incomplete, which is not 0.

    `weights` are the exposure of counts (customers, orders, days; more than 0) or the answers behind a level
    (0 where nobody answered). `spread` is the variance of a single answer, 0 where it is unknown.
    """

    bucket: PlanBucket
    measure: Measure
    starts: tuple[date, ...]
    values: tuple[float | None, ...]
    weights: tuple[float, ...]
    spread: float = 0.0

    def __len__(self) -> int:
        """Return the number of buckets."""
        return len(self.starts)

    def at(self, places: list[int]) -> "Series":
        """Return these buckets only."""
        return replace(
            self,
            starts=tuple(self.starts[place] for place in places),
            values=tuple(self.values[place] for place in places),
            weights=tuple(self.weights[place] for place in places),
        )

    def array(self) -> Array:
        """Return the values, not-a-number where one is missing."""
        return np.array([np.nan if value is None else value for value in self.values], dtype=np.float64)

    def weight_array(self) -> Array:
        """Return the weights."""
        return np.array(self.weights, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Windows:
    """The half-open spans before and after: what lies between them is ramp-up and counts for nothing."""

    baseline_start: date
    baseline_end: date
    resumes_at: date
    evaluation_end: date

    @property
    def before(self) -> timedelta:
        """Return how long the baseline is."""
        return self.baseline_end - self.baseline_start

    @property
    def after(self) -> timedelta:
        """Return for how long the change is watched."""
        return self.evaluation_end - self.resumes_at


@dataclass(frozen=True, slots=True)
class Cut:
    """A series cut in two: the first `before` buckets precede the change, the others follow it."""

    series: Series
    before: int

    @property
    def after(self) -> int:
        """Return the number of buckets that follow the change."""
        return len(self.series) - self.before

    def step(self) -> Array:
        """Return 0 for every bucket before the change and 1 for every other."""
        return (np.arange(len(self.series)) >= self.before).astype(np.float64)

    def baseline(self) -> Series:
        """Return the buckets before the change."""
        return self.series.at(list(range(self.before)))

    def following(self) -> Series:
        """Return the buckets after the change."""
        return self.series.at(list(range(self.before, len(self.series))))


def end_of(start: date, bucket: PlanBucket) -> date:
    """Return the first day after a bucket."""
    match bucket:
        case PlanBucket.DAY:
            return start + timedelta(days=1)
        case PlanBucket.WEEK:
            return start + timedelta(days=DAYS_OF_A_WEEK)
        case PlanBucket.MONTH:
            return (start.replace(day=1) + timedelta(days=31)).replace(day=1)


def bucketed(
    counts: Mapping[date, float],
    bucket: PlanBucket,
    first: date,
    until: date,
    *,
    days: frozenset[int] = WHOLE_WEEK,
) -> Series:
    """Return a series of counts with one bucket for every span from `first` (included) to `until` (not).

    A bucket that `counts` does not name had no events: mark the missing ones with `without`. Daily series may
    be limited to some days of the week (0 is Monday). A bucket that `until` cuts off is left out.
    """
    starts: list[date] = []
    start = first
    while end_of(start, bucket) <= until:
        starts.append(start)
        start = end_of(start, bucket)
    kept = tuple(day for day in starts if bucket is not PlanBucket.DAY or day.weekday() in days)
    values = tuple(float(counts.get(day, 0)) for day in kept)
    return Series(bucket, Measure.COUNT, kept, values, (1.0,) * len(kept))


def without(series: Series, missing: frozenset[date]) -> Series:
    """Return the series with the buckets that start on these days marked as missing."""
    pairs = zip(series.starts, series.values, strict=True)
    return replace(series, values=tuple(None if day in missing else value for day, value in pairs))


def cut(series: Series, windows: Windows) -> Cut:
    """Keep the buckets that lie wholly before or wholly after the change."""
    before: list[int] = []
    after: list[int] = []
    for place, start in enumerate(series.starts):
        end = end_of(start, series.bucket)
        if windows.baseline_start <= start and end <= windows.baseline_end:
            before.append(place)
        elif windows.resumes_at <= start and end <= windows.evaluation_end:
            after.append(place)
    return Cut(series.at(before + after), len(before))
