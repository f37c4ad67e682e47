"""What reaches PostgreSQL? Every statement of a read, and whether each table in it is bound to the tenant."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import SQLModel

from infra.database import Database

SOURCE = re.compile(r'(?:\bFROM|\bJOIN|,)\s+(?:LATERAL\s+)?\(*\s*"?(\w+)"?(?:\s+AS\s+(\w+))?(?![\w.(])')
INTROSPECTION = ("typeinfo_tree", "set_config('jit'")
BOUND = re.compile(r"\b(\w+)\.tenant_id = \$(\d+)")


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement with its arguments."""

    sql: str
    arguments: Sequence[object]


@dataclass(slots=True, eq=False)
class Heard:
    """The statements that one connection sent, as the driver tells them."""

    sent: list[Sent] = field(default_factory=list)

    def take(self) -> list[Sent]:
        """Return what was sent since the last time."""
        taken, self.sent = self.sent, []
        return taken

    async def told(self) -> list[Sent]:
        """Return all that was sent since the last time: the driver tells of a statement a turn later."""
        await asyncio.sleep(0)
        return self.take()

    def __call__(self, logged: Any) -> None:  # noqa: ANN401 - asyncpg's own record of a query
        """Remember a query; the driver's own questions, once for each type of value, are not ours."""
        if not any(sign in logged.query for sign in INTROSPECTION):
            self.sent.append(Sent(logged.query, logged.args or ()))


@asynccontextmanager
async def overheard(database: Database) -> AsyncIterator[Heard]:
    """Listen to every connection of the service."""
    service = database._pool
    heard = Heard()
    held: list[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]] = []
    await database.connections.hand_back()
    try:
        held = [await service.acquire() for _ in range(service.get_max_size())]
        for connection in held:
            connection.add_query_logger(heard)
    finally:
        for connection in held:
            await service.release(connection)
    yield heard


def unbound(sent: Sent, tenant_id: UUID) -> list[str]:
    """Return the tables of a statement that are not bound to the tenant; nothing may be in this list."""
    tables = {table.name for table in SQLModel.metadata.sorted_tables if "tenant_id" in table.columns}
    bound = {
        alias for alias, number in BOUND.findall(sent.sql) if sent.arguments[int(number) - 1] == tenant_id
    }
    found = [(name, alias) for name, alias in SOURCE.findall(sent.sql) if name in tables]
    return [f"{name} AS {alias}" for name, alias in found if alias not in bound]
