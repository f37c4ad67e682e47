"""How do customers get on? Conversion, drop-off, time in stage and friction of journeys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
from service.metrics.outcomes import Readings, Survived, Tallied
from service.metrics.proportions import share
from service.metrics.survival import Stay, survival_quantile

WINDOW = timedelta(days=30)
WINDOW_DAYS = Parameter("window_days", WINDOW.days, "How long after the first step a later one counts.")
CONVERSION = Definition(
    id="CONVERSION",
    name="Journey conversion",
    family=MetricFamily.JOURNEY,
    formula="customers who reach the stage, in order and within the window of their first entry / customers "
    "who enter the journey",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="Mixpanel, Funnels: uniques; interval: Wilson 1927",
    most=1,
    parameters=(WINDOW_DAYS,),
    empty="No value where nobody entered; MATURING where the window has not passed.",
)
DROP_OFF = Definition(
    id="DROP_OFF",
    name="Drop-off",
    family=MetricFamily.JOURNEY,
    formula="customers who reach a stage but not the next, in order and within the window / who reach it",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="As CONVERSION, from stage to stage",
    most=1,
    parameters=(WINDOW_DAYS,),
)
TIME_IN_STAGE = Definition(
    id="TIME_IN_STAGE",
    name="Time in stage",
    family=MetricFamily.JOURNEY,
    formula="quantile of (left the stage - entered it); those still in it last longer than so far",
    unit=MetricUnit.SECONDS,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.NONE,
    source="Kaplan and Meier 1958, JASA 53",
    parameters=(Parameter("quantile", 0.5, "Which share of the stays is over by then; 0.5 is the median."),),
    empty="No value where nobody entered, or where too many are still in the stage to say.",
)
FRICTION_RATE = Definition(
    id="FRICTION_RATE",
    name="Friction rate",
    family=MetricFamily.JOURNEY,
    formula="journeys with at least one reopening, abandonment, SLA breach or answer that it was not easy / "
    "journeys begun",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source="A plain share, so that no weights need to be argued about; interval: Wilson 1927",
    most=1,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One customer's arrival at a stage; stages count from 0."""

    stage: int
    at: datetime


def stages_reached(steps: Iterable[Step], window: timedelta = WINDOW) -> int:
    """Return how many stages one customer reached in order, within the window of the first entry."""
    reached, ends = 0, None
    for step in sorted(steps, key=lambda step: step.at):
        if ends is not None and ends <= step.at:
            break
        if step.stage == reached:
            ends = ends or step.at + window
            reached += 1
    return reached


def funnel(reached: Sequence[int], stages: int) -> list[int]:
    """Return how many customers reached each stage, from how many stages each customer reached."""
    return [sum(stage < each for each in reached) for stage in range(stages)]


def conversion(reached: int, entered: int) -> Measured:
    """Return the share of those who entered that reached a stage."""
    return share(reached, entered)


def drop_off(reached: int, reached_next: int) -> Measured:
    """Return the share of those who reached a stage that did not reach the next."""
    return share(reached - reached_next, reached)


def time_in_stage(stays: Iterable[Stay], q: float = 0.5) -> Measured:
    """Return by when a share `q` has left the stage."""
    return survival_quantile(stays, q)


def friction_rate(with_friction: int, journeys: int) -> Measured:
    """Return the share of journeys in which something went wrong."""
    return share(with_friction, journeys)


READINGS: Readings = {
    TIME_IN_STAGE.id: Survived(("STAYED",)),
    FRICTION_RATE.id: Tallied(("BEGUN",), lambda sums: outcomes.share(sums("hits"), sums("n"))),
}
