"""How is an event shown to all who see it alike? Read once, then handed to each of them."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable

from infra.feed import LOST
from infra.outbox import Relayed
from infra.refusals import RATE_LIMITED
from infra.subscriber import Ending, Message, Subscriber
from infra.telemetry.places import Consuming, outliving
from schema.guard.charges import RateLimitedError
from schema.watching import Watching
from service.ground.problems import Problem

MOST_SHOWN = 200
"""How many shown events an audience keeps for those who catch up."""
MOST_BEHIND = 2000
RESYNC = Ending("You are too far behind: subscribe again after the last event that you received.", "RESYNC")
UNAVAILABLE = Ending("The events cannot be read now: subscribe again.", "UNAVAILABLE")

Report = Callable[[BaseException], str]


class Audience:
    """Subscribers to whom each event looks the same."""

    def __init__(self, watching: Watching, report: Report, consuming: Consuming) -> None:
        """Show events as `watching` does, which stands for them all."""
        self.members: set[Subscriber] = set()
        self.statements = 0
        self._watching = watching
        self._report = report
        self._consuming = consuming
        self._shown: OrderedDict[int, asyncio.Future[Message | None]] = OrderedDict()
        self._coming: deque[Relayed] = deque()
        self._something = asyncio.Event()
        self.task = outliving(self._run())

    def tell(self, event: Relayed) -> None:
        """Takes an event to be shown to those who wait for it."""
        self._coming.append(event)
        if len(self._coming) > MOST_BEHIND:
            self._coming.clear()
            for member in list(self.members):
                member.end(RESYNC)
        self._something.set()

    async def shown(self, event: Relayed) -> Message | None:
        """Returns what an event looks like; it is read once, whoever asks."""
        found = self._shown.get(event.position)
        if found is None:
            found = asyncio.ensure_future(self._show(event))
            self._shown[event.position] = found
            if len(self._shown) > MOST_SHOWN:
                self._shown.popitem(last=False)
        return await asyncio.shield(found)

    async def send(self, event: Relayed, subscriber: Subscriber) -> None:
        """Sends an event to a subscriber who missed it, when there is room."""
        if subscriber.wants(event) and await subscriber.is_permitted():
            message = await self.shown(event)
            if message is not None:
                await subscriber.send(message)

    async def _show(self, event: Relayed) -> Message | None:
        self.statements += 1
        try:
            with self._consuming((event.type, event.traceparent)):
                body = await self._watching.shown(event)
        except Exception:
            self._shown.pop(event.position, None)  # who comes again asks again
            raise
        return None if body is None else Message(event.id, event.position, body)

    async def _run(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            while self._coming:
                await self._spread(self._next())

    def _next(self) -> Relayed:
        """Returns the next event; where one is told in a while, the newest that anybody waits for."""
        event = self._coming.popleft()
        if self._watching.watch.every_seconds:
            wanted = [one for one in (event, *self._coming) if self._watching.wants(one)]
            self._coming.clear()
            return wanted[-1] if wanted else event
        return event

    async def _spread(self, event: Relayed) -> None:
        """Hands an event out to the members that wait for it."""
        waiting = [one for one in self.members if one.is_live and one.wants(event)]
        if not waiting:
            return
        try:
            message = await self.shown(event)
        except Exception as error:  # noqa: BLE001 - the edge of a subscription: told as a reason to end
            ending = ending_of(error, self._report)
            for one in waiting:
                one.end(ending)
            return
        for one in waiting:
            if message is not None and await one.is_permitted():
                one.offer(message)
        if self._watching.watch.every_seconds:
            await asyncio.sleep(self._watching.watch.every_seconds)


def ending_of(error: Exception, report: Report) -> Ending:
    """Returns why subscriptions end: what nobody expected is reported and masked, and they can be resumed."""
    match error:
        case RateLimitedError():
            return Ending(str(error), RATE_LIMITED, {"retryAfter": error.seconds})
        case Problem():
            [refusal, *_] = error.refusals()
            return Ending(refusal.message, refusal.code)
    trace = report(error)
    if isinstance(error, LOST):
        return UNAVAILABLE
    return Ending(f"Something went wrong here ({trace}): subscribe again.", "INTERNAL")
