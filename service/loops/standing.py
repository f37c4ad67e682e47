"""What do follow-ups mean for what they tell of? How many are untold, and by when the next has to be told."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, bindparam, func, select, update

from service import insights
from service.ground.reads import among, exists_in
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.initiatives.tables import Initiative, InitiativeInsight
from service.insights.tables import Evidence, Insight
from service.loops.machine import SETTLED, UNTOLD
from service.loops.tables import FollowUp

_follow_up = table_of(FollowUp)
_initiative = table_of(Initiative)
_insight = table_of(Insight)
_link = table_of(InitiativeInsight)

INITIATIVES_OF = Statement(
    select(_follow_up.c.initiative_id)
    .where(
        _follow_up.c.tenant_id == TENANT,
        _follow_up.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))),
    )
    .distinct()
    .order_by(_follow_up.c.initiative_id)
)
# A statement of its own before the count: who waits for the lock must count what the other one wrote.
LOCKING = Statement(
    select(_initiative.c.id)
    .where(
        _initiative.c.tenant_id == TENANT,
        _initiative.c.id == func.any(bindparam("initiatives", type_=ARRAY(Uuid()))),
    )
    .order_by(_initiative.c.id)
    .with_for_update()
)
_open = (
    select(func.count())
    .where(
        _follow_up.c.tenant_id == TENANT,
        _follow_up.c.initiative_id == _initiative.c.id,
        ~among(_follow_up.c.status, SETTLED),
    )
    .correlate(_initiative)
    .scalar_subquery()
)
# It counts for no version: nobody changed what the initiative says.
COUNTING = Statement(
    update(_initiative)
    .where(
        _initiative.c.tenant_id == TENANT,
        _initiative.c.id == func.any(bindparam("initiatives", type_=ARRAY(Uuid()))),
    )
    .values(untold_count=_open)
)
_other = _link.alias("other")
_due = (
    select(func.min(_follow_up.c.due_at))
    .select_from(
        _follow_up.join(
            _other,
            and_(_other.c.tenant_id == TENANT, _other.c.initiative_id == _follow_up.c.initiative_id),
        )
    )
    .where(
        _follow_up.c.tenant_id == TENANT,
        _other.c.insight_id == _insight.c.id,
        among(_follow_up.c.status, UNTOLD),
        exists_in(
            Evidence,
            lambda one: and_(
                one.c.insight_id == _insight.c.id, one.c.customer_id == _follow_up.c.customer_id
            ),
        ),
    )
    .correlate(_insight)
    .scalar_subquery()
)
DUE = Statement(
    select(_insight.c.id, _due.label("due_at"))
    .where(
        _insight.c.tenant_id == TENANT,
        _insight.c.follow_up_due_at.is_distinct_from(_due),
        exists_in(
            InitiativeInsight,
            lambda link: and_(
                link.c.insight_id == _insight.c.id,
                link.c.initiative_id == func.any(bindparam("initiatives", type_=ARRAY(Uuid()))),
            ),
        ),
    )
    .order_by(_insight.c.id)
)


async def note(session: Session, follow_up_ids: Sequence[UUID]) -> None:
    """Tell initiatives how many they still owe, and insights by when the next of theirs is to be told."""
    initiatives = [
        row["initiative_id"] for row in await session.rows(INITIATIVES_OF, ids=list(follow_up_ids))
    ]
    await session.run(LOCKING, initiatives=initiatives)
    await session.run(COUNTING, initiatives=initiatives)
    for row in await session.rows(DUE, initiatives=initiatives):
        await insights.note_follow_up_due(session, row["id"], row["due_at"])
