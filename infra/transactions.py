"""When does a transaction begin? At the first statement that is not its last: one alone needs none."""

from typing import Any

from infra.connections import Connection, is_alive


class Transaction:
    """The transaction of one write, on a lent connection."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._opened: Any = None

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Runs a query inside the transaction and returns its rows."""
        await self.begin()
        rows: list[Any] = await self._connection.fetch(query, *args)
        return rows

    async def execute(self, query: str, *args: object) -> str:
        """Runs a statement inside the transaction and returns its command tag."""
        await self.begin()
        tag: str = await self._connection.execute(query, *args)
        return tag

    async def finish(self, query: str, *args: object) -> list[Any]:
        """Runs the last statement; as the first, too, it is a transaction by itself, and commits."""
        rows: list[Any] = await self._connection.fetch(query, *args)
        return rows

    async def begin(self) -> None:
        """Begins, unless that was done."""
        if self._opened is None:
            opened = self._connection.transaction()
            await opened.start()
            self._opened = opened

    async def commit(self) -> None:
        """Keeps what was written; what stood alone is kept already."""
        if self._opened is not None:
            await self._opened.commit()
            self._opened = None

    async def rollback(self) -> None:
        """Keeps nothing of what was not committed."""
        opened, self._opened = self._opened, None
        if opened is not None and is_alive(self._connection):
            await opened.rollback()
