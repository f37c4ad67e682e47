"""Was it kept? A transaction that knows whether its COMMIT was on its way when the connection ended."""

from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

import asyncpg

from service.ground.doors import OutcomeUnknown, Unreachable

WAIT_FOR_KEY = "SET LOCAL lock_timeout = '1s'"
"""A running duplicate is waited for this long; so is any other lock of a transaction with a key."""

KEEP = "SET LOCAL statement_timeout = 0; COMMIT"
"""A timeout while standbys are waited for would let PostgreSQL say that it kept what it may yet lose."""

GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""How a server tells that it ends, restarts or is no longer the one that writes."""


class Connection(Protocol):
    """What a transaction needs of a connection (asyncpg's has it)."""

    async def execute(self, query: str) -> str:
        """Run statements without arguments; return the last one's command tag."""

    def is_closed(self) -> bool:
        """Tell whether the connection has ended."""


class Transaction:
    """One transaction: it ends inside its block, by `commit` or `rollback`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ending = False

    async def begin(self, *statements: str) -> str:
        """Begin, and run statements in the same round trip; return the last one's command tag."""
        return await self._connection.execute("; ".join(("BEGIN", *statements)))

    async def commit(self) -> None:
        """Keep everything; from here on only the server knows whether it was kept."""
        self._ending = True
        if await self._connection.execute(KEEP) != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError
        self._ending = False

    async def rollback(self) -> None:
        """Keep nothing; a connection that has ended has kept nothing already."""
        if not self._connection.is_closed():
            with suppress(*GONE):
                await self._connection.execute("ROLLBACK")

    async def __aenter__(self) -> Self:
        """Enter the block; `begin` is a step of its own, which tells something."""
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep nothing after an error; raise Unreachable or OutcomeUnknown where the connection ended."""
        if error is None:
            return
        if self._is_lost(error):
            raise (OutcomeUnknown if self._ending else Unreachable) from error
        await self.rollback()  # the block did not

    def _is_lost(self, error: BaseException) -> bool:
        ended = isinstance(error, asyncpg.InterfaceError) and self._connection.is_closed()
        return ended or isinstance(error, GONE)
