"""How does an event reach a thousand subscribers? It is shown once for all who see it alike, then handed out.

Each tenant that somebody watches has one feed in this process. Subscribers of the same document, with the
same variables and scopes, form an audience: one statement shows them an event. Each subscriber has a short
queue; who does not keep up is told so, and goes on from the last event received.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from uuid import UUID

from infra.audience import UNAVAILABLE, Audience, Report, ending_of
from infra.bus import EventBus
from infra.database import Database
from infra.feed import Feed
from infra.outbox import BATCH, Relayed, after, last_position, position_of
from infra.subscriber import Subscriber
from infra.telemetry.places import Consuming, outliving, unfollowed
from service.ground.problems import NotFound

MOST_RECENT = 1000
"""How many events of a tenant are kept at hand for those who resume."""


class Channel:
    """One tenant's feed in this process, and the audiences it is spread to."""

    def __init__(self, feed: Feed, report: Report, consuming: Consuming) -> None:
        """Spread what `feed` brings."""
        self.feed = feed
        self.audiences: dict[Hashable, Audience] = {}
        self.position = feed.position
        self.recent: deque[Relayed] = deque(maxlen=MOST_RECENT)
        self._report = report
        self._consuming = consuming
        self.task = outliving(self._run())
        self.task.add_done_callback(self._broken)

    def _broken(self, task: "asyncio.Task[None]") -> None:
        """Ends all subscribers where the feed ended: they come back, and a new one begins."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._report(error)
            for audience in list(self.audiences.values()):
                for member in list(audience.members):
                    member.end(UNAVAILABLE)

    async def _run(self) -> None:
        async for batch in self.feed.batches():
            for event in batch:
                self.recent.append(event)
                for audience in self.audiences.values():
                    audience.tell(event)
            self.position = batch[-1].position

    def since(self, position: int) -> list[Relayed] | None:
        """Returns what came after a position, None where that is not at hand any more."""
        if self.position <= position:
            return []
        if not self.recent or position + 1 < self.recent[0].position:
            return None
        return [event for event in self.recent if position < event.position]

    def join(self, subscriber: Subscriber) -> Audience:
        """Adds a subscriber to its audience."""
        key = subscriber.watching.key
        audience = self.audiences.get(key)
        if audience is None:
            audience = Audience(subscriber.watching, self._report, self._consuming)
            self.audiences[key] = audience
        audience.members.add(subscriber)
        return audience

    def leave(self, subscriber: Subscriber) -> bool:
        """Removes a subscriber; tells whether nobody is left."""
        audience = self.audiences[subscriber.watching.key]
        audience.members.discard(subscriber)
        if not audience.members:
            audience.task.cancel()
            del self.audiences[subscriber.watching.key]
        return not self.audiences


class Subscriptions:
    """All subscribers of this process."""

    def __init__(
        self, database: Database, bus: EventBus, report: Report, consuming: Consuming = unfollowed
    ) -> None:
        """Follow tenants' events on `bus`, and in the outbox of `database`."""
        self.channels: dict[UUID, Channel] = {}
        self._database = database
        self._bus = bus
        self._report = report
        self._consuming = consuming
        self._opening = asyncio.Lock()

    @property
    def subscribers(self) -> int:
        """How many subscribers there are."""
        return sum(
            len(one.members) for channel in self.channels.values() for one in channel.audiences.values()
        )

    @asynccontextmanager
    async def joined(self, subscriber: Subscriber) -> AsyncIterator[None]:
        """Lets events come to a subscriber: first those it missed, then live. Raises NotFound."""
        tenant_id = subscriber.watching.actor.tenant_id
        channel = await self._channel(tenant_id)
        audience = channel.join(subscriber)
        catching_up: asyncio.Task[None] | None = None
        try:
            if subscriber.watching.watch.after is None:
                subscriber.go_live(channel.position)
            else:
                position = await self._beginning(channel, subscriber.watching.watch.after, tenant_id)
                coming = self._catch_up(channel, audience, subscriber, position)
                catching_up = asyncio.create_task(coming)
            yield
        finally:
            if catching_up is not None:
                catching_up.cancel()
            if channel.leave(subscriber) and self.channels.get(tenant_id) is channel:
                del self.channels[tenant_id]
                channel.task.cancel()

    def close(self) -> None:
        """Ends everything."""
        for channel in self.channels.values():
            channel.task.cancel()
            for audience in channel.audiences.values():
                audience.task.cancel()
        self.channels.clear()

    async def _channel(self, tenant_id: UUID) -> Channel:
        async with self._opening:
            found = self.channels.get(tenant_id)
            if found is None or found.task.done():
                position = await last_position(self._database, tenant_id)
                feed = Feed(self._bus, self._database, tenant_id, position)
                found = Channel(feed, self._report, self._consuming)
                self.channels[tenant_id] = found
            return found

    async def _beginning(self, channel: Channel, event_id: UUID, tenant_id: UUID) -> int:
        """Returns the position of the event to go on from; one not sent yet is still to come."""
        at_hand = next((one.position for one in reversed(channel.recent) if one.id == event_id), None)
        if at_hand is not None:
            return at_hand
        found = await position_of(self._database, tenant_id, event_id)
        if found is None:
            raise NotFound("after", thing="Event", key="id")
        return found or channel.position

    async def _catch_up(
        self, channel: Channel, audience: Audience, subscriber: Subscriber, position: int
    ) -> None:
        """Sends what came since a position, waiting for the subscriber; nothing comes between it and live."""
        try:
            while not subscriber.is_over:
                missed = channel.since(position)
                if missed is None:
                    tenant_id = subscriber.watching.actor.tenant_id
                    missed = await after(self._database, tenant_id, position, BATCH)
                if not missed:
                    subscriber.go_live(position)
                    return
                for event in missed:
                    await audience.send(event, subscriber)
                position = missed[-1].position
        except Exception as error:  # noqa: BLE001 - as above
            subscriber.end(ending_of(error, self._report))


@asynccontextmanager
async def subscriptions(
    database: Database, bus: EventBus, report: Report, consuming: Consuming = unfollowed
) -> AsyncIterator[Subscriptions]:
    """Lets there be subscribers as long as the block lasts."""
    found = Subscriptions(database, bus, report, consuming)
    try:
        yield found
    finally:
        found.close()
