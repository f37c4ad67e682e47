"""How much work comes, goes and stays? Backlog and resolution rate."""

from dataclasses import dataclass

from service.ground.reads import Expression
from service.metrics import outcomes
from service.metrics.definitions import (
    NOTHING,
    Definition,
    IntervalMethod,
    Measured,
    MetricDirection,
    MetricFamily,
    MetricUnit,
)
from service.metrics.outcomes import Outcome, Readings, Running, Sums, Tallied

CONTACTS = Definition(
    id="CONTACTS",
    name="Contacts",
    family=MetricFamily.SERVICE,
    formula="interactions opened",
    unit=MetricUnit.COUNT,
    direction=MetricDirection.NEITHER,
    method=IntervalMethod.NONE,
    source="A count; CONTACT_RATE sets it against those who could have made contact",
    empty="0, which is a measured value: nobody made contact.",
)
BACKLOG = Definition(
    id="BACKLOG",
    name="Backlog",
    family=MetricFamily.SERVICE,
    formula="open at the start + opened + reopened - over: resolved, or closed without being resolved",
    unit=MetricUnit.COUNT,
    direction=MetricDirection.LOWER_IS_BETTER,
    method=IntervalMethod.NONE,
    source="An identity, at the end of the period; a negative backlog is an error in the data",
    empty="0, which is a measured value: nothing is open.",
)
RESOLUTION_RATE = Definition(
    id="RESOLUTION_RATE",
    name="Resolution rate",
    family=MetricFamily.SERVICE,
    formula="interactions resolved / interactions opened in the same period; above 1 the backlog shrinks",
    unit=MetricUnit.FRACTION,
    direction=MetricDirection.HIGHER_IS_BETTER,
    method=IntervalMethod.NONE,
    source="Tymeshift help centre, Resolution Rate",
)


@dataclass(frozen=True, slots=True)
class Flow:
    """What came and went in a span of time."""

    opened: int
    reopened: int
    resolved: int


def backlog(before: int, flow: Flow) -> Measured:
    """Return what is open after a span; raises ValueError where more was resolved than there was."""
    after = before + flow.opened + flow.reopened - flow.resolved
    if after < 0:
        message = f"a backlog of {after}: more was resolved than was open"
        raise ValueError(message)
    return Measured(after, after)


def resolution_rate(flow: Flow) -> Measured:
    """Return how much was resolved for each that was opened."""
    if flow.opened == 0:
        return NOTHING
    return Measured(flow.resolved / flow.opened, flow.opened)


def _contacts(sums: Sums) -> Outcome:
    return Outcome(outcomes.real(sums("n")), sums("n"))


def _resolved(sums: Sums) -> Expression:
    return sums("n", "RESOLVED_FOR_GOOD") + sums("n", "RESOLVED_AGAIN")


def _open(sums: Sums) -> Outcome:
    still = sums("n", "OPENED") - _resolved(sums) - sums("n", "CLOSED_UNRESOLVED")
    return Outcome(outcomes.real(still), still)


def _resolution_rate(sums: Sums) -> Outcome:
    opened = sums("n", "OPENED")
    return Outcome(outcomes.ratio(_resolved(sums), opened), opened)


RESOLVED = ("RESOLVED_FOR_GOOD", "RESOLVED_AGAIN")
READINGS: Readings = {
    CONTACTS.id: Tallied(("OPENED",), _contacts),
    BACKLOG.id: Running(("OPENED", *RESOLVED, "CLOSED_UNRESOLVED"), _open),
    RESOLUTION_RATE.id: Tallied(("OPENED", *RESOLVED), _resolution_rate),
}
