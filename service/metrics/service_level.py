"""How many are answered in time? Four forms of one promise, which differ in who is counted; and waiting."""

from dataclasses import dataclass, replace

from service.ground.reads import Expression
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
from service.metrics.means import Moments, mean
from service.metrics.outcomes import Readings, Sums, Tallied
from service.metrics.proportions import share

SOURCE = "Call Centre Helper, Service level: threshold calculations; interval: Wilson 1927"
THRESHOLD = Parameter("threshold_seconds", 20, "Who is answered within this is answered in time.")
SERVICE_LEVEL = Definition(
    id="SERVICE_LEVEL",
    name="Service level",
    family=MetricFamily.SERVICE,
    formula="answered in time / (offered - gave up within the threshold)",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.WILSON,
    source=SOURCE,
    most=1,
    parameters=(THRESHOLD,),
)
SERVICE_LEVEL_FORGIVING = replace(
    SERVICE_LEVEL,
    id="SERVICE_LEVEL_FORGIVING",
    name="Service level, giving up early counts as success",
    formula="(answered in time + gave up within the threshold) / offered",
)
SERVICE_LEVEL_ANSWERED = replace(
    SERVICE_LEVEL,
    id="SERVICE_LEVEL_ANSWERED",
    name="Service level of the answered",
    formula="answered in time / answered",
)
SERVICE_LEVEL_OFFERED = replace(
    SERVICE_LEVEL,
    id="SERVICE_LEVEL_OFFERED",
    name="Service level of the offered",
    formula="answered in time / offered",
)
SPEED_OF_ANSWER = Definition(
    id="SPEED_OF_ANSWER",
    name="Average speed of answer",
    family=MetricFamily.SERVICE,
    formula="seconds in the queue of those who were answered / answered",
    unit=MetricUnit.SECONDS,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.STUDENT_T,
    source="Genesys Cloud resource centre, ASA",
)
HANDLE_TIME = Definition(
    id="HANDLE_TIME",
    name="Average handle time",
    family=MetricFamily.SERVICE,
    formula="(seconds of talk + hold + work after the call) / handled; abandoned ones are not in it",
    unit=MetricUnit.SECONDS,
    direction=MetricDirection.NEITHER,
    method=IntervalMethod.STUDENT_T,
    source="Genesys Cloud resource centre, AHT",
)


@dataclass(frozen=True, slots=True)
class Queue:
    """What became of those who were offered; the counts of two spans add up."""

    answered: int
    answered_in_time: int
    abandoned_in_time: int
    abandoned_late: int

    @property
    def offered(self) -> int:
        """All who came."""
        return self.answered + self.abandoned_in_time + self.abandoned_late


def service_level(queue: Queue) -> Measured:
    """Return the default form: who gave up within the threshold counts nowhere."""
    return share(queue.answered_in_time, queue.offered - queue.abandoned_in_time)


def service_level_forgiving(queue: Queue) -> Measured:
    """Return the form in which giving up within the threshold is a success."""
    return share(queue.answered_in_time + queue.abandoned_in_time, queue.offered)


def service_level_answered(queue: Queue) -> Measured:
    """Return the form that looks at the answered only."""
    return share(queue.answered_in_time, queue.answered)


def service_level_offered(queue: Queue) -> Measured:
    """Return the form in which everybody who gave up is a failure."""
    return share(queue.answered_in_time, queue.offered)


def seconds_each(moments: Moments) -> Measured:
    """Return the mean of durations: speed of answer over queue times, handle time over handling times."""
    return mean(moments)


QUEUE = ("QUEUE_ANSWERED", "QUEUE_ABANDONED")


def _in_time(sums: Sums) -> Expression:
    return sums("hits", "QUEUE_ANSWERED")


def _answered(sums: Sums) -> Expression:
    return sums("n", "QUEUE_ANSWERED")


def _offered(sums: Sums) -> Expression:
    return _answered(sums) + sums("n", "QUEUE_ABANDONED")


def _gave_up_in_time(sums: Sums) -> Expression:
    return sums("hits", "QUEUE_ABANDONED")


def _mean_of_seconds(sums: Sums) -> outcomes.Outcome:
    return outcomes.mean(sums("n"), sums("total"), sums("squares"))


READINGS: Readings = {
    SERVICE_LEVEL.id: Tallied(
        QUEUE, lambda s: outcomes.share(_in_time(s), _offered(s) - _gave_up_in_time(s))
    ),
    SERVICE_LEVEL_FORGIVING.id: Tallied(
        QUEUE, lambda s: outcomes.share(_in_time(s) + _gave_up_in_time(s), _offered(s))
    ),
    SERVICE_LEVEL_ANSWERED.id: Tallied(QUEUE, lambda s: outcomes.share(_in_time(s), _answered(s))),
    SERVICE_LEVEL_OFFERED.id: Tallied(QUEUE, lambda s: outcomes.share(_in_time(s), _offered(s))),
    SPEED_OF_ANSWER.id: Tallied(QUEUE[:1], _mean_of_seconds),
    HANDLE_TIME.id: Tallied(("HANDLED",), _mean_of_seconds),
}
