"""What is counted of journeys? Stays in stages, and ways on which something went wrong."""

from sqlalchemy import FromClause, exists, or_, select

from service.feedback.tables import Feedback, FeedbackKind
from service.ground.reads import Condition, Entity, column
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.interactions.tables import Interaction, InteractionEvent, LedgerType
from service.journeys.reads import INSTANCE
from service.journeys.tables import JourneyStage, StageVisit
from service.metrics.expressions import ONE, flag, is_easy, one, said
from service.metrics.measures import Dimension, Facts, Key, Measure, StayMeasure

VISITS = Facts(
    Entity(StageVisit, ""),
    {
        Dimension.STAGE: Key(column("stage_id"), rolled=False),
        Dimension.JOURNEY: Key(
            column("journey_id"), rolled=False, model=JourneyStage, on=lambda row, s: s.c.id == row.c.stage_id
        ),
    },
    column("entered_at"),
)
WAYS = Facts(
    INSTANCE,
    {
        Dimension.JOURNEY: Key(column("journey_id"), rolled=False),
        Dimension.CUSTOMER: Key(column("customer_id"), rolled=False),
    },
    column("created_at"),
)
STAYED = StayMeasure("STAYED", VISITS, column("entered_at"), lambda row: row.c.exited_at)


def _matter_went_wrong(row: FromClause) -> Condition:
    matter, entry = table_of(Interaction).alias(), table_of(InteractionEvent).alias()
    mine = (matter.c.tenant_id == TENANT) & (matter.c.journey_instance_id == row.c.id)
    given_up = (entry.c.tenant_id == TENANT) & (entry.c.interaction_id == matter.c.id)
    abandoned = select(ONE).select_from(entry).where(given_up, entry.c.type == said(LedgerType.ABANDONED))
    gone = exists(abandoned.correlate_except(entry))
    wrong = or_(matter.c.reopen_count > 0, matter.c.sla_met.is_(False), gone)
    return exists(select(ONE).select_from(matter).where(mine, wrong).correlate_except(matter))


def _was_hard(row: FromClause) -> Condition:
    answer = table_of(Feedback).alias()
    mine = (answer.c.tenant_id == TENANT) & (answer.c.journey_instance_id == row.c.id)
    effort = (answer.c.kind == said(FeedbackKind.CES)) & answer.c.score.is_not(None) & ~is_easy(answer)
    return exists(select(ONE).select_from(answer).where(mine, effort).correlate_except(answer))


BEGUN = Measure(
    "BEGUN",
    WAYS,
    column("started_at"),
    {"n": one, "hits": lambda row: flag(or_(_matter_went_wrong(row), _was_hard(row)))},
)
COUNTED_OF_WAYS = (STAYED, BEGUN)
