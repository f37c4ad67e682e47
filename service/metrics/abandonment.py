"""How many give up? Before anybody answers, and before their matter is resolved."""

from sqlalchemy import func, literal_column

from service.metrics import outcomes
from service.metrics.definitions import (
    Definition,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
    Parameter,
)
from service.metrics.outcomes import Outcome, Readings, Sums, Tallied
from service.metrics.proportions import share

SHORT_SECONDS = 5.0
SHORT = Parameter("short_seconds", SHORT_SECONDS, "Who gives up sooner than this counts nowhere.")
ABANDON_QUEUE = Definition(
    id="ABANDON_QUEUE",
    name="Abandonment in the queue",
    family=MetricFamily.SERVICE,
    formula="(gave up before an answer - within short_seconds) / (offered - gave up within short_seconds)",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Call Centre Helper, How to measure call abandon rate; interval: Wilson 1927",
    most=1,
    parameters=(SHORT,),
)
ABANDON_UNRESOLVED = Definition(
    id="ABANDON_UNRESOLVED",
    name="Abandonment before resolution",
    family=MetricFamily.SERVICE,
    formula="(gave up before the resolution - within short_seconds) / (offered - within short_seconds)",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="ABANDON_QUEUE, and those who leave on hold or while talking without a resolution",
    most=1,
    parameters=(SHORT,),
)


def abandonment(offered: int, abandoned: int, short: int = 0) -> Measured:
    """Return the share that gave up; `short` counts those of them who gave up at once.

    Who was answered in an earlier span may leave in this one: more than all do not.
    """
    n = max(offered - short, 0)
    return share(min(abandoned - short, n), n)


def _outcome(sums: Sums, abandoned: str) -> Outcome:
    """Compute `abandonment` where the rows are."""
    short = sums("misses", abandoned)
    offered = sums("n", "QUEUE_ANSWERED") + sums("n", "QUEUE_ABANDONED")
    n = func.greatest(offered - short, literal_column("0"))
    return outcomes.share(func.least(sums("n", abandoned) - short, n), n)


READINGS: Readings = {
    ABANDON_QUEUE.id: Tallied(
        ("QUEUE_ANSWERED", "QUEUE_ABANDONED"), lambda sums: _outcome(sums, "QUEUE_ABANDONED")
    ),
    ABANDON_UNRESOLVED.id: Tallied(
        ("QUEUE_ANSWERED", "QUEUE_ABANDONED", "LEFT_UNRESOLVED"),
        lambda sums: _outcome(sums, "LEFT_UNRESOLVED"),
    ),
}
