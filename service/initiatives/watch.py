"""Has it come back? A resolved insight whose contact rate leaves its control limit again has regressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select

from service import insights
from service.ground.machine import StateChange
from service.ground.reads import among
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.initiatives.observations import observe
from service.initiatives.scopes import Scope, Sides, with_descendants
from service.initiatives.spans import Span
from service.initiatives.tables import PlanBucket
from service.insights.tables import Insight, InsightStatus
from service.metrics.control_charts import ewma

METRIC = "CONTACT_RATE"
CALM_WEEKS = 13
"""How many weeks before its resolution say how often an insight's contacts come when it is resolved."""
FEWEST_CALM_WEEKS = 8
WATCHED_WEEKS = 26
"""How many of the last weeks are looked at."""
LEAST_DEVIATION = 1.0
"""Of a week's contacts, where nobody got in touch at all while it was calm."""
ZONE = ZoneInfo("UTC")

_insight = table_of(Insight)
RESOLVED = Statement(
    select(_insight.c.id)
    .where(_insight.c.tenant_id == TENANT, among(_insight.c.status, [InsightStatus.RESOLVED]))
    .order_by(_insight.c.id)
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Since when contacts are above their limit; all three numbers are contacts a week."""

    week: date
    average: float
    limit: float
    calm: float

    def reason(self) -> str:
        """Return what is written into the history."""
        return (
            f"Contacts reached {self.average:.1f} a week in the week of {self.week}, above the limit of "
            f"{self.limit:.1f}; when it was resolved there were {self.calm:.1f}."
        )


async def resolved(session: Session) -> list[UUID]:
    """Return the insights that are to be watched."""
    return [row["id"] for row in await session.rows(RESOLVED)]


async def watch(session: Session, insight_id: UUID) -> bool:
    """Let a resolved insight regress where its contacts have left their limit; tell whether it did.

    An insight that is pinned to neither a contact reason nor a touchpoint cannot be watched.
    """
    insight = await session.get(Insight, insight_id, "insightId", locked=True)
    scope = _scope_of(insight)
    if insight.status != InsightStatus.RESOLVED or scope is None:
        return False
    moves = await session.find(StateChange, subject_id=insight_id, target=str(InsightStatus.RESOLVED))
    since = max(move.occurred_at for move in moves).astimezone(ZONE).date()
    found = await _alarm(session, scope, since)
    if found is None:
        return False
    await insights.regress(session, insight_id, found.reason())
    return True


def _scope_of(insight: Insight) -> Scope | None:
    if insight.contact_reason_id is not None:
        return Scope(contact_reasons=(insight.contact_reason_id,))
    return None if insight.touchpoint_id is None else Scope(touchpoints=(insight.touchpoint_id,))


async def _alarm(session: Session, scope: Scope, since: date) -> Alarm | None:
    """Compare the whole weeks since a day with those before it."""
    monday = since - timedelta(days=since.weekday())
    today = session.now.astimezone(ZONE).date()
    span = Span(PlanBucket.WEEK, monday - timedelta(weeks=CALM_WEEKS), today, ZONE)
    sides = await with_descendants(session, Sides(scope))
    series = (await observe(session, METRIC, sides, span)).treated
    weeks = [
        (start, value) for start, value in zip(series.starts, series.values, strict=True) if value is not None
    ]
    calm = [value for start, value in weeks if start < monday]
    return alarm(calm, [(start, value) for start, value in weeks if start > monday][-WATCHED_WEEKS:])


def alarm(calm: Sequence[float], weeks: Sequence[tuple[date, float]]) -> Alarm | None:
    """Return the first week in which the moving average of contacts is above its limit, None if none is.

    The limit is that of a control chart (Roberts 1959) around the calm weeks, whose mean is itself unsure.
    None also where fewer than 8 calm weeks are known.
    """
    if len(calm) < FEWEST_CALM_WEEKS:
        return None
    mean = float(np.mean(calm))
    spread = max(float(np.var(calm, ddof=1)), mean)
    deviation = max(LEAST_DEVIATION, (spread * (1 + 1 / len(calm))) ** 0.5)
    chart = ewma([value for _, value in weeks], mean, deviation)
    for (week, _), average in zip(weeks, chart.averages, strict=True):
        if average > chart.limits.high:
            return Alarm(week, average, chart.limits.high, mean)
    return None
