"""Who carries events out of the outbox? One process at a time for each tenant, a batch at a time, in order.

Every event is handed to the bus at least once: a process that ends in the middle leaves a claim that runs
out, and the next one sends again what was not recorded as sent.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from infra.bus import EventBus, EventRefused
from infra.outbox import BATCH, Carried, Outbox, Relayed
from infra.telemetry import meters, names
from infra.telemetry.places import Consuming, unfollowed

POLL_SECONDS = 1.0
"""After so long the outbox is looked into although nobody said that there is something."""
MOST_ATTEMPTS = 5
"""How often an event is offered to a bus that refuses it, before it is put aside."""

MEASURED_SECONDS = 5.0
EVENTS = meters.counter(names.RELAY_EVENTS)
DURATION = meters.histogram(names.RELAY_DURATION)

Report = Callable[[BaseException], str]
Accept = Callable[[UUID, Sequence[Relayed]], Awaitable[None]]
"""Takes note of a tenant's events, once each however often they come, before the bus has them."""


class Relay:
    """One process's share of the carrying."""

    def __init__(
        self,
        outbox: Outbox,
        bus: EventBus,
        report: Report,
        *,
        accept: Accept | None = None,
        batch: int = BATCH,
        consuming: Consuming = unfollowed,
    ) -> None:
        """Carries from `outbox` to `bus`, past `accept`; `report` is told of what fails."""
        self._outbox = outbox
        self._bus = bus
        self._report = report
        self._accept = accept
        self._batch = batch
        self._consuming = consuming
        self._holder = secrets.token_hex(8)
        self._something = asyncio.Event()
        self._measured = -MEASURED_SECONDS
        self._ending = False

    def wake(self, _tenant_id: UUID | None = None) -> None:
        """Says that there is something in the outbox."""
        self._something.set()

    def end(self) -> None:
        """Lets the batch that is being carried be the last."""
        self._ending = True
        self._something.set()

    async def run(self) -> None:
        """Carries until it is told to end."""
        while not self._ending:
            self._something.clear()
            try:
                carried = await self.once()
            except Exception as error:  # noqa: BLE001 - nothing may end the carrying for ever
                self._report(error)
                carried = 0
            if not carried:
                await self._measure()
                await self._wait()

    async def once(self) -> int:
        """Carries one batch of each tenant; returns how many events that were."""
        carried = 0
        for tenant_id in await self._outbox.working(self._holder):
            if self._ending:
                break
            carried += await self._carry(tenant_id)
        return carried

    async def replay(self, tenant_id: UUID) -> int:
        """Sends again what was put aside; returns how many events were taken. Raises EventRefused."""
        taken = 0
        for event in await self._outbox.dead(tenant_id):
            await self._bus.publish([event])
            await self._outbox.bury(event)
            taken += 1
        return taken

    async def _carry(self, tenant_id: UUID) -> int:
        claim = await self._outbox.claim(tenant_id, self._holder, self._batch)
        if claim is None:
            return 0
        begun = time.perf_counter()
        try:
            return await self._send(tenant_id, claim)
        finally:
            await self._outbox.release(tenant_id, self._holder)
            DURATION.record(time.perf_counter() - begun)

    async def _send(self, tenant_id: UUID, claim: Carried) -> int:
        """Sends a batch and records how far that went; returns how many events were sent."""
        found = await self._outbox.after(tenant_id, claim.sent, self._batch)
        events = [event for event in found if event.position <= claim.position]
        # A position that was never used must not look like an event that was never sent.
        sent = events[-1].position if len(found) == self._batch and events else claim.position
        with self._consuming(*((event.type, event.traceparent) for event in events)):
            return await self._publish(tenant_id, events, sent)

    async def _publish(self, tenant_id: UUID, events: Sequence[Relayed], sent: int) -> int:
        """Hands events to the bus, which brings the sending to a position; returns how many it took."""
        if self._accept and events:
            await self._accept(tenant_id, events)
        try:
            await self._bus.publish(events)
        except EventRefused as refused:
            before = sum(event.position < refused.event.position for event in events)
            await self._refused(tenant_id, refused)
            EVENTS.add(before, "published")
            return before
        await self._outbox.sent(tenant_id, self._holder, sent)
        EVENTS.add(len(events), "published")
        return len(events)

    async def _refused(self, tenant_id: UUID, refused: EventRefused) -> None:
        """Records what was sent before an event was refused, and puts it aside if that happened often."""
        self._report(refused)
        position = refused.event.position
        attempts = await self._outbox.failed(tenant_id, self._holder, position - 1)
        EVENTS.add(1, "dead" if attempts >= MOST_ATTEMPTS else "retried")
        if attempts >= MOST_ATTEMPTS:
            await self._outbox.park(refused.event, refused.reason, attempts)
            await self._outbox.sent(tenant_id, self._holder, position)

    async def _measure(self) -> None:
        """Says how much waits, every few seconds, whoever asks."""
        now = asyncio.get_running_loop().time()
        if now < self._measured + MEASURED_SECONDS:
            return
        self._measured = now
        try:
            lag = await self._outbox.lag()
        except Exception as error:  # noqa: BLE001 - a figure that is missing must not end the carrying
            self._report(error)
            return
        meters.gauge(names.OUTBOX_LAG).set(lag.oldest_seconds)
        meters.gauge(names.OUTBOX_PENDING).set(lag.events)
        meters.gauge(names.OUTBOX_DEAD).set(lag.dead)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._something.wait()
        except TimeoutError:
            return


@asynccontextmanager
async def carrying(relay: Relay) -> AsyncIterator[None]:
    """Lets a relay carry beside something else; at the end it finishes its batch and gives claims back."""
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        relay.end()
        await asyncio.wait([task], timeout=10)
        task.cancel()
