"""What is one subscription to the process? A short queue of messages, and a reason when it ends."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from infra.outbox import Relayed
from schema.watching import Watching

MOST_WAITING = 100
"""How many messages wait for a subscriber before it counts as too slow."""
TOO_SLOW = "You read too slowly: subscribe again after the last event that you received."
NOT_ANY_MORE = "You may not see this any more."

Permit = Callable[[], Awaitable[bool]]
"""Tells whether the subscriber is still who it was, and still may what it might."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it looks to an audience: the JSON of a whole answer."""

    event_id: UUID
    position: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a subscription ended."""

    reason: str
    code: str


class Subscriber:
    """One subscription of one connection."""

    __slots__ = ("_ready", "_room", "_waiting", "ending", "is_live", "permit", "position", "watching")

    def __init__(self, watching: Watching, permit: Permit) -> None:
        """Wait for what `watching` waits for, as long as `permit` allows it."""
        self.watching = watching
        self.permit = permit
        self.is_live = False
        self.position = 0
        self.ending: Ending | None = None
        self._waiting: deque[Message] = deque()
        self._ready = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether nothing will come any more."""
        return self.ending is not None

    def wants(self, event: Relayed) -> bool:
        """Whether an event is to be sent."""
        return not self.is_over and self.position < event.position and self.watching.wants(event)

    async def is_permitted(self) -> bool:
        """Whether the next event may be sent; ends the subscription where it may not."""
        if not await self.permit():
            self.end(NOT_ANY_MORE, "FORBIDDEN")
        return not self.is_over

    def go_live(self, position: int) -> None:
        """Says that everything up to a position was sent, and what comes now is offered."""
        self.position = max(self.position, position)
        self.is_live = True

    def offer(self, message: Message) -> None:
        """Takes a message; ends the subscription where too many wait."""
        if self.is_over or message.position <= self.position:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.end(TOO_SLOW, "RESYNC")
            return
        self.position = message.position
        self._waiting.append(message)
        self._ready.set()

    async def send(self, message: Message) -> None:
        """Takes a message once there is room for it."""
        while len(self._waiting) >= MOST_WAITING and not self.is_over:
            self._room.clear()
            await self._room.wait()
        self.offer(message)

    def end(self, reason: str, code: str) -> None:
        """Ends the subscription: what waits is sent, unless it is too much already."""
        if self.ending is None:
            self.ending = Ending(reason, code)
            if code == "RESYNC":
                self._waiting.clear()
        self._ready.set()
        self._room.set()

    async def next(self) -> Message | Ending:
        """Returns the next message, or why the subscription has ended."""
        while not self._waiting:
            if self.ending is not None:
                return self.ending
            self._ready.clear()
            await self._ready.wait()
        self._room.set()
        return self._waiting.popleft()
