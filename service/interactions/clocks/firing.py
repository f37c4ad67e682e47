"""Which clocks change by themselves? Those whose time has come; whoever listens is told once."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BigInteger, ScalarSelect, and_, any_, bindparam, func, literal_column, select, update

from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import Moment, table_of
from service.interactions.clocks import keeping, lookups
from service.interactions.clocks.tables import Clock, SlaApplication, SlaPolicyEdition
from service.interactions.tables import Interaction

AT_ONCE = 200
"""How many matters one transaction measures; a job takes the next as long as there are any."""

NOW = bindparam("now", type_=Moment())

_clock, _matter, _edition = table_of(Clock), table_of(Interaction), table_of(SlaPolicyEdition)
_next = (
    select(_clock.c.interaction_id)
    .where(_clock.c.tenant_id == TENANT, _clock.c.next_at <= NOW)
    .order_by(_clock.c.next_at, _clock.c.id)
    .limit(bindparam("most", type_=BigInteger()))
)
DUE = Statement(
    select(_matter.c.id)
    .where(_matter.c.tenant_id == TENANT, _matter.c.id.in_(_next))
    .with_for_update(skip_locked=True)
)
"""Locks the matters of clocks whose time has come; another process's are left to it."""


def _editions(column: str) -> ScalarSelect[UUID]:
    found = select(_edition.c.id).where(_edition.c.tenant_id == TENANT, _edition.c[column] == bindparam("of"))
    return found.scalar_subquery()


STIRRING = Statement(
    update(_clock)
    .values(next_at=NOW)
    .where(
        _clock.c.tenant_id == TENANT,
        _clock.c.running,
        _clock.c.policy_edition_id.in_(_editions("business_calendar_id")),
    )
)
STIRRING_SOME = Statement(
    update(_clock)
    .values(next_at=NOW)
    .where(and_(_clock.c.tenant_id == TENANT, _clock.c.running, _clock.c.interaction_id == any_(lookups.IDS)))
)
UNDER = Statement(
    select(func.distinct(_clock.c.interaction_id).label("id")).where(
        _clock.c.tenant_id == TENANT,
        _clock.c.running,
        _clock.c.policy_edition_id.in_(_editions("sla_policy_id")),
    )
)
"""The matters with a running clock under any edition of a policy."""

ANY_DUE = Statement(
    select(literal_column("1"))
    .where(_clock.c.tenant_id == TENANT, _clock.c.next_at <= NOW)
    .limit(literal_column("1"))
)


async def fire(session: Session, most: int = AT_ONCE) -> int:
    """Measure what has come due, tell of it, and return how many matters that were.

    The state of a clock and the event that tells of it are kept together or not at all, so nothing is told
    twice, whoever fires and however often a process ends in between.
    """
    due = [row["id"] for row in await session.rows(DUE, now=session.now, most=most)]
    if due:
        await keeping.follow(session, due)
    return len(due)


async def stir(session: Session, calendar_id: UUID) -> None:
    """Measure every clock that runs by a calendar: the first now, the rest as if their time had come."""
    await session.run(STIRRING, now=session.now, of=calendar_id)
    await fire(session)


async def renew(session: Session, policy_id: UUID, edition_id: UUID) -> None:
    """Let an edition of a policy apply from now on to all matters that are under an earlier one."""
    ids: Sequence[UUID] = [row["id"] for row in await session.rows(UNDER, of=policy_id)]
    rows = [
        {"id": uuid7(), "interaction_id": id_, "applied_at": session.now, "edition_id": edition_id}
        for id_ in ids
    ]
    session.insert(SlaApplication, rows)
    await session.run(STIRRING_SOME, now=session.now, ids=ids)
    await fire(session)
