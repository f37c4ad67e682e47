"""Which recoveries are late by now? Whoever listens is told once of each due time that passes."""

from sqlalchemy import bindparam, literal_column, select, update

from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, table_of
from service.loops.tables import Recovery

AT_ONCE = 200
"""How many recoveries one transaction tells of; a job takes the next as long as there are any."""

_recovery, _late = table_of(Recovery), table_of(Recovery).alias("late")
_untold = (
    select(_late.c.id)
    .where(_late.c.tenant_id == TENANT, _late.c.due_at.is_distinct_from(_late.c.told_due_at))
    .where(_late.c.due_at <= bindparam("now", type_=Moment()))
    .order_by(_late.c.due_at, _late.c.id)
    .limit(literal_column(str(AT_ONCE)))
    .with_for_update(skip_locked=True)
    .cte("untold")
)
TELLING = Statement(
    update(_recovery)
    .values(told_due_at=_recovery.c.due_at)
    .where(_recovery.c.tenant_id == TENANT, _recovery.c.id == _untold.c.id)
    .returning(_recovery.c.id, _recovery.c.due_at)
)


async def tell(session: Session) -> int:
    """Tell of recoveries whose due time has passed; return how many, 0 when nothing is left to be told."""
    rows = await session.rows(TELLING, now=session.now)
    for row in rows:
        session.emit("recovery.overdue", row["id"], dueAt=row["due_at"].isoformat())
    return len(rows)
