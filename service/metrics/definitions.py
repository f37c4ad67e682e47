"""What is a metric? Its definition in words and numbers, and the shape of every value it has."""

from dataclasses import dataclass
from enum import StrEnum

CONFIDENCE = 0.95
"""The confidence of every interval."""

FEWEST = 30
"""Fewer answers or cases than this carry the flag LOW_SAMPLE."""

FEWEST_OF_A_CLASS = 5
"""So does a proportion with fewer hits, or fewer misses, than this."""


class MetricFamily(StrEnum):
    """What a metric is about."""

    CX = "CX"
    SERVICE = "SERVICE"
    JOURNEY = "JOURNEY"
    LOOP = "LOOP"


class MetricUnit(StrEnum):
    """What a value counts."""

    FRACTION = "FRACTION"
    POINTS = "POINTS"
    SCALE = "SCALE"
    SECONDS = "SECONDS"
    COUNT = "COUNT"
    PER_1000_CUSTOMERS_A_MONTH = "PER_1000_CUSTOMERS_A_MONTH"
    PER_MONTH = "PER_MONTH"


class MetricDirection(StrEnum):
    """Which way is better."""

    HIGHER_IS_BETTER = "HIGHER_IS_BETTER"
    LOWER_IS_BETTER = "LOWER_IS_BETTER"
    NEITHER = "NEITHER"


class IntervalMethod(StrEnum):
    """How the interval around a value is computed."""

    WILSON = "WILSON"
    ADJUSTED_WALD = "ADJUSTED_WALD"
    STUDENT_T = "STUDENT_T"
    EXACT_POISSON = "EXACT_POISSON"
    NONE = "NONE"


class MetricFlag(StrEnum):
    """What a reader of a value must know."""

    LOW_SAMPLE = "LOW_SAMPLE"
    CENSORED = "CENSORED"
    PARTIAL_BUCKET = "PARTIAL_BUCKET"
    MATURING = "MATURING"
    MIXED_DEFINITION = "MIXED_DEFINITION"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a definition leaves open, and what it is where nobody chose."""

    name: str
    default: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a metric is. A change of the formula or of what is counted is a new version.

    `least` and `most` bound the value, None where nothing does. `empty` says what no data gives.
    """

    id: str
    name: str
    family: MetricFamily
    formula: str
    unit: MetricUnit
    direction: MetricDirection
    method: IntervalMethod
    source: str
    least: float | None = 0
    most: float | None = None
    parameters: tuple[Parameter, ...] = ()
    empty: str = "No value, and a sample size of 0."
    version: int = 1


@dataclass(frozen=True, slots=True)
class Interval:
    """A range that holds the true value with the confidence of all intervals here."""

    low: float
    high: float

    def within(self, least: float, most: float) -> "Interval":
        """Return the part of the interval that the metric can reach."""
        return Interval(max(self.low, least), min(self.high, most))


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with what it rests on; `value` is None where there is nothing to measure, which is not 0."""

    value: float | None
    n: int
    interval: Interval | None = None
    flags: frozenset[MetricFlag] = frozenset()


NOTHING = Measured(None, 0)
"""What no data gives."""


def low_sample(is_low: bool) -> frozenset[MetricFlag]:
    """Return the flag of a sample that is too small to rest on."""
    return frozenset({MetricFlag.LOW_SAMPLE}) if is_low else frozenset()
