"""How is one customer doing? A weighted mean of the measures that are known."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.metrics.definitions import (
    Definition,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
    Parameter,
)

LEAST_PRESENT = 0.5
HEALTH = Definition(
    id="HEALTH",
    name="Health score",
    family=MetricFamily.CX,
    formula="sum of weight x part / sum of weights, over the parts that are known, each a mean of 0 to 100: "
    "scores on their scales (weight 3), promises kept (2), resolved and not reopened (2), words that are not "
    "negative (1)",
    unit=MetricUnit.POINTS,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.NONE,
    source="Gainsight help centre, Calculation of Group Scores and Overall Scores",
    most=100,
    parameters=(Parameter("least_present", LEAST_PRESENT, "The share of all weight that must be known."),),
    empty="No value where less than half of the weight is known.",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One measure of a health score; a score of None is not known."""

    name: str
    weight: float
    score: float | None


def health(parts: Sequence[Part]) -> Measured:
    """Return the score; `n` counts the measures that are known."""
    total = sum(part.weight for part in parts)
    known = [(part.weight, part.score) for part in parts if part.score is not None]
    present = sum(weight for weight, _ in known)
    if not present or present < LEAST_PRESENT * total:
        return Measured(None, len(known))
    return Measured(sum(weight * score for weight, score in known) / present, len(known))


def missing(parts: Sequence[Part]) -> list[str]:
    """Return the names of the measures that are not known."""
    return [part.name for part in parts if part.score is None]
