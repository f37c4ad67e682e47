"""How does a test run the service more than once on one database? Real servers on real ports."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect

from infra import app
from infra.admission import Gate
from infra.app import Application
from infra.entrance import Entrance
from infra.rules import entrance
from infra.settings import Settings
from infra.verbs.serve import Server, configuration

PATIENCE_SECONDS = 30.0
PROTOCOL = "graphql-transport-ws"


class Replica:
    """One running service."""

    def __init__(self, application: Application, server: Server) -> None:
        """Know the parts that run."""
        self.application = application
        self.server = server

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"

    @property
    def url(self) -> str:
        """Where it answers GraphQL."""
        return f"http://{self.address}/graphql"


@asynccontextmanager
async def replica(url: str, **settings: object) -> AsyncIterator[Replica]:
    """Run a service on a database until the block is left."""
    values: dict[str, Any] = {"port": 0, "periodic_work": False, "socket_drain_seconds": 0.2, **settings}
    chosen = Settings(database_url=url, **values)
    application = Application(chosen, url)
    server = Server(configuration(chosen, application), application, 0.0, demo=False)
    task = asyncio.create_task(server._serve())
    while not server.started:
        assert not task.done(), "the service ended while starting"
        await asyncio.sleep(0.01)
    try:
        yield Replica(application, server)
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def crowded(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Replica, Gate]]:
    """Run a service with few places, and show its gate, so that a test can take them all."""
    made: list[Entrance] = []

    def remembered(settings: Settings) -> Entrance:
        made.append(entrance(settings))
        return made[-1]

    monkeypatch.setattr(app, "entrance", remembered)
    async with replica(url, concurrent_requests=8, waiting_requests=0) as found:
        yield found, made[0].gate


class Client:
    """A client of graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        """Talk over an open connection."""
        self.connection = connection
        self._heard: deque[dict[str, Any]] = deque()

    async def say(self, **message: object) -> None:
        """Send a message."""
        await self.connection.send(orjson.dumps(message).decode())

    async def hear(self) -> dict[str, Any]:
        """Return the next message."""
        return self._heard.popleft() if self._heard else await self._next()

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            found: dict[str, Any] = orjson.loads(await self.connection.recv())
        return found

    async def init(self, **payload: object) -> Self:
        """Begin, and wait until that is acknowledged."""
        await self.say(type="connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}
        return self

    async def subscribe(self, id_: str, query: str, **variables: object) -> None:
        """Begin a subscription."""
        await self.say(id=id_, type="subscribe", payload={"query": query, "variables": variables})

    async def settled(self) -> None:
        """Wait until everything that was said before was heard, and subscriptions have begun."""
        await self.say(type="ping")
        while (message := await self._next())["type"] != "pong":
            self._heard.append(message)

    async def closed(self) -> tuple[int | None, str | None]:
        """Wait until the service closes, and return how."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.connection.wait_closed()
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def client(address: str, tenant: str | None = None, **headers: str) -> AsyncIterator[Client]:
    """Connect to a running service, as somebody of a tenant where one is named."""
    named = {"x-cx-tenant": tenant} if tenant else {}
    async with connect(
        f"ws://{address}/graphql",
        subprotocols=[PROTOCOL],  # type: ignore[list-item]  # a NewType of str
        additional_headers={**named, **headers},
        compression=None,
    ) as connection:
        yield Client(connection)
