"""How is something counted? By instruments that always stand ready; they are only read while someone asks.

    from infra.telemetry import meters, names

    meters.counter(names.RELAY_EVENTS).add(12, "published")
    meters.histogram(names.WEBHOOK_DURATION).record(0.25)
    meters.gauge(names.OUTBOX_LAG).set(1.5)

The values of the attributes are given in the order of the metric's list; one that is not in the list of its
attribute counts as `_OTHER`. Counting is an addition in memory, so nothing here needs to be turned off.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from math import inf
from threading import Lock

from infra.telemetry.names import METRICS, OTHER, Kind, Metric

Values = tuple[str, ...]
MOST_WAITING = 256


class Unlisted(Exception):
    """A metric is not in the closed list, is of another kind, or has other attributes."""


def placed(metric: Metric, values: Values) -> Values:
    """Returns the values as they may be told; raises Unlisted where there are too few or too many."""
    if len(values) != len(metric.attributes):
        raise Unlisted(f"{metric.name} takes {len(metric.attributes)} values")
    pairs = zip(metric.attributes, values, strict=True)
    return tuple(value if value in attribute.values else OTHER for attribute, value in pairs)


class Counter:
    """Adds up what happened."""

    def __init__(self, metric: Metric) -> None:
        """Starts at nothing."""
        self.metric = metric
        self.points: dict[Values, float] = {}

    def add(self, amount: float, *values: str) -> None:
        """Counts so many more."""
        key = placed(self.metric, values)
        self.points[key] = self.points.get(key, 0) + amount


class Gauge:
    """Holds what is the case now; what must be looked up is asked when someone reads."""

    def __init__(self, metric: Metric) -> None:
        """Knows nothing yet."""
        self.metric = metric
        self._points: dict[Values, float] = {}
        self._asked: dict[Values, Callable[[], float]] = {}

    @property
    def points(self) -> dict[Values, float]:
        """What is the case, by the values of the attributes."""
        return {**self._points, **{values: ask() for values, ask in self._asked.items()}}

    def set(self, value: float, *values: str) -> None:
        """Takes over a value."""
        self._points[placed(self.metric, values)] = value

    def add(self, amount: float, *values: str) -> None:
        """Raises the value, or lowers it."""
        key = placed(self.metric, values)
        self._points[key] = self._points.get(key, 0) + amount

    def ask(self, ask: Callable[[], float], *values: str) -> None:
        """Asks from now on whenever someone reads."""
        self._asked[placed(self.metric, values)] = ask


class Distribution:
    """How often which duration was seen, for one set of values.

    What is seen waits, and is put into its bucket with others: one by one that takes three times as long.
    """

    __slots__ = ("_counts", "_included", "_lock", "_total", "_waiting", "bounds", "see")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        """Starts with empty buckets."""
        self.bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0
        self._waiting = array("d")
        self._lock = Lock()
        self._included: list[Distribution] = []
        self.see = self._waiting.append
        """Sees a value, for who calls `settle` now and then."""

    def include(self, other: "Distribution") -> None:
        """Counts from now on what another with the same buckets sees as seen here, too."""
        self._included.append(other)

    def add(self, value: float) -> None:
        """Sees a value."""
        self.see(value)
        self.settle()

    def settle(self) -> None:
        """Puts what waits into its buckets, if it is much."""
        if len(self._waiting) >= MOST_WAITING:
            self.read()

    def read(self) -> tuple[list[int], float]:
        """Returns how many values are in each bucket, and their sum; also from another thread."""
        with self._lock:
            number = len(self._waiting)
            seen = sorted(self._waiting[:number])
            del self._waiting[:number]
            below = 0
            for bucket, bound in enumerate((*self.bounds, inf)):
                before, below = below, bisect_right(seen, bound, below)
                self._counts[bucket] += below - before
                if below == len(seen):
                    break
            self._total += sum(seen)
            counts, total = [*self._counts], self._total
        for more, added in (other.read() for other in self._included):
            counts = [one + another for one, another in zip(counts, more, strict=True)]
            total += added
        return counts, total


class Histogram:
    """Spreads durations over buckets."""

    def __init__(self, metric: Metric) -> None:
        """Starts with empty buckets."""
        self.metric = metric
        self.points: dict[Values, Distribution] = {}

    def of(self, *values: str) -> Distribution:
        """Returns the distribution of one set of values, to be kept where every microsecond counts."""
        key = placed(self.metric, values)
        return self.points.setdefault(key, Distribution(self.metric.buckets))

    def record(self, value: float, *values: str) -> None:
        """Puts a value into its bucket."""
        self.of(*values).add(value)


Instrument = Counter | Gauge | Histogram


@cache
def counter(metric: Metric) -> Counter:
    """Returns the only counter of a metric."""
    return Counter(_listed(metric, Kind.COUNTER))


@cache
def gauge(metric: Metric) -> Gauge:
    """Returns the only gauge of a metric."""
    return Gauge(_listed(metric, Kind.GAUGE))


@cache
def histogram(metric: Metric) -> Histogram:
    """Returns the only histogram of a metric."""
    return Histogram(_listed(metric, Kind.HISTOGRAM))


def instrument(metric: Metric) -> Instrument:
    """Returns the only instrument of a metric."""
    makes: dict[Kind, Callable[[Metric], Instrument]] = {
        Kind.COUNTER: counter,
        Kind.GAUGE: gauge,
        Kind.HISTOGRAM: histogram,
    }
    return makes[metric.kind](metric)


def _listed(metric: Metric, kind: Kind) -> Metric:
    if metric not in METRICS or metric.kind is not kind:
        raise Unlisted(f"{metric.name} is no {kind} of infra/telemetry/names.py")
    return metric
