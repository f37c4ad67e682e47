"""Who is served now, who waits, and who is told to come back? Decided before a document is even parsed.

A few requests run, some wait a moment, the rest are refused at once: refusing costs little, and what is
accepted is still answered in time. Mutations go before queries, queries before bulk; probes never pass here.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

SWEEP_SECONDS: Final = 0.05
RETRY_AFTER_SECONDS: Final = 1
TASKLESS: Final = "a request is served by a task"


class Priority(IntEnum):
    """In which order waiting requests are served; a lower one leaves some places to those above it."""

    MUTATION = 0
    QUERY = 1
    BULK = 2


class Overloaded(Exception):
    """The service has more to do than it can; nothing was done, send the request again in a moment."""


@dataclass(slots=True, eq=False)
class Ticket:
    """One request that is being served."""

    stop: Callable[[], object]
    """Stops the work."""
    deadline: float
    """On the event loop's clock."""
    may_be_cancelled: bool
    """Whether it only reads."""
    at_once: bool
    """Whether it entered without a task."""
    late: bool = False
    gone: bool = False

    def called_off(self) -> bool:
        """Whether it was this service that stopped the request; its task, if any, then goes on to tell."""
        if not (self.late or self.gone):
            return False
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        return True

    def client_gone(self) -> None:
        """Stops a read that nobody waits for any more; a write goes on to its end."""
        if self.may_be_cancelled and not self.gone:
            self.gone = True
            self.stop()


@dataclass(slots=True)
class Gate:
    """Lets in as many requests as the service can serve at a time."""

    places: int
    waiting: int
    patience_seconds: float
    _free: int = field(init=False)
    _kept: tuple[int, ...] = field(init=False)
    _queues: "tuple[deque[asyncio.Future[None]], ...]" = field(init=False)
    _tickets: set[Ticket] = field(init=False, default_factory=set)
    _sweeps: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Opens the gate: an eighth of the places is kept for mutations, half is never taken by bulk."""
        self._free = self.places
        self._kept = (0, self.places // 8, self.places // 2)
        self._queues = (deque(), deque(), deque())

    async def enter(self, priority: Priority, seconds: float) -> Ticket:
        """Returns the ticket of a request that may now be served for so long; raises Overloaded."""
        if self.has_room(priority):
            self._free -= 1
        else:
            await self._wait(priority)
        task = asyncio.current_task()
        if task is None:
            raise LookupError(TASKLESS)
        return self._issued(task.cancel, priority, seconds, at_once=False)

    def has_room(self, priority: Priority) -> bool:
        """Whether such a request need not wait."""
        return self._kept[priority] < self._free

    def enter_at_once(self, stop: Callable[[], object], priority: Priority, seconds: float) -> Ticket:
        """Returns the ticket of a request for which there is room, and which `stop` stops."""
        self._free -= 1
        return self._issued(stop, priority, seconds, at_once=True)

    def served_at_once(self) -> int:
        """Returns how many of those are served now that entered at once; also for another thread."""
        return sum(ticket.at_once for ticket in tuple(self._tickets))

    def _issued(
        self, stop: Callable[[], object], priority: Priority, seconds: float, *, at_once: bool
    ) -> Ticket:
        loop = asyncio.get_running_loop()
        ticket = Ticket(stop, loop.time() + seconds, priority is Priority.QUERY, at_once)
        self._tickets.add(ticket)
        if not self._sweeps:
            self._sweeps = True
            loop.call_later(SWEEP_SECONDS, self._sweep, loop)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Gives a place back, to the first of those who wait."""
        self._tickets.discard(ticket)
        ticket.may_be_cancelled = False
        self._give_back()

    def _give_back(self) -> None:
        self._free += 1
        for priority, queue in enumerate(self._queues):
            while queue and self._kept[priority] < self._free:
                waiting = queue.popleft()
                if not waiting.done():
                    self._free -= 1
                    waiting.set_result(None)

    async def _wait(self, priority: Priority) -> None:
        """Waits for a place, which whoever leaves has already taken for us."""
        queue = self._queues[priority]
        if self.waiting <= len(queue):
            raise Overloaded
        loop = asyncio.get_running_loop()
        place = loop.create_future()
        queue.append(place)
        impatience = loop.call_later(self.patience_seconds, place.cancel)
        try:
            await place
        except asyncio.CancelledError as cancelled:
            self._no_longer(place, queue)
            if _is_cancelled_itself():
                raise
            raise Overloaded from cancelled
        finally:
            impatience.cancel()

    def _no_longer(self, place: "asyncio.Future[None]", queue: "deque[asyncio.Future[None]]") -> None:
        if place in queue:
            queue.remove(place)
        elif not place.cancelled():
            self._give_back()

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stops the reads whose time is over; one look at a time for all requests is enough."""
        now = loop.time()
        for ticket in self._tickets:
            if ticket.deadline <= now and ticket.may_be_cancelled and not ticket.late:
                ticket.late = True
                ticket.stop()
        self._sweeps = bool(self._tickets)
        if self._sweeps:
            loop.call_later(SWEEP_SECONDS, self._sweep, loop)


def _is_cancelled_itself() -> bool:
    """Whether the waiting task was cancelled, and not only its place."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
