"""How is a connection lent? The one used last first, without the pool's ceremony for each statement."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class Connections:
    """The connections of a pool, kept once they were acquired.

    The pool opens and closes them. Between two statements they lie here: a pool that gets them back would
    ask each whether it must be reset, under a timer, which costs more than a short statement.
    """

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", size: int, connect_seconds: float | None = None
    ) -> None:
        """Lend at most `size` connections of a pool; a new one is waited for `connect_seconds` at most."""
        self.size = size
        self._patience = connect_seconds
        self._pool = pool
        self._idle: list[Connection] = []
        self._lent = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator["Connection"]:
        """Lends a connection; waits while all are lent."""
        connection = await self.take()
        try:
            yield connection
        finally:
            await self.give(connection)

    def take_idle(self) -> "Connection | None":
        """Returns a connection that lies ready, which must be given back; None where there is none."""
        connection = self._last_used() if self._lent < self.size else None
        if connection is not None:
            self._lent += 1
        return connection

    async def take(self) -> "Connection":
        """Returns a connection, which must be given back."""
        while self._lent >= self.size:
            await self._turn()
        connection = self.take_idle()
        if connection is not None:
            return connection
        self._lent += 1
        try:
            connection = await self._pool.acquire(timeout=self._patience)
        finally:
            if connection is None:
                self._end()
        return connection

    async def give(self, connection: "Connection") -> None:
        """Takes a connection back; one that broke goes to the pool, which opens another when asked."""
        self._end()
        if is_alive(connection):
            self._idle.append(connection)
        else:
            await self._pool.release(connection)

    @property
    def lent_now(self) -> int:
        """How many are lent."""
        return self._lent

    @property
    def waiting_now(self) -> int:
        """How many wait for one."""
        return sum(not turn.done() for turn in self._waiting)

    async def hand_back(self) -> None:
        """Gives what is not lent back to the pool."""
        while self._idle:
            await self._pool.release(self._idle.pop())

    def _last_used(self) -> "asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | None":
        """Returns the connection that was used last, None for none; drops those that broke idle."""
        while self._idle:
            connection = self._idle.pop()
            if is_alive(connection):
                return connection
        return None

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # The turn may have come just before: somebody else must have it then.
            if turn.done() and not turn.cancelled():
                self._wake()
            raise

    def _end(self) -> None:
        self._lent -= 1
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


def is_alive(connection: Connection) -> bool:
    """Whether a connection can still be used; one that broke has gone back to its pool by itself."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False
