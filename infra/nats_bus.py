"""How do events travel between many processes? Through NATS JetStream, which also keeps them for others.

Each event is a message on `cx.<tenant>.<type>` in the stream CXGRAPH, under the event's own id, so that a
second sending within two minutes is dropped by the server. Processes of the service listen without
acknowledging: what they miss they read in the outbox.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from uuid import UUID

import nats
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error, MaxPayloadError
from nats.js.api import RetentionPolicy, StreamConfig

from infra.bus import Arrive, Attendants, BusUnreachable, EventRefused
from infra.outbox import Relayed

STREAM = "CXGRAPH"
SUBJECTS = "cx.>"
KEPT_SECONDS = 7 * 24 * 3600.0
MESSAGE_ID = "Nats-Msg-Id"
PATIENCE_SECONDS = 2.0
UNREACHABLE = (Error, OSError, TimeoutError)


class NatsBus:
    """A bus behind which NATS stands."""

    def __init__(self, client: Client) -> None:
        """Use a connected client; `connected` makes one."""
        self._client = client
        self._stream = client.jetstream(timeout=PATIENCE_SECONDS)
        self._attendants = Attendants()
        self._subscriptions: dict[UUID, Subscription] = {}

    async def prepare(self) -> None:
        """Makes the stream unless it is there; raises BusUnreachable."""
        kept = StreamConfig(
            name=STREAM, subjects=[SUBJECTS], retention=RetentionPolicy.LIMITS, max_age=KEPT_SECONDS
        )
        try:
            await self._stream.add_stream(kept)
        except UNREACHABLE as error:
            raise BusUnreachable(str(error)) from error

    def reconnected(self) -> None:
        """Hints at everybody to look into the outbox: nobody knows what was missed."""
        self._attendants.tell(None)

    async def publish(self, events: Sequence[Relayed]) -> None:
        """Hands events over, each acknowledged before the next, so that none overtakes another."""
        for event in events:
            subject = f"cx.{event.tenant_id.hex}.{event.type}"
            try:
                await self._stream.publish(
                    subject, orjson.dumps(event, default=str), headers={MESSAGE_ID: str(event.id)}
                )
            except MaxPayloadError as error:
                raise EventRefused(event, "larger than the bus allows") from error
            except UNREACHABLE as error:
                raise BusUnreachable(str(error)) from error

    @asynccontextmanager
    async def attending(self, tenant_id: UUID, arrive: Arrive) -> AsyncIterator[None]:
        """Lets a tenant's events arrive until the block is left."""
        if self._attendants.enter(tenant_id, arrive):
            self._subscriptions[tenant_id] = await self._client.subscribe(
                f"cx.{tenant_id.hex}.>", cb=self._received
            )
            await self._client.flush()
        try:
            yield
        finally:
            if self._attendants.leave(tenant_id, arrive):
                await self._subscriptions.pop(tenant_id).unsubscribe()

    async def _received(self, message: Msg) -> None:
        event = _event(message.data)
        self._attendants.tell(event.tenant_id, [event])


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[NatsBus]:
    """Connects to a server, and again whenever the connection is lost."""
    buses: list[NatsBus] = []

    async def reconnected() -> None:
        for bus in buses:
            bus.reconnected()

    async def fell_silent(_: Exception) -> None:
        return None

    client = await nats.connect(
        url,
        name="cxgraph",
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        reconnected_cb=reconnected,
        error_cb=fell_silent,
    )
    buses.append(NatsBus(client))
    try:
        await buses[0].prepare()
        yield buses[0]
    finally:
        with suppress(OSError):  # the server may be gone already
            await client.close()


def _event(data: bytes) -> Relayed:
    found = orjson.loads(data)
    ids = {
        name: found[name] and UUID(found[name]) for name in ("tenant_id", "id", "subject_id", "customer_id")
    }
    return Relayed(**{**found, **ids, "occurred_at": datetime.fromisoformat(found["occurred_at"])})
