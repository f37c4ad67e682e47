"""How does a process follow a tenant's events and miss none? Through the bus, and where it must, the outbox.

What the bus brings counts only where it continues what came before. Everything else, a hint, a gap, a long
silence, is answered by reading on in the outbox from the last position.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import asyncpg

from infra.bus import EventBus
from infra.database import Database
from infra.outbox import BATCH, Relayed, after
from service.ground.doors import Unreachable

SILENCE_SECONDS = 5.0
"""After so long, more or less, the outbox is looked into although the bus is silent."""
RETRY_SECONDS = 0.5
MOST_WAITING = 5 * BATCH
LOST = (Unreachable, asyncpg.PostgresError)
"""What reading the outbox may raise that another try may mend."""


class Feed:
    """The events of one tenant from a position on: each once, in order."""

    def __init__(self, bus: EventBus, database: Database, tenant_id: UUID, position: int) -> None:
        """Begin after `position`."""
        self.position = position
        self._bus = bus
        self._database = database
        self._tenant_id = tenant_id
        self._arrived: list[Relayed] = []
        self._must_look = True
        self._something = asyncio.Event()

    async def batches(self) -> AsyncIterator[Sequence[Relayed]]:
        """Yields events as they come, for ever."""
        async with self._bus.attending(self._tenant_id, self._arrive):
            while True:
                batch = self._continuing()
                while batch is None:
                    batch = await self._looked()
                if batch:
                    self.position = batch[-1].position
                    yield batch
                if not self._must_look:
                    await self._wait()

    def _arrive(self, events: Sequence[Relayed]) -> None:
        self._arrived += events
        if not events or len(self._arrived) > MOST_WAITING:
            self._arrived.clear()
            self._must_look = True
        self._something.set()

    def _continuing(self) -> Sequence[Relayed] | None:
        """Returns what arrived if it continues what came before, None where the outbox must tell."""
        arrived, self._arrived = self._arrived, []
        new = [event for event in arrived if self.position < event.position]
        whole = not new or new[-1].position - self.position == len(new)
        return None if self._must_look or not whole else new

    async def _looked(self) -> Sequence[Relayed] | None:
        """Returns what the outbox has next; None where it could not be read."""
        self._must_look = False
        try:
            found = await after(self._database, self._tenant_id, self.position)
        except LOST:
            await asyncio.sleep(RETRY_SECONDS)
            return None
        self._must_look = self._must_look or len(found) == BATCH
        return found

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(SILENCE_SECONDS * random.uniform(0.75, 1.25)):  # noqa: S311 - only spreads
                await self._something.wait()
        except TimeoutError:
            self._must_look = True
        self._something.clear()
