"""What holds when the same events arrive twice at once, or two match them again at once?"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from infra.database import Database
from service import touchpoints
from service.ground.actor import Actor
from service.ground.batches import ErrorPolicy, Outcome
from service.touchpoints import Occurrence, TouchpointPatch
from service.touchpoints.tables import TouchpointEvent

AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
EVENTS = [Occurrence(f"g-{n}", "SCREENED", AT, touchpoint_key="security") for n in range(200)]
SECURITY = TouchpointPatch("security", {"name": "Security", "channel": "IN_STORE", "medium": "PARTNER"})


async def ingest(database: Database, actor: Actor, events: Sequence[Occurrence]) -> list[Outcome]:
    async with database.work(actor) as session:
        results = await touchpoints.ingest(session, "gates", events, ErrorPolicy.REJECT_FAILED)
    return [result.outcome for result in results]


async def reattribute(database: Database, actor: Actor) -> int:
    async with database.work(actor) as session:
        return await touchpoints.reattribute(session)


async def test_events_that_arrive_twice_at_once_are_kept_once(database: Database, actor: Actor) -> None:
    forwards, backwards = await asyncio.gather(
        ingest(database, actor, EVENTS), ingest(database, actor, EVENTS[::-1])
    )

    async with database.work(actor) as session:
        kept = await session.find(TouchpointEvent, source="gates")
    assert len(kept) == 200
    assert [*forwards, *backwards].count(Outcome.CREATED) == 200
    assert [*forwards, *backwards].count(Outcome.DUPLICATE) == 200


async def test_two_who_match_again_at_once_match_each_event_once(database: Database, actor: Actor) -> None:
    await ingest(database, actor, EVENTS)
    async with database.work(actor) as session:
        touchpoint_id, _ = await touchpoints.upsert(session, SECURITY)

    counts = await asyncio.gather(reattribute(database, actor), reattribute(database, actor))

    async with database.work(actor) as session:
        matched = await session.find(TouchpointEvent, touchpoint_id=touchpoint_id)
    assert sum(counts) == 200
    assert len(matched) == 200
    assert {event.unmatched for event in matched} == {None}


async def test_nothing_of_another_tenant_is_matched_or_a_duplicate(
    database: Database, actor: Actor, stranger: Actor
) -> None:
    await ingest(database, stranger, EVENTS)
    async with database.work(actor) as session:
        await touchpoints.upsert(session, SECURITY)

    assert await reattribute(database, stranger) == 0
    assert set(await ingest(database, actor, EVENTS)) == {Outcome.CREATED}
