"""What holds when two people design or follow the same journey at the same time?"""

import asyncio

from infra.database import Database
from service import customers, journeys
from service.customers import CustomerPatch, CustomerRef
from service.ground.actor import Actor
from service.ground.problems import ErrorCode, Problem
from service.journeys import JourneyDesign, Occasion, StageDesign
from service.journeys.tables import InstanceStatus, Journey, JourneyStatus, StageKind, StageVisit

STAGES = (
    StageDesign("arrive", "Arriving", StageKind.ACQUISITION),
    StageDesign("clear", "Passing security", StageKind.SERVICE),
    StageDesign("board", "Boarding", StageKind.USE),
)
DEPARTURE = JourneyDesign("departure", {"name": "Flying out", "brand_promise": "Without worry."}, STAGES)


async def publish(database: Database, actor: Actor) -> ErrorCode | None:
    """Draft the next edition if there is none, and publish it."""
    try:
        async with database.work(actor) as session:
            journey_id, _ = await journeys.save(session, DEPARTURE)
            await journeys.publish(session, journey_id)
    except Problem as problem:
        return problem.code
    return None


async def test_of_two_who_publish_at_once_one_edition_stays_published(
    database: Database, actor: Actor
) -> None:
    await publish(database, actor)

    refusals = await asyncio.gather(publish(database, actor), publish(database, actor))

    async with database.work(actor) as session:
        editions = await session.find(Journey, key="departure")
    in_use = [journey.edition for journey in editions if journey.status == JourneyStatus.PUBLISHED]
    assert set(refusals) <= {None, ErrorCode.TAKEN}
    assert in_use == [max(journey.edition for journey in editions)]


async def test_of_two_steps_from_one_state_only_one_is_taken(database: Database, actor: Actor) -> None:
    await publish(database, actor)
    async with database.work(actor) as session:
        customer_id, _ = await customers.upsert(session, CustomerPatch(CustomerRef(email="ada@example.org")))
        instance_id = await journeys.start(session, customer_id, "departure")

    async def advance(stage_key: str) -> ErrorCode | None:
        try:
            async with database.work(actor) as session:
                await journeys.advance(session, instance_id, stage_key, Occasion(expected_version=1))
        except Problem as problem:
            return problem.code
        return None

    refusals = await asyncio.gather(advance("clear"), advance("board"))

    async with database.work(actor) as session:
        visits = await session.find(StageVisit, instance_id=instance_id)
    assert sorted(map(str, refusals)) == ["None", "STALE_VERSION"]
    assert [visit.exited_at is None for visit in visits] == [False, True]


async def test_a_way_that_ends_has_no_open_visit(database: Database, actor: Actor) -> None:
    await publish(database, actor)
    async with database.work(actor) as session:
        customer_id, _ = await customers.upsert(session, CustomerPatch(CustomerRef(email="ada@example.org")))
        instance_id = await journeys.start(session, customer_id, "departure")
        await journeys.advance(session, instance_id, "clear", Occasion())
        await journeys.advance(session, instance_id, "arrive", Occasion())

    async with database.work(actor) as session:
        await journeys.end(session, instance_id, InstanceStatus.COMPLETED, Occasion())

    async with database.work(actor) as session:
        visits = await session.find(StageVisit, instance_id=instance_id)
    assert [visit.exited_at is None for visit in visits] == [False, False, False]
