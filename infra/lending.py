"""How does a write get its connection, and what does it mean where there is none, or where it is lost?"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from infra.connections import Connection, Connections, is_alive
from infra.telemetry import meters, names
from service.ground.doors import Unreachable
from service.ground.problems import ErrorCode, Problem

PATIENCE_SECONDS = 5.0
"""How long a write waits for a connection."""
QUERY_TIMEOUT = "query timeout"
"""What PgBouncer says before it ends a connection whose statement took longer than it allows."""

GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""How a server tells that it ends, restarts or is no longer the one that writes."""
LOST = (*GONE, TimeoutError, asyncpg.TooManyConnectionsError, asyncpg.InterfaceError)
"""What a driver raises where the database cannot be reached, or went away."""


class Busy(Problem):
    """Too much is being written at this moment, and nothing was changed: send the request again."""

    code = ErrorCode.CONFLICT


class Lending:
    """Lends connections to writes."""

    def __init__(self, connections: Connections) -> None:
        """Lend from these."""
        self._connections = connections

    async def take(self) -> Connection:
        """Returns a connection; raises Busy where none is free in time, Unreachable where none is made."""
        idle = self._connections.take_idle()
        if idle is not None:
            return idle
        with reached():
            try:
                async with asyncio.timeout(PATIENCE_SECONDS) as patience:
                    return await self._connections.take()
            except TimeoutError as late:
                if not patience.expired():
                    raise
                raise Busy from late

    async def give(self, connection: Connection) -> None:
        """Takes a connection back."""
        await self._connections.give(connection)


class Spare:
    """Lends what the pool keeps for probes and administration, which wait for no request."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", patience_seconds: float | None) -> None:
        """Lend from a pool; a connection is waited for so long at most, None for as long as it takes."""
        self._pool = pool
        self._patience = patience_seconds

    async def take(self) -> Connection:
        """Returns a connection."""
        return await self._pool.acquire(timeout=self._patience)

    async def give(self, connection: Connection) -> None:
        """Takes a connection back."""
        await self._pool.release(connection)


@contextmanager
def reached() -> Iterator[None]:
    """Raises Unreachable where the database cannot be reached, or goes away meanwhile.

    What a pooler ends because it took too long was called off, as if PostgreSQL had done so.
    """
    try:
        yield
    except LOST as lost:
        if is_overdue(lost):
            raise asyncpg.QueryCanceledError from lost
        meters.counter(names.POOL_TIMEOUTS).add(1)
        raise Unreachable from lost


def is_lost(connection: Connection, error: BaseException) -> bool:
    """Whether an error tells that the connection, or the server at its other end, went away."""
    ended = isinstance(error, asyncpg.InterfaceError) and not is_alive(connection)
    return ended or isinstance(error, GONE)


def is_overdue(error: BaseException) -> bool:
    """Whether an error tells that a pooler ended what took too long."""
    return isinstance(error, asyncpg.PostgresConnectionError) and str(error).endswith(QUERY_TIMEOUT)
