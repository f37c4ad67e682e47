"""When does a transaction begin? At the first statement that is not its last: one alone needs none.

One round trip begins it and says whose it is; row-level security then knows whose rows it may touch. Its end
is told apart from everything before: from the moment on in which COMMIT was sent, only the server knows
whether anything was kept.
"""

from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import asyncpg

from infra.connections import Connection, is_alive
from infra.deadlines import is_limited, statement_limit
from service.ground.doors import OutcomeUnknown, Unreachable
from service.ground.idempotency import Claim, InProgress
from service.ground.statements import TENANT_SETTING

WAIT_FOR_KEY = "SET LOCAL lock_timeout = '1s'"
"""A running duplicate is waited for this long; so is any other lock of a transaction with a key."""
KEY_IS_TAKEN = "INSERT 0 0"
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


class Transaction:
    """The transaction of one tenant on a lent connection; leaving it keeps nothing that was not committed."""

    def __init__(self, connection: "Connection", tenant_id: UUID) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._open = False
        self._ending = False

    async def __aenter__(self) -> Self:
        """Waits for the first statement."""
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Undoes what was not committed; raises Unreachable or OutcomeUnknown where the connection ended."""
        if error is not None and self._is_lost(error):
            raise (OutcomeUnknown if self._ending else Unreachable) from error
        if self._open and is_alive(self._connection):
            with suppress(*GONE):  # who is gone has kept nothing either
                await self._connection.execute("ROLLBACK")

    async def take(self, claim: Claim) -> bool:
        """Begins, and takes a key in the same round trip; tells whether it was taken before.

        Raises InProgress where a request with this key runs on for longer than it is waited for.
        """
        try:
            return await self._begin(WAIT_FOR_KEY, claim.sql(self._tenant_id)) == KEY_IS_TAKEN
        except asyncpg.LockNotAvailableError as error:
            raise InProgress from error

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Runs a query inside the transaction and returns its rows."""
        await self._begin()
        rows: list[Any] = await self._connection.fetch(query, *args)
        return rows

    async def execute(self, query: str, *args: object) -> str:
        """Runs a statement inside the transaction and returns its command tag."""
        await self._begin()
        tag: str = await self._connection.execute(query, *args)
        return tag

    async def finish(self, query: str, *args: object) -> list[Any]:
        """Runs the last statement; as the first, too, it is a transaction by itself, and commits.

        Such a statement says itself whose it is; one that has only so much time is told so first.
        """
        if is_limited():
            await self._begin()
        self._ending = not self._open
        rows: list[Any] = await self._connection.fetch(query, *args)
        self._ending = False
        return rows

    async def commit(self, last_words: str = "") -> None:
        """Keeps what was written, and what the last words write; what stood alone is kept already."""
        if not self._open:
            return
        self._ending = True
        if await self._connection.execute(f"{last_words}; {KEEP}" if last_words else KEEP) != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError
        self._open = self._ending = False

    async def _begin(self, *more: str) -> str:
        if self._open:
            return ""
        setting = f"SET LOCAL {TENANT_SETTING} = '{self._tenant_id}'"
        self._open = True  # even where what follows BEGIN fails
        tag: str = await self._connection.execute("; ".join(("BEGIN", setting, *statement_limit(), *more)))
        return tag

    def _is_lost(self, error: BaseException) -> bool:
        ended = isinstance(error, asyncpg.InterfaceError) and not is_alive(self._connection)
        return ended or isinstance(error, GONE)
