"""How many leave? Of a cohort that was there at the start, and per month over any span of time."""

from service.metrics import outcomes
from service.metrics.contact_rate import DAYS_OF_A_MONTH, poisson_rate
from service.metrics.definitions import (
    Definition,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
    Parameter,
)
from service.metrics.outcomes import Readings, Tallied
from service.metrics.proportions import share

IDLE = Parameter("idle_days", 90, "After so many days without any activity a customer counts as lost.")
CHURN = Definition(
    id="CHURN",
    name="Churn of a cohort",
    family=MetricFamily.CX,
    formula="customers of the start who are lost at the end / customers active at the start; no newcomers",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Churnmiser, How to calculate customer churn rate; interval: Wilson 1927",
    most=1,
    parameters=(IDLE,),
)
RETENTION = Definition(
    id="RETENTION",
    name="Retention of a cohort",
    family=MetricFamily.CX,
    formula="1 - CHURN: customers of the start who are still there / customers active at the start",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="As CHURN",
    most=1,
    parameters=(IDLE,),
)
CHURN_RATE = Definition(
    id="CHURN_RATE",
    name="Churn rate",
    family=MetricFamily.CX,
    formula="30 x customers lost / days that customers were active",
    unit=MetricUnit.PER_MONTH,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.EXACT_POISSON,
    source="Noble, Defining churn rate, Shopify Engineering; interval: Garwood 1936",
    parameters=(IDLE,),
    empty="No value where no customer was active.",
)


def churn(lost: int, at_start: int) -> Measured:
    """Return the share of a cohort that was lost."""
    return share(lost, at_start)


def retention(lost: int, at_start: int) -> Measured:
    """Return the share of a cohort that stayed."""
    return share(at_start - lost, at_start)


def churn_rate(lost: int, customer_days: float) -> Measured:
    """Return losses per customer and month; the parts of two spans add up."""
    return poisson_rate(lost, customer_days, per=DAYS_OF_A_MONTH)


READINGS: Readings = {
    CHURN.id: Tallied(("COHORT",), lambda sums: outcomes.share(sums("hits"), sums("n"))),
    RETENTION.id: Tallied(("COHORT",), lambda sums: outcomes.share(sums("n") - sums("hits"), sums("n"))),
    CHURN_RATE.id: Tallied(
        ("LOST", "ACTIVE_DAYS"),
        lambda sums: outcomes.poisson_rate(
            sums("n", "LOST"), sums("total", "ACTIVE_DAYS"), per=DAYS_OF_A_MONTH
        ),
    ),
}
