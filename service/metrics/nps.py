"""What is NPS, and how sure is it? Promoters minus detractors, -100 to 100, with its interval."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import case, func

from service.feedback.rules import nps_category
from service.feedback.tables import NpsCategory
from service.ground.reads import Expression
from service.metrics import outcomes
from service.metrics.definitions import (
    FEWEST,
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
from service.metrics.outcomes import Outcome, Readings, Sums, Tallied
from service.metrics.proportions import Z

NPS = Definition(
    id="NPS",
    name="Net Promoter Score",
    family=MetricFamily.CX,
    formula="100 x (promoters - detractors) / answers; 9-10 promote, 7-8 are passive, 0-6 detract",
    unit=MetricUnit.POINTS,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.ADJUSTED_WALD,
    source="Reichheld 2003, Harvard Business Review; interval: Rocks 2016, The American Statistician 70(4)",
    least=-100,
    most=100,
)
NPS_WEIGHTED = Definition(
    id="NPS_WEIGHTED",
    name="Net Promoter Score, weighted",
    family=MetricFamily.CX,
    formula="100 x (weights of promoters - weights of detractors) / weights of all answers",
    unit=MetricUnit.POINTS,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.ADJUSTED_WALD,
    source="As NPS; the effective sample size is Kish's: (sum of weights)^2 / sum of squared weights",
    least=-100,
    most=100,
)
ADDED = 3
"""The answers the adjusted Wald interval adds: a quarter promoters, a quarter detractors."""


@dataclass(frozen=True, slots=True)
class Groups:
    """How many answers fall into each group; those of two samples add up."""

    promoters: float
    passives: float
    detractors: float

    def __add__(self, other: "Groups") -> "Groups":
        """Return the groups of both samples together."""
        return Groups(
            self.promoters + other.promoters,
            self.passives + other.passives,
            self.detractors + other.detractors,
        )

    @property
    def n(self) -> float:
        """All answers."""
        return self.promoters + self.passives + self.detractors


def groups(counts: Mapping[int, int]) -> Groups:
    """Return the groups of answers that were counted by score; raises ValueError for what is no answer."""
    found = dict.fromkeys(NpsCategory, 0)
    for score, count in counts.items():
        category = nps_category(score)
        if category is None:
            message = f"{score} is not a likelihood to recommend"
            raise ValueError(message)
        found[category] += count
    return Groups(found[NpsCategory.PROMOTER], found[NpsCategory.PASSIVE], found[NpsCategory.DETRACTOR])


def nps(answers: Groups) -> Measured:
    """Return the score in points with its interval."""
    n = int(answers.n)
    if n == 0:
        return NOTHING
    return Measured(100 * balance(answers), n, interval(answers), low_sample(n < FEWEST))


def weighted_nps(weights: Groups, squares: float, n: int) -> Measured:
    """Return the score of weighted answers; `squares` sums the squared weights, `n` counts the answers."""
    if n == 0 or weights.n <= 0:
        return NOTHING
    worth = weights.n * weights.n / squares
    scale = worth / weights.n
    worth_of = Groups(weights.promoters * scale, weights.passives * scale, weights.detractors * scale)
    return Measured(100 * balance(weights), n, interval(worth_of), low_sample(worth < FEWEST))


def balance(answers: Groups) -> float:
    """Return the share of promoters minus the share of detractors, -1 to 1."""
    return (answers.promoters - answers.detractors) / answers.n


def variance(answers: Groups) -> float:
    """Return the variance of one answer, where a promoter counts 1, a passive 0, a detractor -1."""
    return (answers.promoters + answers.detractors) / answers.n - balance(answers) ** 2


def standard_error(answers: Groups) -> float:
    """Return the standard error of the balance, 0 to 1."""
    return math.sqrt(variance(answers) / answers.n)


def interval(answers: Groups) -> Interval:
    """Return the adjusted Wald interval in points."""
    adjusted = answers + _adjustment()
    middle, reach = 100 * balance(adjusted), 100 * Z * standard_error(adjusted)
    return Interval(middle - reach, middle + reach).within(-100, 100)


def difference(later: Groups, earlier: Groups) -> Measured:
    """Return by how many points the score rose, with its interval; None where a side has no answer."""
    n = int(later.n + earlier.n)
    if not (later.n and earlier.n):
        return Measured(None, n)
    rise = 100 * (balance(later) - balance(earlier))
    reach = 100 * Z * math.hypot(*(standard_error(each + _adjustment()) for each in (later, earlier)))
    few = min(later.n, earlier.n) < FEWEST
    return Measured(rise, n, Interval(rise - reach, rise + reach).within(-200, 200), low_sample(few))


def _adjustment() -> Groups:
    return Groups(ADDED / 4, ADDED / 2, ADDED / 4)


def outcome(sums: Sums) -> Outcome:
    """Compute `nps` where the rows are."""
    return _balanced(sums("hits"), sums("misses"), sums("n"), sums("n"), sums("n"))


def weighted_outcome(sums: Sums) -> Outcome:
    """Compute `weighted_nps` where the rows are."""
    worth = outcomes.effective(sums("weight"), sums("weight_squares"))
    return _balanced(sums("weight_hits"), sums("weight_misses"), sums("weight"), worth, sums("n"))


def _balanced(
    promoters: Expression, detractors: Expression, total: Expression, worth: Expression, n: Expression
) -> Outcome:
    up, down = (outcomes.ratio(part, total) for part in (promoters, detractors))
    worth = outcomes.real(worth)
    size = worth + ADDED
    p, d = ((part * worth + ADDED / 4) / func.nullif(size, 0) for part in (up, down))
    reach = 100 * outcomes.Z * func.sqrt((p + d - (p - d) * (p - d)) / size)
    middle = 100 * (p - d)
    known = up.is_not(None)
    low = case((known, func.greatest(middle - reach, outcomes.number(-100))))
    high = case((known, func.least(middle + reach, outcomes.number(100))))
    return Outcome(100 * (up - down), n, low, high, worth < FEWEST)


READINGS: Readings = {
    NPS.id: Tallied(("NPS",), outcome),
    NPS_WEIGHTED.id: Tallied(("NPS",), weighted_outcome),
}
