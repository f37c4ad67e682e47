"""How do events reach the processes that wait for them? By a bus: one port, and PostgreSQL alone behind it.

A bus is quick, the outbox is right. What arrives is either the events themselves or a hint to look into the
outbox; whoever attends a bus reads there whatever is missing (see `infra/feed.py`), so a bus may forget,
repeat and be away for a while.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from uuid import UUID

from infra.outbox import Relayed
from infra.wakes import RELAYED, Wakes

Arrive = Callable[[Sequence[Relayed]], None]
"""Takes events of one tenant, in order; none at all is a hint to look into the outbox."""


class BusUnreachable(Exception):
    """The bus cannot be reached; everything is tried again later."""


class EventRefused(Exception):
    """The bus does not take this event; those before it were taken."""

    def __init__(self, event: Relayed, reason: str) -> None:
        super().__init__(reason)
        self.event = event
        self.reason = reason


class EventBus(Protocol):
    """Carries events of tenants to whoever attends, at least once and in their order."""

    async def publish(self, events: Sequence[Relayed]) -> None:
        """Hands events of one tenant over, in order; raises BusUnreachable or EventRefused."""

    def attending(self, tenant_id: UUID, arrive: Arrive) -> AbstractAsyncContextManager[None]:
        """Lets a tenant's events arrive until the block is left."""


class Attendants:
    """Who in this process attends the events of which tenant."""

    def __init__(self) -> None:
        self._arriving: dict[UUID, set[Arrive]] = {}

    def enter(self, tenant_id: UUID, arrive: Arrive) -> bool:
        """Adds an attendant; tells whether it is the tenant's first."""
        there = self._arriving.setdefault(tenant_id, set())
        there.add(arrive)
        return len(there) == 1

    def leave(self, tenant_id: UUID, arrive: Arrive) -> bool:
        """Removes an attendant; tells whether it was the tenant's last."""
        there = self._arriving[tenant_id]
        there.discard(arrive)
        if not there:
            del self._arriving[tenant_id]
        return not there

    def tell(self, tenant_id: UUID | None, events: Sequence[Relayed] = ()) -> None:
        """Lets events arrive at a tenant's attendants; without a tenant, a hint at everybody's."""
        tenants = list(self._arriving) if tenant_id is None else [tenant_id]
        for one in tenants:
            for arrive in list(self._arriving.get(one, ())):
                arrive(events)


class PostgresBus:
    """A bus for a few processes: events go straight to attendants here, hints to the other processes."""

    def __init__(self, wakes: Wakes) -> None:
        """Sends and hears hints through `wakes`."""
        self._wakes = wakes
        self._attendants = Attendants()
        wakes.on(RELAYED, self._attendants.tell)

    async def publish(self, events: Sequence[Relayed]) -> None:
        """Lets events arrive here, and tells the other processes of the tenant."""
        if events:
            self._attendants.tell(events[0].tenant_id, events)
            self._wakes.tell(RELAYED, events[0].tenant_id)

    @asynccontextmanager
    async def attending(self, tenant_id: UUID, arrive: Arrive) -> AsyncIterator[None]:
        """Lets a tenant's events arrive until the block is left."""
        self._attendants.enter(tenant_id, arrive)
        try:
            yield
        finally:
            self._attendants.leave(tenant_id, arrive)
