"""Is what waits counted, over all tenants together?"""

from datetime import timedelta
from uuid import UUID

from infra import census
from infra.database import Database
from infra.delivery import relaying
from infra.telemetry import meters, names
from service.ground.actor import Actor, ActorKind
from service.ground.keys import uuid7
from service.ground.scopes import EVERY
from service.initiatives.tables import Initiative
from service.insights.tables import Insight
from service.loops.tables import FeedbackLoop, LoopStatus
from service.webhooks.tables import DeliveryStatus, WebhookDelivery, WebhookEndpoint
from tests.ground import add_tenant, watched
from tests.infra.relaying import Forgetful, carry_all
from tests.infra.test_timer import late_matter

HOUR = timedelta(hours=1)


async def someone(database: Database, key: str) -> Actor:
    return Actor(await add_tenant(database, key), key, "someone", ActorKind.HUMAN, EVERY)


async def loop_open_since(database: Database, actor: Actor, age: timedelta) -> UUID:
    async with database.work(actor) as session:
        insight = session.add(Insight(title="Waits are long"))
        initiative = session.add(Initiative(name="Answer sooner", owner="ada"))
        loop = FeedbackLoop(
            insight_id=insight.id,
            initiative_id=initiative.id,
            opened_at=session.now - age,
            opened_by="ada",
        )
        return session.add(loop).id


async def deliveries_owed(database: Database, actor: Actor, *statuses: DeliveryStatus) -> None:
    async with database.work(actor) as session:
        endpoint = WebhookEndpoint(
            url="https://crm.example.com/",
            event_types="customer.*",
            document="{ viewer { subject } }",
            scopes="",
            registered_by="ada",
            salt=b"salt",
            key_name="key",
        )
        id_ = session.add(endpoint).id
        for status in statuses:
            session.enter(
                WebhookDelivery,
                endpoint_id=id_,
                event_id=uuid7(),
                event_type="customer.created",
                subject_id=uuid7(),
                occurred_at=session.now,
                status=status,
            )


def told() -> list[float]:
    metrics = (names.WEBHOOK_PENDING, names.LOOPS_OPEN, names.LOOP_OLDEST, names.CLOCK_LAG)
    return [meters.gauge(metric).points[()] for metric in metrics]


async def test_what_waits_is_counted_over_all_tenants(own_database_url: str) -> None:
    async with watched(own_database_url) as database:
        here, there = await someone(database, "here"), await someone(database, "there")
        await deliveries_owed(database, here, DeliveryStatus.PENDING, DeliveryStatus.DELIVERED)
        await deliveries_owed(database, there, DeliveryStatus.PENDING, DeliveryStatus.DEAD)
        await loop_open_since(database, here, 2 * HOUR)
        await loop_open_since(database, there, 3 * HOUR)
        await late_matter(database, there)

        await census.count(database)

    pending, loops, oldest, late = told()
    assert (pending, loops) == (2, 2)
    assert oldest // 3600 == 3
    assert late > 0


async def test_where_nothing_waits_nothing_is_late(own_database_url: str) -> None:
    async with watched(own_database_url) as database:
        await someone(database, "here")

        await census.count(database)

    assert told() == [0, 0, 0, 0]


async def test_the_age_of_a_loop_is_told_when_its_closing_is_relayed(own_database_url: str) -> None:
    ages = meters.histogram(names.LOOP_AGE).of()
    before, total = sum(ages.read()[0]), ages.read()[1]
    async with watched(own_database_url) as database, relaying(own_database_url, Forgetful(), None) as relay:
        here = await someone(database, "here")
        id_ = await loop_open_since(database, here, 5 * HOUR)
        async with database.work(here) as session:
            loop = await session.get(FeedbackLoop, id_)
            await session.change(loop, status=LoopStatus.CLOSED, closed_at=loop.opened_at + 5 * HOUR)
            session.emit("feedback_loop.closed", id_)
            session.emit("team.created", uuid7())
        await carry_all(relay)

    assert (sum(ages.read()[0]) - before, ages.read()[1] - total) == (1, 5 * 3600)
