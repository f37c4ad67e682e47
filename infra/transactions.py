"""When does a transaction begin? At the first statement that is not its last: one alone needs none.

One round trip begins it and says whose it is; row-level security then knows whose rows it may touch. Its end
is told apart from everything before: from the moment on in which COMMIT was sent, only the server knows
whether anything was kept.
"""

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

import asyncpg

from infra.connections import Connection, is_alive
from infra.deadlines import is_limited, statement_limit
from infra.lending import GONE, is_lost, is_overdue
from infra.writes import Write, Writes
from service.ground.doors import OutcomeUnknown, Unreachable
from service.ground.idempotency import Claim, InProgress
from service.ground.statements import TENANT_SETTING, Written, insertions

WAIT_FOR_KEY = "SET LOCAL lock_timeout = '1s'"
"""A running duplicate is waited for this long; so is any other lock of a transaction with a key."""
KEY_IS_TAKEN = "INSERT 0 0"
KEEP = "SET LOCAL statement_timeout = 0; COMMIT"
"""A timeout while standbys are waited for would let PostgreSQL say that it kept what it may yet lose."""


class Lender(Protocol):
    """Lends connections."""

    async def take(self) -> Connection:
        """Returns a connection, which must be given back."""

    async def give(self, connection: Connection) -> None:
        """Takes a connection back."""


class Transaction:
    """The transaction of one tenant; leaving it keeps nothing that was not committed."""

    def __init__(self, tenant_id: UUID, lender: Lender, writes: Writes | None = None) -> None:
        """Borrow a connection when it begins; a statement that stands alone is one of the writes."""
        self._tenant_id = tenant_id
        self._lender = lender
        self._writes = writes
        self._connection: Connection | None = None
        self._ending = False
        self._kept = False

    async def __aenter__(self) -> Self:
        """Waits for the first statement."""
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Undoes what was not committed; raises Unreachable or OutcomeUnknown where the connection ended."""
        connection = self._connection
        if connection is None:
            return
        try:
            if error is not None and is_lost(connection, error):
                raise self._lost(error) from error
            if not self._kept and is_alive(connection):
                with suppress(*GONE):  # who is gone has kept nothing either
                    await connection.execute("ROLLBACK")
        finally:
            await self._lender.give(connection)

    def _lost(self, error: BaseException) -> Exception:
        """Returns what it means that the connection ended: nothing was kept before COMMIT was sent."""
        if self._ending:
            return OutcomeUnknown()
        return asyncpg.QueryCanceledError() if is_overdue(error) else Unreachable()

    async def take(self, claim: Claim) -> bool:
        """Begins, and takes a key in the same round trip; tells whether it was taken before.

        Raises InProgress where a request with this key runs on for longer than it is waited for.
        """
        try:
            _, tag = await self._begin(WAIT_FOR_KEY, claim.sql(self._tenant_id))
        except asyncpg.LockNotAvailableError as error:
            raise InProgress from error
        return tag == KEY_IS_TAKEN

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Runs a query inside the transaction and returns its rows."""
        connection = await self._begun()
        rows: list[Any] = await connection.fetch(query, *args)
        return rows

    async def execute(self, query: str, *args: object) -> str:
        """Runs a statement inside the transaction and returns its command tag."""
        connection = await self._begun()
        tag: str = await connection.execute(query, *args)
        return tag

    async def finish(self, written: Written, arguments: Sequence[object], rows: int) -> list[Any]:
        """Runs the last statement, which returns so many rows; as the first, too, it is kept by itself.

        Such a statement says itself whose it is; one that has only so much time is told so first.
        """
        sql = insertions(written)
        if self._writes is None or self._connection is not None or is_limited():
            return await self.fetch(sql, *arguments)
        return await self._writes.ask(self._tenant_id, sql, Write(written, arguments, rows))

    async def commit(self, last_words: str = "") -> None:
        """Keeps what was written, and what the last words write; what stood alone is kept already."""
        if self._connection is None:
            return
        self._ending = True
        done = await self._connection.execute(f"{last_words}; {KEEP}" if last_words else KEEP)
        if done != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError
        self._kept, self._ending = True, False

    async def _begun(self) -> Connection:
        return self._connection or (await self._begin())[0]

    async def _begin(self, *more: str) -> tuple[Connection, str]:
        connection = self._connection = await self._lender.take()
        setting = f"SET LOCAL {TENANT_SETTING} = '{self._tenant_id}'"
        return connection, await connection.execute("; ".join(("BEGIN", setting, *statement_limit(), *more)))
