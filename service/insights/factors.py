"""How much does an insight matter by what was measured? The factors at what it is pinned to, unless given."""

from dataclasses import dataclass
from uuid import UUID

from service.ground.problems import Required
from service.ground.session import Session
from service.insights.finding_tables import FrictionPoint
from service.insights.rules import Measurement, PriorityInputs
from service.insights.tables import Insight


@dataclass(frozen=True, slots=True)
class Given:
    """The factors that a person gives; None is taken from what was measured."""

    affected_customers: float | None = None
    gap: float | None = None
    trend: float | None = None


async def factors(session: Session, insight_id: UUID, given: Given) -> PriorityInputs:
    """Return the factors of an insight's priority, as they are now.

    Raises NotFound, and Required for a factor that is neither given nor measured at the contact reason or the
    touchpoint that the insight is pinned to.
    """
    point = await _measured(session, await session.get(Insight, insight_id, "insightId"))
    if given.affected_customers is None and given.gap is None and given.trend is None and point:
        return _of_point(point)
    customers, gap, trend = (point.customers, _worse(point), point.trend) if point else (None, None, None)
    return PriorityInputs(
        _first(given.affected_customers, customers, "affectedCustomers"),
        _first(given.gap, gap, "gap"),
        _first(given.trend, trend, "trend"),
    )


def _of_point(point: FrictionPoint) -> PriorityInputs:
    gap = _first(None, _worse(point), "gap")
    if point.gap_measure is None or point.gap_low is None or point.gap_high is None:
        return PriorityInputs(point.customers, gap, point.trend)
    told = Measurement(point.measured_at, str(point.gap_measure), point.gap_low, point.gap_high)
    return PriorityInputs(point.customers, gap, point.trend, told)


def _worse(point: FrictionPoint) -> float | None:
    """Return by how much customers are worse off; those who are better off are no reason to act."""
    return None if point.gap is None else max(0.0, point.gap)


def _first(given: float | None, measured: float | None, field: str) -> float:
    if given is not None:
        return given
    if measured is None:
        raise Required(field)
    return measured


async def _measured(session: Session, insight: Insight) -> FrictionPoint | None:
    """Return what was measured at the reason of the insight, otherwise at its touchpoint."""
    for column in ("contact_reason_id", "touchpoint_id"):
        pinned = getattr(insight, column)
        found = await session.find(FrictionPoint, **{column: pinned}) if pinned else []
        if found:
            return found[0]
    return None
