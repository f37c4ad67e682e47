"""What if many send the same statement at once? Those that wait for a lane leave together with their like."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from infra.telemetry.places import shared
from service.ground.origins import ORIGIN

Sent = TypeVar("Sent")
Answer = TypeVar("Answer")

PATIENCE_SECONDS = 0.005


class Asked(asyncio.Future[Answer], Generic[Sent, Answer]):
    """The answer to something that was sent. Who no longer waits for it cancels it."""

    __slots__ = ("_forsaken", "origin", "sent")

    def __init__(self, sent: Sent, forsaken: Callable[[], None]) -> None:
        """Wait; `forsaken` is called when nobody does any more."""
        super().__init__()
        self.sent = sent
        self.origin = ORIGIN.get()
        self._forsaken = forsaken

    def cancel(self, msg: object = None) -> bool:
        """Waits no longer; returns whether there was anything to wait for."""
        cancelled = super().cancel(msg)
        if cancelled:
            self._forsaken()
        return cancelled


@dataclass(slots=True)
class _Plan(Generic[Sent, Answer]):
    """What one tenant sends of one statement: how often it runs now, and who waits."""

    sql: str
    tenant_id: UUID
    running: int = 0
    queue: deque[Asked[Sent, Answer]] = field(default_factory=deque)


class Lanes(ABC, Generic[Sent, Answer]):
    """A few lanes to the database. What comes at the same time, or while its like run, leaves together.

    A statement that takes longer than `PATIENCE_SECONDS` does not hold up its like: another lane is opened.
    """

    for_all: tuple[type[Exception], ...] = ()
    """What befalls all that were sent together. After any other error each is sent again, alone."""

    ends_forsaken = False
    """Whether a statement is stopped when nobody waits for any of its answers any more."""

    def __init__(self, lanes: int) -> None:
        """Let at most `lanes` statements run at a time."""
        self._free = lanes
        self._plans: dict[tuple[str, UUID], _Plan[Sent, Answer]] = {}
        self._tasks: dict[asyncio.Task[None], Sequence[Asked[Sent, Answer]]] = {}

    @abstractmethod
    async def send(self, sql: str, tenant_id: UUID, sent: Sequence[Sent]) -> Sequence[Answer]:
        """Sends one or many, and returns the answers in their order; raises where not all are answered."""

    @abstractmethod
    def most(self, sql: str) -> int:
        """Returns how many may be sent together."""

    def ask(self, tenant_id: UUID, sql: str, sent: Sent) -> Asked[Sent, Answer]:
        """Returns the answer to what is sent, as something to wait for."""
        plan = self._plans.get((sql, tenant_id))
        if plan is None:
            plan = self._plans[sql, tenant_id] = _Plan(sql, tenant_id)
        asked: Asked[Sent, Answer] = Asked(sent, self._look_for_forsaken)
        plan.queue.append(asked)
        if len(plan.queue) == 1:
            self._expect(plan)
        return asked

    def _expect(self, plan: _Plan[Sent, Answer]) -> None:
        """Lets the first who waits leave with all that come at the same time, or when it waited enough."""
        if self._free and not plan.running:
            asyncio.get_running_loop().call_soon(self._depart, plan)
        else:
            self._limit(plan)

    def _depart(self, plan: _Plan[Sent, Answer]) -> None:
        """Starts what waits, if the lane is still free."""
        if plan.queue and self._free and not plan.running:
            self._start(plan)
        elif plan.queue:
            self._limit(plan)

    def _limit(self, plan: _Plan[Sent, Answer]) -> None:
        asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._hurry, plan, plan.queue[0])

    def _hurry(self, plan: _Plan[Sent, Answer], first: Asked[Sent, Answer]) -> None:
        """Opens another lane if the first who waited then still does."""
        if plan.queue and plan.queue[0] is first and self._free:
            self._start(plan)

    def _start(self, plan: _Plan[Sent, Answer]) -> None:
        taken = [plan.queue.popleft() for _ in range(min(self.most(plan.sql), len(plan.queue)))]
        self._free -= 1
        plan.running += 1
        task = asyncio.create_task(self._serve(plan, taken))
        self._tasks[task] = ()
        task.add_done_callback(self._tasks.pop)
        if plan.queue:
            self._expect(plan)

    async def _serve(self, plan: _Plan[Sent, Answer], taken: Sequence[Asked[Sent, Answer]]) -> None:
        waiting = [one for one in taken if not one.done()]
        task = asyncio.current_task()
        if task is not None:
            self._tasks[task] = waiting
        try:
            await self._answer(plan, waiting)
        finally:
            self._leave(plan)

    def _leave(self, plan: _Plan[Sent, Answer]) -> None:
        """Gives the lane on: to the same plan, else to one that has none, else to nobody."""
        self._free += 1
        plan.running -= 1
        if not plan.queue and not plan.running:
            del self._plans[plan.sql, plan.tenant_id]
        waiting = plan if plan.queue else next((one for one in self._plans.values() if one.queue), None)
        if waiting is not None:
            self._start(waiting)

    def _look_for_forsaken(self) -> None:
        """Stops what has begun and nobody waits for any more."""
        if self.ends_forsaken:
            for task, taken in self._tasks.items():
                if taken and all(one.done() for one in taken):
                    task.cancel()

    async def _answer(self, plan: _Plan[Sent, Answer], waiting: Sequence[Asked[Sent, Answer]]) -> None:
        """Answers all at once; where that fails, one by one, so that each gets its own error."""
        if len(waiting) > 1:
            ORIGIN.set(shared([one.origin for one in waiting]))
            try:
                found = await self.send(plan.sql, plan.tenant_id, [one.sent for one in waiting])
            except self.for_all as common:
                return _fail(waiting, common)
            except Exception:  # noqa: BLE001 - sent again below, where each error reaches who caused it
                found = []
            for one, answer in zip(waiting, found, strict=False):
                _settle(one, answer)
        for one in waiting:
            if not one.done():
                await self._answer_one(plan, one)
        return None

    async def _answer_one(self, plan: _Plan[Sent, Answer], asked: Asked[Sent, Answer]) -> None:
        ORIGIN.set(asked.origin)
        try:
            _settle(asked, (await self.send(plan.sql, plan.tenant_id, (asked.sent,)))[0])
        except Exception as error:  # noqa: BLE001 - handed to who waits
            _fail((asked,), error)


def _settle(asked: Asked[Sent, Answer], answer: Answer) -> None:
    if not asked.done():
        asked.set_result(answer)


def _fail(waiting: Sequence[Asked[Sent, Answer]], error: Exception) -> None:
    for one in waiting:
        if not one.done():
            one.set_exception(error)
