"""How many of those who were asked answered? Invitations beside the answers that followed them."""

from sqlalchemy import FromClause, and_, exists, or_, select

from service.feedback.tables import Feedback, SurveyInvitation
from service.ground.reads import Condition, Entity, column
from service.ground.statements import TENANT
from service.ground.tables import table_of
from service.metrics import outcomes
from service.metrics.expressions import ONE, flag, one
from service.metrics.measures import Dimension, Facts, Key, Measure
from service.metrics.outcomes import Readings, Tallied
from service.metrics.voice import RESPONSE_RATE

INVITATION_FACTS = Facts(
    Entity(SurveyInvitation, ""),
    {
        Dimension.SURVEY: Key(column("survey_id"), rolled=False),
        Dimension.CHANNEL: Key(column("channel"), rolled=False),
        Dimension.CUSTOMER: Key(column("customer_id"), rolled=False),
    },
    column("sent_at"),
)


def _is_answered(row: FromClause) -> Condition:
    """Tell whether an answer came before the customer was invited to the same survey again."""
    answer, again = table_of(Feedback).alias(), table_of(SurveyInvitation).alias()
    hers = and_(
        answer.c.tenant_id == TENANT,
        answer.c.survey_id == row.c.survey_id,
        answer.c.customer_id == row.c.customer_id,
        answer.c.submitted_at >= row.c.sent_at,
        or_(
            row.c.interaction_id.is_(None), answer.c.interaction_id.is_not_distinct_from(row.c.interaction_id)
        ),
    )
    between = and_(
        again.c.tenant_id == TENANT,
        again.c.survey_id == row.c.survey_id,
        again.c.customer_id == row.c.customer_id,
        again.c.interaction_id.is_not_distinct_from(row.c.interaction_id),
        again.c.sent_at > row.c.sent_at,
        again.c.sent_at <= answer.c.submitted_at,
    )
    other = exists(select(ONE).select_from(again).where(between).correlate_except(again))
    return exists(select(ONE).select_from(answer).where(hers, ~other).correlate_except(answer))


INVITED = Measure(
    "INVITED",
    INVITATION_FACTS,
    column("sent_at"),
    {"n": one, "hits": lambda row: flag(_is_answered(row))},
)
COUNTED_OF_INVITATIONS = (INVITED,)
READINGS: Readings = {
    RESPONSE_RATE.id: Tallied(("INVITED",), lambda sums: outcomes.share(sums("hits"), sums("n"))),
}
