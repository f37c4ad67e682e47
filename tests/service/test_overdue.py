"""Is it told once when a recovery becomes late?"""

import pytest

from infra.database import Database
from service import loops
from service.ground.actor import Actor
from service.ground.events import OutboxEvent
from service.loops.tables import Recovery, RecoveryStatus
from tests.service.loop_ground import Tale
from tests.service.test_due_times import age, begun, step, stored

_S = RecoveryStatus


@pytest.fixture
def tale(database: Database, actor: Actor) -> Tale:
    return Tale(database, actor)


async def late(tale: Tale) -> list[str]:
    """Tell of what is late by now; return the due times that were ever told."""
    async with tale.database.work(tale.actor.as_system()) as session:
        await loops.overdue.tell(session)
    async with tale.database.work(tale.actor) as session:
        events = await session.find(OutboxEvent, type="recovery.overdue")
    return [event.payload["dueAt"] for event in events]


async def test_each_due_time_that_passes_is_told_once(tale: Tale) -> None:
    id_ = await begun(tale)
    early = await late(tale)
    await age(tale, Recovery, id_, due_at=2, remedy_due_at=5)
    unacknowledged = await stored(tale, id_)
    once = await late(tale)
    again = await late(tale)
    unremedied = await step(tale, id_, _S.ACKNOWLEDGED)
    twice = await late(tale)

    assert unacknowledged.due_at is not None
    assert unremedied.due_at is not None
    assert early == []
    assert once == again == [unacknowledged.due_at.isoformat()]
    assert twice == [unacknowledged.due_at.isoformat(), unremedied.due_at.isoformat()]


async def test_what_waits_for_the_customer_or_is_remedied_is_never_late(tale: Tale) -> None:
    id_ = await begun(tale)
    await age(tale, Recovery, id_, due_at=2, remedy_due_at=5)
    await step(tale, id_, _S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.WAITING_CUSTOMER)
    waiting = await late(tale)
    await step(tale, id_, _S.IN_PROGRESS, _S.REMEDIED)

    assert (waiting, await late(tale)) == ([], [])
