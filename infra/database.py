"""How is PostgreSQL reached? One pool, and the two doors every statement goes through."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from service.ground.actor import Actor
from service.ground.constraints import problem_for
from service.ground.session import Session
from service.reactions import follow

SETTINGS = {"TimeZone": "UTC", "DateStyle": "ISO", "jit": "off", "application_name": "cxgraph"}
RETRIES = 5
Connection = PoolConnectionProxy


class Database:
    """An open pool of connections."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        """Use a pool that `opened` prepared."""
        self.pool = pool

    async def read(self, sql: str, arguments: Sequence[object]) -> bytes:
        """Run one planned statement, whose single value is the answer's JSON as bytes."""
        async with self.pool.acquire() as connection:
            answer: bytes = await connection.fetchval(sql, *arguments)
            return answer

    @asynccontextmanager
    async def work(self, actor: Actor) -> AsyncIterator[Session]:
        """Open a transaction; leaving commits what it wrote and what reacted to it, an exception keeps nothing."""
        async with self.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            session = Session(connection, actor, datetime.now(UTC))
            try:
                yield session
                await follow(session)
                await session.flush()
            except asyncpg.IntegrityConstraintViolationError as violation:
                await transaction.rollback()
                raise problem_for(violation.constraint_name) from violation
            except BaseException:
                await transaction.rollback()
                raise
            if session.discarded:
                await transaction.rollback()
            else:
                await transaction.commit()


@asynccontextmanager
async def opened(url: str, *, smallest: int = 1, largest: int = 8) -> AsyncIterator[Database]:
    """Open a pool on a database and close it at the end."""
    pool = await asyncpg.create_pool(
        url.replace("postgresql+asyncpg://", "postgresql://"),
        min_size=smallest,
        max_size=largest,
        init=_prepare,
        reset=_leave_as_it_is,
        statement_cache_size=1024,
        max_cached_statement_lifetime=0,
        server_settings=SETTINGS,
    )
    try:
        yield Database(pool)
    finally:
        async with asyncio.timeout(10):
            await pool.close()


async def _prepare(connection: "asyncpg.Connection[Any]") -> None:
    """Read JSON through orjson, and hand `bpchar`, in which answers come, on as bytes."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )
    await connection.set_type_codec("bpchar", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")


async def _leave_as_it_is(_connection: object) -> None:
    """Reset nothing: no statement of the service changes the state of a connection."""
