"""Is nothing lost, and nothing told to the wrong one, when sockets break and resume elsewhere?"""

import asyncio
import random
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from infra.database import Database
from infra.subscriber import MOST_WAITING, Message, Subscriber
from service.ground.actor import Actor
from service.ground.keys import uuid7
from tests.infra.relaying import tell
from tests.infra.replicas import Client, Replica, client, replica

FOLLOW = "subscription($after: ID) { events(after: $after) { id type } }"
EVENTS = 150


class Follower:
    """A client that follows a tenant's events, breaks off at random and goes on at any replica."""

    def __init__(self, replicas: list[Replica], tenant: str, seed: int) -> None:
        """Follow the events of a tenant."""
        self.replicas = replicas
        self.tenant = tenant
        self.chance = random.Random(seed)  # noqa: S311 - only draws who breaks off when
        self.heard: list[tuple[str, str]] = []

    async def follow(self, begun: asyncio.Event) -> None:
        """Follow until the last event was heard."""
        last = None
        while not self.heard or self.heard[-1][1] != "huddle.recorded":
            chosen = self.chance.choice(self.replicas)
            async with client(chosen.address, self.tenant) as found:
                await found.init()
                await found.subscribe("1", FOLLOW, after=last)
                await found.settled()
                begun.set()
                await self._listen(found, self.chance.randint(1, 25))
            last = self.heard[-1][0] if self.heard else None

    async def _listen(self, found: Client, number: int) -> None:
        for _ in range(number):
            message: dict[str, Any] = await found.hear()
            assert message["type"] == "next", message
            event = message["payload"]["data"]["events"]
            self.heard.append((event["id"], event["type"]))
            if event["type"] == "huddle.recorded":
                return


async def test_disconnecting_and_resuming_across_two_replicas_loses_nothing(
    database_url: str, database: Database, actor: Actor, stranger: Actor
) -> None:
    async with replica(database_url) as one, replica(database_url) as two:
        followers = [Follower([one, two], actor.tenant_key, seed) for seed in range(6)]
        others = [Follower([two, one], stranger.tenant_key, seed) for seed in range(6, 8)]
        begun = [asyncio.Event() for _ in (*followers, *others)]
        tasks = [
            asyncio.create_task(one.follow(event))
            for one, event in zip((*followers, *others), begun, strict=True)
        ]
        await asyncio.gather(*(event.wait() for event in begun))
        for whom in (actor, stranger):
            await asyncio.gather(
                *(tell(database, whom, "team.created", "team.updated") for _ in range(EVENTS // 2))
            )
        for whom in (actor, stranger):
            await tell(database, whom, "huddle.recorded")
        async with asyncio.timeout(60):
            await asyncio.gather(*tasks)

    for group, whom in ((followers, actor), (others, stranger)):
        sql = "SELECT 'evt_' || id FROM outbox_event WHERE tenant_id = $1 ORDER BY position"
        wanted = [row[0] for row in await database.pool.fetch(sql, whom.tenant_id)]
        assert len(wanted) == EVENTS + 1
        for follower in group:
            assert [id_ for id_, _ in follower.heard] == wanted


async def test_sockets_are_closed_one_by_one_when_the_service_ends_and_resume_elsewhere(
    database_url: str, database: Database, actor: Actor
) -> None:
    async with replica(database_url) as stays:
        async with replica(database_url) as goes:
            found = [client(goes.address, actor.tenant_key) for _ in range(10)]
            clients = [await (await one.__aenter__()).init() for one in found]
            for each in clients:
                await each.subscribe("1", FOLLOW)
                await each.settled()
            await tell(database, actor, "team.created")
            last = [(await each.hear())["payload"]["data"]["events"]["id"] for each in clients]
        closed = [await each.closed() for each in clients]
        await tell(database, actor, "team.updated")
        async with client(stays.address, actor.tenant_key) as again:
            await again.init()
            await again.subscribe("1", FOLLOW, after=last[0])
            resumed = await again.hear()
        for opened in found:
            await opened.__aexit__(None, None, None)

    assert set(closed) == {(1012, "The service restarts: connect again")}
    assert resumed["payload"]["data"]["events"]["type"] == "team.updated"


async def test_who_reads_too_slowly_is_told_to_come_back() -> None:
    async def permitted() -> bool:
        return True

    slow = Subscriber(None, permitted)  # type: ignore[arg-type]  # nothing is shown here
    for n in range(MOST_WAITING + 1):
        slow.offer(Message(uuid7(), n + 1, b"{}"))

    assert slow.ending is not None
    assert slow.ending.code == "RESYNC"
    assert await slow.next() is slow.ending


async def test_a_thousand_alike_cost_one_statement_for_each_event(
    database_url: str, database: Database, actor: Actor
) -> None:
    async with replica(database_url) as one:
        found = [client(one.address, actor.tenant_key) for _ in range(40)]
        clients = [await (await each.__aenter__()).init() for each in found]
        for each in clients:
            await each.subscribe("1", FOLLOW)
            await each.settled()
        for _ in range(5):
            await tell(database, actor, "team.created")
        for each in clients:
            for _ in range(5):
                await each.hear()
        subscriptions = one.application.subscriptions
        assert subscriptions is not None
        [audience] = subscriptions.channels[actor.tenant_id].audiences.values()

        assert (len(audience.members), audience.statements) == (40, 5)
        for opened in found:
            await opened.__aexit__(None, None, None)
    with pytest.raises(ConnectionClosed):
        await clients[0].connection.send("late")
