"""How is a value computed where the rows are? Expressions, the counterparts of the pure formulas."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ARRAY, Float, Integer, case, cast, func, literal_column, or_

from service.ground.reads import Expression
from service.metrics.definitions import CONFIDENCE, FEWEST, FEWEST_OF_A_CLASS
from service.metrics.distributions import normal_quantile, t_quantile

Sums = Callable[..., Expression]
"""Returns the sum of a part: `sums("n")` of the only measure, or `sums("n", "OPENED")` of one of several."""

NOTHING: Expression = literal_column("NULL", Float)
FALSE: Expression = literal_column("false")
TABLED = 60
"""Up to so many degrees of freedom the quantile of t is looked up, beyond it is expanded."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value with what it rests on, as expressions; `value` is null where there is nothing to measure."""

    value: Expression
    n: Expression
    low: Expression = NOTHING
    high: Expression = NOTHING
    few: Expression = FALSE
    censored: Expression = FALSE


@dataclass(frozen=True, slots=True)
class Tallied:
    """A value of sums; `maturing_days` is how long after a period its value still changes."""

    measures: tuple[str, ...]
    of: Callable[[Sums], Outcome]
    maturing_days: float = 0


@dataclass(frozen=True, slots=True)
class Binned:
    """A quantile of durations that were counted in bins."""

    measures: tuple[str, ...]
    maturing_days: float = 0


@dataclass(frozen=True, slots=True)
class Survived:
    """A quantile of stays, some of which are not over."""

    measures: tuple[str, ...]
    maturing_days: float = 0


@dataclass(frozen=True, slots=True)
class Running:
    """A value of all sums from the beginning to the end of the period."""

    measures: tuple[str, ...]
    of: Callable[[Sums], Outcome]
    maturing_days: float = 0


Reading: TypeAlias = Tallied | Binned | Survived | Running
Readings = Mapping[str, Reading]
"""How the metrics of one file are read, by their ids."""


def number(value: float) -> Expression:
    """Return a constant."""
    return literal_column(repr(float(value)), Float)


def real(expression: Expression) -> Expression:
    """Return a count or a sum as a number to calculate with."""
    return cast(expression, Float)


Z = number(normal_quantile((1 + CONFIDENCE) / 2))


def ratio(upper: Expression, lower: Expression) -> Expression:
    """Return one number divided by another, null where there is nothing to divide by."""
    return real(upper) / func.nullif(real(lower), number(0))


def share(hits: Expression, n: Expression) -> Outcome:
    """Return a share with Wilson's interval: the counterpart of `proportions.share`."""
    value = ratio(hits, n)
    low, high = wilson(value, real(n))
    few = or_(n < FEWEST, hits < FEWEST_OF_A_CLASS, n - hits < FEWEST_OF_A_CLASS)
    return Outcome(value, n, low, high, few)


def weighted_share(hits: Expression, total: Expression, squares: Expression, n: Expression) -> Outcome:
    """Return a share of weights: the counterpart of `proportions.weighted_share`."""
    value = ratio(hits, total)
    worth = effective(total, squares)
    low, high = wilson(value, worth)
    return Outcome(value, n, low, high, worth < FEWEST)


def effective(total: Expression, squares: Expression) -> Expression:
    """Return how many cases the weights are worth."""
    return real(total) * real(total) / func.nullif(real(squares), number(0))


def wilson(value: Expression, n: Expression) -> tuple[Expression, Expression]:
    """Return the ends of the score interval of a share."""
    n = func.nullif(n, number(0))
    spread = Z * func.sqrt(value * (number(1) - value) / n + Z * Z / (number(4) * n * n))
    middle = value + Z * Z / (number(2) * n)
    scale = number(1) + Z * Z / n
    low = func.greatest((middle - spread) / scale, case((value.is_not(None), number(0))))
    return low, func.least((middle + spread) / scale, case((value.is_not(None), number(1))))


def mean(n: Expression, total: Expression, squares: Expression) -> Outcome:
    """Return a mean with its t interval: the counterpart of `means.mean`."""
    value = ratio(total, n)
    freedom = real(n) - number(1)
    spread = func.greatest(squares - total * total / func.nullif(n, 0), literal_column("0"))
    variance = real(spread) / func.nullif(freedom, number(0))
    reach = case((n > 1, t_limit(n - 1) * func.sqrt(variance / real(n))))
    return Outcome(value, n, value - reach, value + reach, n < FEWEST)


def t_limit(freedom: Expression) -> Expression:
    """Return the quantile of t at the upper end of all intervals, exact to nine digits."""
    p = (1 + CONFIDENCE) / 2
    table = ",".join(repr(t_quantile(p, degrees)) for degrees in range(1, TABLED + 1))
    z = normal_quantile(p)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    v = func.nullif(real(freedom), number(0))
    expanded = number(z)
    for power, term in enumerate(terms, start=1):
        expanded += number(term) / func.power(v, number(power))
    entries: Expression = literal_column(f"('{{{table}}}'::float8[])", ARRAY(Float))
    return case((freedom <= TABLED, entries[cast(freedom, Integer)]), else_=expanded)


def poisson_rate(events: Expression, exposure: Expression, per: float) -> Outcome:
    """Return events per exposure with exact limits: the counterpart of `contact_rate.poisson_rate`."""
    scale = number(per) / func.nullif(real(exposure), number(0))
    tail = (1 - CONFIDENCE) / 2
    low = func.poisson_limit(events, number(tail), type_=Float)
    high = func.poisson_limit(events + 1, number(1 - tail), type_=Float)
    known = exposure > 0
    value = case((known, real(events) * scale))
    return Outcome(
        value,
        case((known, events), else_=literal_column("0")),
        case((known, low * scale)),
        case((known, high * scale)),
        events < FEWEST_OF_A_CLASS,
    )
