"""Do both buses keep what the port promises: everything, in order, to whoever attends, and to nobody else?"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

from infra.bus import BusUnreachable, EventBus, EventRefused
from infra.database import Database
from infra.feed import Feed
from infra.nats_bus import connected
from infra.outbox import Outbox, Relayed, last_position
from infra.relay import Relay
from service.ground.actor import Actor
from tests.infra.relaying import buses, carry_all, gathered, nats_server, outboxes, silent, tell

Open = Callable[[int], AbstractAsyncContextManager[list[EventBus]]]


@pytest.fixture(scope="module")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with nats_server(tmp_path_factory.mktemp("nats")) as url:
        yield url


@pytest.fixture(params=["postgresql", "nats"])
def open_buses(request: pytest.FixtureRequest, database_url: str, nats_url: str) -> Open:
    return partial(buses, request.param, database_url, nats_url)


@pytest.fixture
async def outbox(database_url: str) -> AsyncIterator[Outbox]:
    async with outboxes(database_url) as found:
        yield found


async def test_what_one_process_publishes_reaches_all_that_attend_in_order(
    open_buses: Open, outbox: Outbox, database: Database, actor: Actor
) -> None:
    async with open_buses(3) as [publisher, *others]:
        feeds = [Feed(bus, database, actor.tenant_id, 0) for bus in (publisher, *others)]
        waiting = [asyncio.create_task(gathered(feed, 60)) for feed in feeds]
        relay = Relay(outbox, publisher, silent, batch=7)
        for n in range(30):
            await tell(database, actor, f"team.{n}", f"team.{n}b")
            if n % 5 == 0:
                await carry_all(relay)
        await carry_all(relay)
        heard = await asyncio.gather(*waiting)

    wanted = [f"team.{n}{x}" for n in range(30) for x in ("", "b")]
    assert [[event.type for event in each] for each in heard] == [wanted] * 3
    assert heard[0] == heard[1] == heard[2]


async def test_an_attendant_of_another_tenant_hears_nothing_of_it(
    open_buses: Open, outbox: Outbox, database: Database, actor: Actor, stranger: Actor
) -> None:
    async with open_buses(2) as [publisher, other]:
        feed = Feed(other, database, stranger.tenant_id, 0)
        waiting = asyncio.create_task(gathered(feed, 1))
        relay = Relay(outbox, publisher, silent)
        await tell(database, actor, "team.created")
        await carry_all(relay)
        await tell(database, stranger, "survey.created")
        await carry_all(relay)
        heard = await waiting

    assert [(event.tenant_id, event.type) for event in heard] == [(stranger.tenant_id, "survey.created")]


async def test_who_comes_late_goes_on_from_where_it_was(
    open_buses: Open, outbox: Outbox, database: Database, actor: Actor
) -> None:
    async with open_buses(2) as [publisher, other]:
        relay = Relay(outbox, publisher, silent)
        await tell(database, actor, *(f"team.{n}" for n in range(10)))
        await carry_all(relay)
        feed = Feed(other, database, actor.tenant_id, 4)
        waiting = asyncio.create_task(gathered(feed, 8))
        await asyncio.sleep(0)
        await tell(database, actor, "team.10", "team.11")
        await carry_all(relay)
        heard = await waiting

    assert [event.type for event in heard] == [f"team.{n}" for n in range(4, 12)]
    assert await last_position(database, actor.tenant_id) == 12


async def test_what_is_published_twice_is_told_once(
    open_buses: Open, outbox: Outbox, database: Database, actor: Actor
) -> None:
    async with open_buses(2) as [publisher, other]:
        feed = Feed(other, database, actor.tenant_id, 0)
        waiting = asyncio.create_task(gathered(feed, 3))
        relay = Relay(outbox, publisher, silent)
        await tell(database, actor, "team.created", "team.updated")
        await carry_all(relay)
        await publisher.publish(await outbox.after(actor.tenant_id, 0))
        await tell(database, actor, "survey.created")
        await carry_all(relay)
        heard = await waiting

    assert [event.type for event in heard] == ["team.created", "team.updated", "survey.created"]


async def test_nats_says_that_it_is_away_and_takes_up_where_it_was(
    tmp_path_factory: pytest.TempPathFactory, outbox: Outbox, database: Database, actor: Actor
) -> None:
    with nats_server(tmp_path_factory.mktemp("nats")) as url:
        bus = connected(url)
        opened = await bus.__aenter__()
        await tell(database, actor, "team.created")
    relay = Relay(outbox, opened, silent)
    with pytest.raises(BusUnreachable):
        await relay.once()

    lag = await outbox.lag()

    assert lag.events >= 1
    await bus.__aexit__(None, None, None)


async def test_nats_refuses_what_is_too_large_and_only_that(
    nats_url: str, outbox: Outbox, database: Database, actor: Actor
) -> None:
    subject = await tell(database, actor, "team.created")
    await outbox.claim(actor.tenant_id, "somebody")
    [event] = await outbox.after(actor.tenant_id, 0)
    huge = Relayed(
        actor.tenant_id, event.id, 2, "team.updated", subject, None, "x" * 2_000_000, event.occurred_at, None
    )
    async with connected(nats_url) as bus:
        with pytest.raises(EventRefused) as refused:
            await bus.publish([event, huge])

    assert refused.value.event is huge


async def test_a_burst_of_commits_is_one_notification_or_few(database_url: str, actor: Actor) -> None:
    async with buses("postgresql", database_url, "", 1) as [bus]:
        wakes = bus._wakes  # type: ignore[attr-defined]  # only this bus has them
        for _ in range(500):
            wakes.tell("cxgraph_relayed", actor.tenant_id)
        await asyncio.sleep(0.3)

        assert wakes.told <= 2
