"""What if many ask the same at once? Reads of one plan and one tenant that wait leave as one statement.

Each statement tells PostgreSQL its tenant while it runs, so row-level security lets it see that tenant only.
Nothing of that stays on the connection, and reads of different tenants never share a statement.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from infra.telemetry.places import shared
from service.ground.doors import Unreachable
from service.ground.origins import ORIGIN, Origin
from service.ground.statements import TENANT_SETTING

Run = Callable[[str, Sequence[object]], Awaitable[list[bytes]]]
"""Runs a statement and returns its single column."""

MOST_TOGETHER = 32
PATIENCE_SECONDS = 0.005
PARAMETER = re.compile(
    r"\$(\d+)::(TIMESTAMP WITH TIME ZONE|UUID|VARCHAR|TEXT|INTEGER|BIGINT|BOOLEAN|FLOAT)(?![\w\[])"
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A read that waits for a lane."""

    arguments: Sequence[object]
    answer: "asyncio.Future[bytes]"
    origin: Origin | None


@dataclass(slots=True)
class _Plan:
    """One tenant's reads of one plan: how many statements run, and who waits."""

    sql: str
    tenant_id: UUID
    running: int = 0
    queue: deque[_Waiting] = field(default_factory=deque)


class Reads:
    """A few lanes to the database; each plan uses one, and what comes meanwhile leaves with its like.

    A statement that takes longer than `PATIENCE_SECONDS` does not hold up its plan: another lane is opened.
    """

    def __init__(self, run: Run, lanes: int) -> None:
        """Let at most `lanes` statements run at a time."""
        self._run = run
        self._free = lanes
        self._plans: dict[tuple[str, UUID], _Plan] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, tenant_id: UUID, sql: str, arguments: Sequence[object]) -> bytes:
        """Returns the single value of a statement that sees one tenant only."""
        plan = self._plans.setdefault((sql, tenant_id), _Plan(sql, tenant_id))
        if not self._free or plan.running:
            return await self._wait(plan, arguments)
        self._enter(plan)
        try:
            return (await self._run(alone(sql), [*arguments, tenant_id]))[0]
        finally:
            self._leave(plan)

    async def _wait(self, plan: _Plan, arguments: Sequence[object]) -> bytes:
        loop = asyncio.get_running_loop()
        waiting = _Waiting(arguments, loop.create_future(), ORIGIN.get())
        if not plan.queue:
            loop.call_later(PATIENCE_SECONDS, self._hurry, plan)
        plan.queue.append(waiting)
        return await waiting.answer

    def _hurry(self, plan: _Plan) -> None:
        """Opens another lane for a plan whose reads have waited long enough."""
        if plan.queue and self._free:
            self._start(plan)

    def _enter(self, plan: _Plan) -> None:
        self._free -= 1
        plan.running += 1

    def _leave(self, plan: _Plan) -> None:
        """Gives the lane on: to the same plan, else to one that has none, else to nobody."""
        self._free += 1
        plan.running -= 1
        if not plan.queue and not plan.running:
            del self._plans[plan.sql, plan.tenant_id]
        waiting = plan if plan.queue else next((one for one in self._plans.values() if one.queue), None)
        if waiting is not None:
            self._start(waiting)

    def _start(self, plan: _Plan) -> None:
        most = MOST_TOGETHER if together(plan.sql) else 1
        taken = [plan.queue.popleft() for _ in range(min(most, len(plan.queue)))]
        self._enter(plan)
        task = asyncio.create_task(self._serve(plan, taken))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, plan: _Plan, taken: Sequence[_Waiting]) -> None:
        try:
            await self._answer(plan, [one for one in taken if not one.answer.done()])
        finally:
            self._leave(plan)

    async def _answer(self, plan: _Plan, waiting: Sequence[_Waiting]) -> None:
        """Answers all at once; where that fails, one by one, so that each gets its own error."""
        at_once = together(plan.sql) if len(waiting) > 1 else None
        if at_once is not None:
            columns = [list(column) for column in zip(*(one.arguments for one in waiting), strict=True)]
            ORIGIN.set(shared([one.origin for one in waiting]))
            try:
                found = await self._run(at_once, [*columns, plan.tenant_id])
            except Unreachable as lost:
                return _fail(waiting, lost)
            except Exception:  # noqa: BLE001 - asked again below, where each error reaches who caused it
                found = []
            for one, answer in zip(waiting, found, strict=False):
                _settle(one, answer)
        for one in waiting:
            if not one.answer.done():
                await self._answer_one(plan, one)
        return None

    async def _answer_one(self, plan: _Plan, waiting: _Waiting) -> None:
        ORIGIN.set(waiting.origin)
        try:
            found = await self._run(alone(plan.sql), [*waiting.arguments, plan.tenant_id])
            _settle(waiting, found[0])
        except Exception as error:  # noqa: BLE001 - handed to who waits
            if not waiting.answer.done():
                waiting.answer.set_exception(error)


def _settle(waiting: _Waiting, answer: bytes) -> None:
    if not waiting.answer.done():
        waiting.answer.set_result(answer)


def _fail(waiting: Sequence[_Waiting], error: Exception) -> None:
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(error)


@lru_cache(maxsize=4096)
def alone(sql: str) -> str:
    """Returns the statement that answers one argument list, and takes the tenant as its last argument."""
    return f"SELECT ({sql}) FROM {_entering(sql)}"  # noqa: S608 - ours


@lru_cache(maxsize=4096)
def together(sql: str) -> str | None:
    """Returns the statement that answers many argument lists of a statement at once, in their order.

    Each parameter becomes an array, and a row of the arrays takes the parameters' place; the tenant, one for
    all, is the last. None where a parameter is itself an array, or of a type that is not expected.
    """
    types = {int(number): type_ for number, type_ in PARAMETER.findall(sql)}
    used = {int(number) for number in re.findall(r"\$(\d+)", sql)}
    if not used or set(types) != used or used != set(range(1, len(used) + 1)):
        return None
    if len(PARAMETER.findall(sql)) != len(re.findall(r"\$\d+", sql)):
        return None
    one = PARAMETER.sub(lambda match: f"asked.given_{match[1]}", sql)
    arrays = ", ".join(f"${number}::{types[number]}[]" for number in sorted(types))
    names = ", ".join(f"given_{number}" for number in sorted(types))
    return (
        f"SELECT ({one}) FROM {_entering(sql)}, "  # noqa: S608 - ours
        f"unnest({arrays}) WITH ORDINALITY AS asked ({names}, place) ORDER BY asked.place"
    )


def _entering(sql: str) -> str:
    """Returns the part of a FROM clause that tells the tenant, for as long as the statement runs.

    A row leaves FROM before its columns are computed, so whatever reads a table comes after it. Were it ever
    otherwise, the policies would meet no tenant and show no rows.
    """
    last = max((int(number) for number in re.findall(r"\$(\d+)", sql)), default=0) + 1
    return f"set_config('{TENANT_SETTING}', ${last}::uuid::text, true) AS entered"
