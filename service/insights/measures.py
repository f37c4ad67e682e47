"""What is measured of insights? Whether what was resolved has come back."""

from typing import Any

from sqlalchemy import FromClause, Select, and_, func, literal_column, select

from service.ground.machine import StateChange
from service.ground.reads import Expression, column
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.insights.reads import INSIGHT
from service.insights.tables import InsightStatus
from service.metrics import loops, sources
from service.metrics.expressions import flag, one, said
from service.metrics.measures import Dimension, Facts, Key, Measure
from service.metrics.outcomes import Tallied, share

_DAYS = int(next(each.default for each in loops.REGRESSION_RATE.parameters))
WINDOW: Expression = literal_column(f"interval '{_DAYS} days'")


def _history(row: FromClause) -> "Select[Any]":
    """Return when an insight was resolved first, and when it came back first."""
    step = table_of(StateChange).alias()
    first = func.min(step.c.occurred_at)
    columns = [
        first.filter(step.c.target == said(InsightStatus.RESOLVED)).label("resolved_at"),
        first.filter(step.c.target == said(InsightStatus.REGRESSED)).label("came_back_at"),
    ]
    return select(*columns).where(step.c.tenant_id == TENANT, step.c.subject_id == row.c.id)


REGRESSED = Measure(
    "REGRESSED",
    Facts(
        INSIGHT,
        {
            Dimension.TOUCHPOINT: Key(column("touchpoint_id"), rolled=False),
            Dimension.CONTACT_REASON: Key(column("contact_reason_id"), rolled=False),
            Dimension.STAGE: Key(column("journey_stage_id"), rolled=False),
        },
        column("created_at"),
        beside=_history,
    ),
    column("resolved_at"),
    {
        "n": one,
        "hits": lambda row: flag(
            and_(row.c.came_back_at.is_not(None), row.c.came_back_at < row.c.resolved_at + WINDOW)
        ),
    },
    when=lambda row: row.c.resolved_at + WINDOW <= func.now(),
    whole=True,
)
sources.add(
    (REGRESSED,),
    {
        loops.REGRESSION_RATE.id: Tallied(
            (REGRESSED.name,), lambda sums: share(sums("hits"), sums("n")), maturing_days=_DAYS
        )
    },
)
