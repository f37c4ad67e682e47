"""What if many send the same statement at once? Those that wait for a lane leave together with their like."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from infra.telemetry.places import shared
from service.ground.origins import ORIGIN, Origin

Sent = TypeVar("Sent")
Answer = TypeVar("Answer")

PATIENCE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Sent, Answer]):
    """Something sent that waits for a lane."""

    sent: Sent
    answer: "asyncio.Future[Answer]"
    origin: Origin | None


@dataclass(slots=True)
class _Plan(Generic[Sent, Answer]):
    """What one tenant sends of one statement: how often it runs now, and who waits."""

    sql: str
    tenant_id: UUID
    running: int = 0
    queue: deque[_Waiting[Sent, Answer]] = field(default_factory=deque)


class Lanes(ABC, Generic[Sent, Answer]):
    """A few lanes to the database. A tenant's like statements use some; what comes meanwhile leaves together.

    A statement that takes longer than `PATIENCE_SECONDS` does not hold up its like: another lane is opened.
    """

    for_all: tuple[type[Exception], ...] = ()
    """What befalls all that were sent together. After any other error each is sent again, alone."""

    abreast = 1
    """How many lanes like statements use before they wait."""

    def __init__(self, lanes: int) -> None:
        """Let at most `lanes` statements run at a time."""
        self._free = lanes
        self._plans: dict[tuple[str, UUID], _Plan[Sent, Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def send(self, sql: str, tenant_id: UUID, sent: Sequence[Sent]) -> Sequence[Answer]:
        """Sends one or many, and returns the answers in their order; raises where not all are answered."""

    @abstractmethod
    def most(self, sql: str) -> int:
        """Returns how many may be sent together."""

    async def ask(self, tenant_id: UUID, sql: str, sent: Sent) -> Answer:
        """Returns the answer to what is sent: at once where a lane is free, else with its like."""
        plan = self._plans.setdefault((sql, tenant_id), _Plan(sql, tenant_id))
        if not self._free or plan.running >= self.abreast:
            return await self._wait(plan, sent)
        self._enter(plan)
        try:
            return (await self.send(sql, tenant_id, (sent,)))[0]
        finally:
            self._leave(plan)

    async def _wait(self, plan: _Plan[Sent, Answer], sent: Sent) -> Answer:
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Sent, Answer] = _Waiting(sent, loop.create_future(), ORIGIN.get())
        if not plan.queue:
            loop.call_later(PATIENCE_SECONDS, self._hurry, plan)
        plan.queue.append(waiting)
        return await waiting.answer

    def _hurry(self, plan: _Plan[Sent, Answer]) -> None:
        """Opens another lane for those who have waited long enough."""
        if plan.queue and self._free:
            self._start(plan)

    def _enter(self, plan: _Plan[Sent, Answer]) -> None:
        self._free -= 1
        plan.running += 1

    def _leave(self, plan: _Plan[Sent, Answer]) -> None:
        """Gives the lane on: to the same plan, else to one that has none, else to nobody."""
        self._free += 1
        plan.running -= 1
        if not plan.queue and not plan.running:
            del self._plans[plan.sql, plan.tenant_id]
        waiting = plan if plan.queue else next((one for one in self._plans.values() if one.queue), None)
        if waiting is not None:
            self._start(waiting)

    def _start(self, plan: _Plan[Sent, Answer]) -> None:
        taken = [plan.queue.popleft() for _ in range(min(self.most(plan.sql), len(plan.queue)))]
        self._enter(plan)
        task = asyncio.create_task(self._serve(plan, taken))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, plan: _Plan[Sent, Answer], taken: Sequence[_Waiting[Sent, Answer]]) -> None:
        try:
            await self._answer(plan, [one for one in taken if not one.answer.done()])
        finally:
            self._leave(plan)

    async def _answer(self, plan: _Plan[Sent, Answer], waiting: Sequence[_Waiting[Sent, Answer]]) -> None:
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
            if not one.answer.done():
                await self._answer_one(plan, one)
        return None

    async def _answer_one(self, plan: _Plan[Sent, Answer], waiting: _Waiting[Sent, Answer]) -> None:
        ORIGIN.set(waiting.origin)
        try:
            _settle(waiting, (await self.send(plan.sql, plan.tenant_id, (waiting.sent,)))[0])
        except Exception as error:  # noqa: BLE001 - handed to who waits
            _fail((waiting,), error)


def _settle(waiting: _Waiting[Sent, Answer], answer: Answer) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(answer)


def _fail(waiting: Sequence[_Waiting[Sent, Answer]], error: Exception) -> None:
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(error)
