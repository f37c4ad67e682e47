"""When does a transaction begin? At the first statement that is not its last: one alone needs none.

One round trip begins it and says whose it is; row-level security then knows whose rows it may touch.
"""

from typing import Any, Self
from uuid import UUID

from infra.connections import Connection, is_alive
from service.ground.statements import TENANT_SETTING


class Transaction:
    """The transaction of one tenant on a lent connection; leaving it keeps nothing that was not committed."""

    def __init__(self, connection: "Connection", tenant_id: UUID) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._open = False

    async def __aenter__(self) -> Self:
        """Waits for the first statement."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Undoes what was not committed."""
        if self._open and is_alive(self._connection):
            await self._connection.execute("ROLLBACK")

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Runs a query inside the transaction and returns its rows."""
        await self._begin()
        return await self.finish(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        """Runs a statement inside the transaction and returns its command tag."""
        await self._begin()
        tag: str = await self._connection.execute(query, *args)
        return tag

    async def finish(self, query: str, *args: object) -> list[Any]:
        """Runs the last statement; as the first, too, it is a transaction by itself, and commits.

        Such a statement says itself whose it is.
        """
        rows: list[Any] = await self._connection.fetch(query, *args)
        return rows

    async def commit(self) -> None:
        """Keeps what was written; what stood alone is kept already."""
        if self._open:
            await self._connection.execute("COMMIT")
            self._open = False

    async def _begin(self) -> None:
        if not self._open:
            await self._connection.execute(f"BEGIN; SET LOCAL {TENANT_SETTING} = '{self._tenant_id}'")
            self._open = True
