"""Do loops close? From hearing a customer to the proof that what was changed has helped."""

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
from service.metrics.outcomes import Tallied
from service.metrics.proportions import share
from service.metrics.survival import Stay, survival_quantile

TIME_TO_ACKNOWLEDGE = Definition(
    id="TIME_TO_ACKNOWLEDGE",
    name="Time to acknowledge",
    family=MetricFamily.LOOP,
    formula="quantile of (recovery acknowledged - opened); those not acknowledged last longer than so far",
    unit=MetricUnit.SECONDS,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.NONE,
    source="Kaplan and Meier 1958, JASA 53",
    parameters=(Parameter("quantile", 0.5, "Which share is acknowledged by then; 0.5 is the median."),),
    empty="No value where no recovery was opened, or too few are acknowledged to say.",
)
RECOVERY_RATE = Definition(
    id="RECOVERY_RATE",
    name="Recovery rate",
    family=MetricFamily.LOOP,
    formula="recoveries that the customer confirmed / recoveries confirmed, unconfirmed or reopened after "
    "their remedy; duplicates and dismissed ones are in neither",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Silence is never counted as recovered; interval: Wilson 1927",
    most=1,
)
TOLD_RATE = Definition(
    id="TOLD_RATE",
    name="Told rate",
    family=MetricFamily.LOOP,
    formula="follow-ups sent / follow-ups that could be sent; suppressed and waived ones are in neither",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="What is owed is counted from the moment there is something to tell; interval: Wilson 1927",
    most=1,
)
VERIFIED_EFFECT_RATE = Definition(
    id="VERIFIED_EFFECT_RATE",
    name="Verified-effect rate",
    family=MetricFamily.LOOP,
    formula="shipped initiatives whose final verdict is IMPROVED / shipped initiatives with a final verdict",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Inconclusive and overridden verdicts are in the denominator alone; interval: Wilson 1927",
    most=1,
)
REGRESSION_RATE = Definition(
    id="REGRESSION_RATE",
    name="Regression rate",
    family=MetricFamily.LOOP,
    formula="insights that regressed within the window of their resolution / resolved insights older than it",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="An insight regresses when its contact rate leaves the control limit again; interval: Wilson 1927",
    most=1,
    parameters=(Parameter("window_days", 90, "How long after its resolution a regression counts."),),
)


def time_to_acknowledge(stays: list[Stay], q: float = 0.5) -> Measured:
    """Return by when a share `q` of recoveries is acknowledged."""
    return survival_quantile(stays, q)


def rate(hits: int, n: int) -> Measured:
    """Return recovered of remedied, told of owed, improved of judged, or regressed of resolved."""
    return share(hits, n)


def shares(measure: str) -> Tallied:
    """Compute `rate` where the rows are, of a measure that a later chapter counts."""
    return Tallied((measure,), lambda sums: outcomes.share(sums("hits"), sums("n")))
