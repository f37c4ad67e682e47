"""Which bus carries this process's events, and does the process carry them itself?"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from typing import cast
from uuid import UUID

import asyncpg

from infra.bus import EventBus, PostgresBus
from infra.census import note_closed
from infra.database import Database, opened
from infra.outbox import Outbox, Relayed
from infra.relay import Relay, carrying
from infra.reports import report
from infra.roles import RELAY
from infra.settings import Settings
from infra.telemetry.following import Following
from infra.telemetry.places import unfollowed
from infra.wakes import WRITTEN, Wakes
from service import webhooks
from service.ground.actor import Actor, ActorKind

CONNECTIONS = 2
"""Of the relay: it carries one tenant's batch at a time."""

Connect = Callable[[str], AbstractAsyncContextManager[EventBus]]


@asynccontextmanager
async def delivering(
    settings: Settings, url: str, database: Database, followed: Following | None
) -> AsyncIterator[EventBus]:
    """Opens the bus; carries what is written here, or tells those who do."""
    async with AsyncExitStack() as stack:
        wakes = Wakes(settings.listen_database_url or url)
        await stack.enter_async_context(wakes.open())
        bus = await stack.enter_async_context(bus_of(settings, wakes))
        if settings.relay:
            relay = await stack.enter_async_context(relaying(url, bus, followed))
            wakes.on(WRITTEN, relay.wake)
            database.written.append(relay.wake)
            await stack.enter_async_context(carrying(relay))
        else:
            database.written.append(partial(_tell, wakes))
        yield bus


@asynccontextmanager
async def bus_of(settings: Settings, wakes: Wakes) -> AsyncIterator[EventBus]:
    """Opens the bus that the settings name."""
    if settings.nats_url is None:
        yield PostgresBus(wakes)
        return
    # Loaded only where it is used: the client is an extra that most do not install.
    connected: Connect = cast("Connect", import_module("infra.nats_bus").connected)
    async with connected(settings.nats_url) as bus:
        yield bus


@asynccontextmanager
async def relaying(url: str, bus: EventBus, followed: Following | None) -> AsyncIterator[Relay]:
    """Opens a relay from the outbox to a bus, with connections of its own."""
    connection = followed.connection if followed else asyncpg.Connection
    consuming = followed.consuming if followed else unfollowed
    async with opened(url, role=RELAY, largest=CONNECTIONS, connection=connection) as database:
        accept = partial(_accept, database)
        yield Relay(Outbox(database), bus, report, accept=accept, consuming=consuming)


async def _accept(database: Database, tenant_id: UUID, events: Sequence[Relayed]) -> None:
    """Lets the webhooks of a tenant owe what they must tell of events, and counts the loops that closed."""
    async with database.work(Actor(tenant_id, "", "relay", ActorKind.SYSTEM, frozenset())) as session:
        await webhooks.accept(session, events)
    await note_closed(database, tenant_id, events)


def _tell(wakes: Wakes, tenant_id: UUID) -> None:
    wakes.tell(WRITTEN, tenant_id)
