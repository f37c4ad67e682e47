"""How is PostgreSQL reached? One pool, and the two doors every statement goes through."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from infra.reads import Reads
from infra.transactions import GONE, WAIT_FOR_KEY, Transaction
from service.ground.actor import Actor
from service.ground.constraints import problem_for
from service.ground.doors import Unreachable
from service.ground.idempotency import Claim, InProgress
from service.ground.keys import uuid7
from service.ground.problems import Contended, Invalid
from service.ground.session import Connection, Session
from service.reactions import follow

SETTINGS = {"TimeZone": "UTC", "DateStyle": "ISO", "jit": "off", "application_name": "cxgraph"}


OTHERS_WERE_FASTER = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
TAKEN = "INSERT 0 0"
"""How PostgreSQL tells that somebody else has the key."""


class Database:
    """An open pool of connections."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        """Use a pool that `opened` prepared; reads leave half of it to the writes."""
        self.pool = pool
        self._reads = Reads(self._run, max(1, pool.get_max_size() // 2))

    async def read(self, sql: str, arguments: Sequence[object]) -> bytes:
        """Runs one planned statement, whose single value is the answer's JSON as bytes."""
        return await self._reads.read(sql, arguments)

    async def _run(self, sql: str, arguments: Sequence[object]) -> list[bytes]:
        async with self.pool.acquire() as connection:
            try:
                return [row[0] for row in await connection.fetch(sql, *arguments)]
            except asyncpg.DataError as error:
                raise _unacceptable(error) from error

    async def explain(self, sql: str, arguments: Sequence[object]) -> str:
        """Returns PostgreSQL's plan of a statement, with what running it really cost."""
        async with self.pool.acquire() as connection:
            rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", *arguments)
            return "\n".join(row[0] for row in rows)

    async def tenants(self) -> dict[str, UUID]:
        """Returns the ids of all tenants by their keys."""
        async with self.pool.acquire() as connection:
            return {row["key"]: row["id"] for row in await connection.fetch("SELECT key, id FROM tenant")}

    async def add_tenant(self, key: str, name: str) -> UUID:
        """Makes a tenant unless there is one with this key, and returns its id."""
        async with self.pool.acquire() as connection:
            sql = "INSERT INTO tenant (id, key, name) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING"
            await connection.execute(sql, uuid7(), key, name)
            id_: UUID = await connection.fetchval("SELECT id FROM tenant WHERE key = $1", key)
            return id_

    async def revision(self) -> str | None:
        """Returns the revision of the schema; None for a database that was never migrated."""
        async with self.pool.acquire() as connection:
            if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
                return None
            revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
            return revision

    async def answers(self) -> bool:
        """Whether a connection can be had and PostgreSQL answers on it."""
        async with self.pool.acquire() as connection:
            return bool(await connection.fetchval("SELECT true"))

    @asynccontextmanager
    async def work(self, actor: Actor, claim: Claim | None = None) -> AsyncIterator[Session]:
        """Opens a transaction; leaving commits its writes and their reactions, an exception keeps nothing."""
        async with self._writing() as connection:
            try:
                async with Transaction(connection) as transaction:
                    session = await _begun(transaction, connection, actor, claim)
                    yield session
                    await follow(session)
                    session.sign()
                    await session.flush()
                    await (transaction.rollback() if session.discarded else transaction.commit())
            except asyncpg.IntegrityConstraintViolationError as violation:
                raise problem_for(violation.constraint_name) from violation
            except OTHERS_WERE_FASTER as error:
                raise Contended from error
            except asyncpg.DataError as error:
                raise _unacceptable(error) from error

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator["asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"]:
        """Lends a connection; raises Unreachable where none can be made."""
        try:
            connection = await self.pool.acquire()
        except GONE as error:
            raise Unreachable from error
        try:
            yield connection
        finally:
            await self.pool.release(connection)


async def _begun(
    transaction: Transaction, connection: Connection, actor: Actor, claim: Claim | None
) -> Session:
    """Begins a transaction, in the same round trip takes the key it claims, and returns its session."""
    taken = ""
    if claim is None:
        await transaction.begin()
    else:
        try:
            taken = await transaction.begin(WAIT_FOR_KEY, claim.sql(actor.tenant_id))
        except asyncpg.LockNotAvailableError as error:
            raise InProgress from error
    session = Session(connection, actor, datetime.now(UTC))
    session.repeats = taken == TAKEN
    return session


@asynccontextmanager
async def opened(
    url: str, *, smallest: int = 1, largest: int = 8, statement_timeout_seconds: float = 10.0
) -> AsyncIterator[Database]:
    """Opens a pool on a database and closes it at the end."""
    pool = await asyncpg.create_pool(
        url.replace("postgresql+asyncpg://", "postgresql://"),
        min_size=smallest,
        max_size=largest,
        init=_prepare,
        reset=_leave_as_it_is,
        statement_cache_size=1024,
        max_cached_statement_lifetime=0,
        server_settings={**SETTINGS, "statement_timeout": f"{statement_timeout_seconds}s"},
    )
    try:
        yield Database(pool)
    finally:
        async with asyncio.timeout(10):
            await pool.close()


def _unacceptable(error: asyncpg.DataError) -> Invalid:
    """Returns the problem of a value that no column can hold, such as a NUL character or a huge number."""
    del error
    return Invalid(reason="One of the values cannot be stored: a NUL character, or a number out of range.")


async def _prepare(connection: "asyncpg.Connection[Any]") -> None:
    """Read JSON through orjson, and hand `bpchar`, in which answers come, on as bytes."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )
    await connection.set_type_codec(
        "bpchar", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary"
    )


async def _leave_as_it_is(_connection: object) -> None:
    """Reset nothing: no statement of the service changes the state of a connection."""
