"""How far do customers get? Each first entry of a journey beside all of its stages, in order."""

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ARRAY,
    Float,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from service.ground.reads import Condition, Entity, Expression, column
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.journeys.tables import JourneyInstance, JourneyStage, StageVisit
from service.metrics import outcomes
from service.metrics.expressions import ONE, flag, one
from service.metrics.journeys import CONVERSION, DROP_OFF, WINDOW
from service.metrics.measures import Dimension, Facts, Key, Measure
from service.metrics.outcomes import Readings, Tallied


def _visits(visit: FromClause, instance: FromClause, stage: FromClause) -> list[Condition]:
    """Return how visits, with the way and the stage they belong to, are found."""
    return [
        visit.c.tenant_id == TENANT,
        instance.c.tenant_id == TENANT,
        stage.c.tenant_id == TENANT,
        instance.c.id == visit.c.instance_id,
        stage.c.id == visit.c.stage_id,
    ]


def _steps(row: FromClause) -> "Select[Any]":
    """Return the stages of the journey that a visit entered, and how many its customer reached.

    A visit that is not the customer's first one of the first stage has none.
    """
    mine, first, stage = (table_of(model).alias() for model in (JourneyInstance, JourneyStage, JourneyStage))
    last = table_of(JourneyStage).alias()
    count = select(func.count()).where(last.c.tenant_id == TENANT, last.c.journey_id == first.c.journey_id)
    columns = [
        stage.c.id.label("step_id"),
        stage.c.position.label("place"),
        count.scalar_subquery().label("stages"),
        stage.c.journey_id.label("journey_id"),
        _reached(mine, first).label("reached"),
    ]
    entered = and_(
        first.c.tenant_id == TENANT,
        first.c.id == row.c.stage_id,
        first.c.position == ONE,
        mine.c.tenant_id == TENANT,
        mine.c.id == row.c.instance_id,
        stage.c.tenant_id == TENANT,
        stage.c.journey_id == first.c.journey_id,
        ~_came_before(row, mine),
    )
    return select(*columns).select_from(first, mine, stage).where(entered)


def _came_before(row: FromClause, mine: FromClause) -> Condition:
    visit, way = table_of(StageVisit).alias(), table_of(JourneyInstance).alias()
    earlier = func.row(visit.c.entered_at, visit.c.id) < func.row(row.c.entered_at, row.c.id)
    same = [
        visit.c.tenant_id == TENANT,
        way.c.tenant_id == TENANT,
        way.c.customer_id == mine.c.customer_id,
        way.c.journey_id == mine.c.journey_id,
        visit.c.instance_id == way.c.id,
        visit.c.stage_id == row.c.stage_id,
    ]
    return exists(select(ONE).select_from(visit, way).where(*same, earlier).correlate_except(visit, way))


def _reached(mine: FromClause, first: FromClause) -> Expression:
    """Return how many stages the customer reached: the counterpart of `journeys.stages_reached`."""
    visit, way, stage = (table_of(model).alias() for model in (StageVisit, JourneyInstance, JourneyStage))
    place, at = cast(stage.c.position - ONE, Integer), visit.c.entered_at
    in_order = aggregate_order_by(at, at, place)
    steps = func.stages_reached(place, in_order, type_=ARRAY(Float))
    hers = [way.c.customer_id == mine.c.customer_id, stage.c.journey_id == first.c.journey_id]
    found = select(cast(steps[ONE], Integer)).select_from(visit, way, stage)
    return found.where(*_visits(visit, way, stage), *hers).correlate(mine, first).scalar_subquery()


STEPS = Entity(StageVisit, "")
AT_ITS_END = Facts(
    STEPS,
    {
        Dimension.STAGE: Key(column("step_id"), rolled=False),
        Dimension.JOURNEY: Key(
            lambda row: case((row.c.place == row.c.stages, row.c.journey_id)), rolled=False
        ),
    },
    column("entered_at"),
    beside=_steps,
    everywhere=False,
)
"""At a journey the last stage counts, at a stage this one."""
AT_A_STAGE = replace(AT_ITS_END, dimensions={Dimension.STAGE: Key(column("step_id"), rolled=False)})
REACHED = Measure(
    "REACHED",
    AT_ITS_END,
    column("entered_at"),
    {"n": one, "hits": lambda row: flag(row.c.reached >= row.c.place)},
    whole=True,
)
LEFT_OFF = Measure(
    "LEFT_OFF",
    AT_A_STAGE,
    column("entered_at"),
    {"n": one, "hits": lambda row: flag(row.c.reached == row.c.place)},
    when=lambda row: and_(row.c.reached >= row.c.place, row.c.place < row.c.stages),
    whole=True,
)
COUNTED_OF_FUNNELS = (REACHED, LEFT_OFF)
READINGS: Readings = {
    metric.id: Tallied(
        (measure.name,), lambda sums: outcomes.share(sums("hits"), sums("n")), maturing_days=WINDOW.days
    )
    for metric, measure in ((CONVERSION, REACHED), (DROP_OFF, LEFT_OFF))
}


def funnel(row: FromClause) -> "Select[Any]":
    """Return the stages of a journey with who reached each: the counterpart of `journeys.funnel`."""
    step = AT_ITS_END.rows(whole=True)
    stage = table_of(JourneyStage).alias()
    hits = func.count().filter(step.c.reached >= stage.c.position)
    mine = (stage.c.tenant_id == TENANT, stage.c.journey_id == row.c.id)
    found = select(
        stage.c.key,
        stage.c.position,
        hits.label("reached"),
        (cast(hits, Float) / func.nullif(func.count(step.c.id), literal_column("0"))).label("share"),
    )
    joined = stage.outerjoin(step, step.c.step_id == stage.c.id)
    counted = found.select_from(joined).where(*mine).group_by(stage.c.key, stage.c.position)
    return counted.order_by(stage.c.position).correlate_except(stage, step)
