"""Is it counted what subscribers are sent, and why they leave?"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from infra.database import Database
from infra.telemetry import meters, names
from service.ground.actor import Actor
from tests.infra.relaying import tell
from tests.infra.replicas import Client, Replica, client, replica

ALL = "subscription { events { id type } }"
SENT = meters.counter(names.SUBSCRIPTION_EVENTS)
ENDED = meters.counter(names.SUBSCRIPTIONS_CLOSED)


@pytest.fixture(scope="module")
async def service(database_url: str) -> AsyncIterator[Replica]:
    async with replica(database_url) as found:
        yield found


@pytest.fixture
async def listener(service: Replica, actor: Actor) -> AsyncIterator[Client]:
    async with client(service.address, actor.tenant_key) as found:
        yield await found.init()


async def subscribe(listener: Client, database: Database, actor: Actor, *ids: str) -> None:
    """Begin subscriptions, and let each hear of one event."""
    for id_ in ids:
        await listener.subscribe(id_, ALL)
    await listener.settled()
    await tell(database, actor, "team.created")
    for _ in ids:
        assert (await listener.hear())["type"] == "next"


async def all_left(service: Replica, actor: Actor) -> None:
    """Wait until nobody of the tenant subscribes any more."""
    subscriptions = service.application.subscriptions
    for _ in range(1000):
        if subscriptions and actor.tenant_id not in subscriptions.channels:
            return
        await asyncio.sleep(0.01)
    pytest.fail("somebody still subscribes")


async def test_what_is_sent_and_who_left_is_counted(
    service: Replica, listener: Client, database: Database, actor: Actor
) -> None:
    before = SENT.points.get(("websocket",), 0), ENDED.points.get(("websocket", "client"), 0)
    await subscribe(listener, database, actor, "1", "2")
    await listener.say(id="1", type="complete")
    await listener.connection.close()
    await all_left(service, actor)

    after = SENT.points["websocket",], ENDED.points["websocket", "client"]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 2]


@pytest.mark.parametrize(
    ("code", "reason"), [(1012, "drain"), (4401, "unauthenticated"), (1011, "error"), (4429, "client")]
)
async def test_the_closing_of_a_socket_says_why_its_subscriptions_end(
    service: Replica, database: Database, actor: Actor, code: int, reason: str
) -> None:
    before = ENDED.points.get(("websocket", reason), 0)
    sockets = service.application._sockets
    assert sockets is not None
    async with client(service.address, actor.tenant_key) as listening:
        await subscribe(await listening.init(), database, actor, "1")
        for socket in sockets._open:
            socket.close(code, "because")
        await all_left(service, actor)

        assert await listening.closed() == (code, "because")
    assert ENDED.points["websocket", reason] - before == 1
