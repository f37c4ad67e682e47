"""How does a process wake the others? By one NOTIFY for all it has to tell, on a connection of its own.

NOTIFY inside of a transaction makes every commit of the database wait for every other one. Here it stands
alone, at most some twenty times a second for a whole process, and carries no more than the tenants concerned.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg

WRITTEN = "cxgraph_written"
"""There are new events in the outbox: for the relays."""
RELAYED = "cxgraph_relayed"
"""Events were relayed: for whoever waits for them."""

PAUSE_SECONDS = 0.04
"""The least time between two notifications of a process."""
RETRY_SECONDS = 1.0
MOST_TENANTS = 200
"""More do not fit into the 8,000 bytes of a notification; then it concerns everybody."""

Woken = Callable[[UUID | None], None]
"""Is told the tenant concerned; None concerns everybody."""
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Wakes:
    """The connection that listens and notifies; without it, whoever waits looks from time to time."""

    def __init__(self, url: str) -> None:
        """Connects to this address, which must lead to PostgreSQL itself, not to a pooler of transactions."""
        self._url = url.replace("postgresql+asyncpg://", "postgresql://")
        self._name = secrets.token_hex(8)
        self._woken: dict[str, list[Woken]] = {WRITTEN: [], RELAYED: []}
        self._untold: dict[str, set[UUID]] = {WRITTEN: set(), RELAYED: set()}
        self._something = asyncio.Event()
        self.told = 0

    def on(self, channel: str, woken: Woken) -> None:
        """Lets `woken` be told of what other processes tell on a channel."""
        self._woken[channel].append(woken)

    def tell(self, channel: str, tenant_id: UUID) -> None:
        """Tells the other processes, together with what else there is to tell in the next moment."""
        self._untold[channel].add(tenant_id)
        self._something.set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listens and notifies as long as the block lasts; tells at its end what is left to be told."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        while True:
            with suppress(*LOST):
                await self._converse()
            await asyncio.sleep(RETRY_SECONDS)

    async def _converse(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=5)
        try:
            connection.add_termination_listener(lambda _: self._something.set())
            for channel in self._woken:
                await connection.add_listener(channel, self._heard)
                self._wake(channel, None)  # what was told while nobody listened
            while not connection.is_closed():
                await self._something.wait()
                await self._notify(connection)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            connection.terminate()

    async def _notify(self, connection: "asyncpg.Connection[Any]") -> None:
        self._something.clear()
        for channel, untold in self._untold.items():
            if untold:
                tenants = sorted(untold) if len(untold) <= MOST_TENANTS else []
                untold.clear()
                payload = f"{self._name}:{','.join(one.hex for one in tenants)}"
                await connection.execute("SELECT pg_notify($1, $2)", channel, payload)
                self.told += 1

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        name, _, tenants = str(payload).partition(":")
        if name == self._name:
            return
        for one in tenants.split(",") if tenants else [None]:
            self._wake(channel, UUID(one) if one else None)

    def _wake(self, channel: str, tenant_id: UUID | None) -> None:
        for woken in self._woken[channel]:
            woken(tenant_id)
