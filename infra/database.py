"""How is PostgreSQL reached? One pool, and the two doors every statement goes through.

The pool's role owns nothing, and each door says whose rows it opens: row-level security does the rest.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from infra.connections import Connection, Connections
from infra.lending import Lending, Spare, reached
from infra.reads import Reads
from infra.roles import APP, UNBOUND, RoleRefused
from infra.transactions import Transaction
from infra.writes import Writes
from service.ground import arrangements
from service.ground.actor import Actor
from service.ground.constraints import problem_for
from service.ground.idempotency import Claim
from service.ground.keys import uuid7
from service.ground.problems import Contended, ErrorCode, Invalid, Problem
from service.ground.session import Session
from service.reactions import follow

SETTINGS = {"TimeZone": "UTC", "DateStyle": "ISO", "jit": "off", "application_name": "cxgraph"}

OTHERS_WERE_FASTER = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)


class Overdue(Exception):
    """A read took longer than it may."""


class TooLong(Problem):
    """It took longer than it may, and nothing was changed: send less at a time, or allow more time."""

    code = ErrorCode.LIMIT_EXCEEDED


class Database:
    """An open pool of connections."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", connect_seconds: float | None = None) -> None:
        """Use a pool that `opened` prepared; a new connection is waited for `connect_seconds` at most.

        Reads leave half of the connections to the writes. One is never lent: probes and administration use
        the pool itself, and wait for no request.
        """
        self.pool = self._pool = pool
        self.connections = Connections(pool, pool.get_max_size() - 1, connect_seconds)
        self.written: list[Callable[[UUID], None]] = []
        """Are told, after a commit, in which tenant something happened."""
        self._spare = Spare(pool, connect_seconds)
        half = max(1, self.connections.size // 2)
        self._reads = Reads(self._run, half)
        self._lending = Lending(self.connections)
        self._writes = Writes(self._lending, half)

    def read(self, tenant_id: UUID, sql: str, arguments: Sequence[object]) -> "asyncio.Future[bytes]":
        """Runs one planned statement inside a tenant; its single value is the answer's JSON as bytes."""
        return self._reads.ask(tenant_id, sql, arguments)

    async def _run(self, sql: str, arguments: Sequence[object]) -> list[bytes]:
        try:
            with reached():
                async with self.connections.lent() as connection:
                    return [row[0] for row in await connection.fetch(sql, *arguments)]
        except asyncpg.DataError as error:
            raise _unacceptable(error) from error
        except asyncpg.QueryCanceledError as late:
            raise Overdue from late

    async def explain(self, tenant_id: UUID, sql: str, arguments: Sequence[object]) -> str:
        """Returns PostgreSQL's plan of a statement, with what running it really cost."""
        rows = await self.within(tenant_id, f"EXPLAIN (ANALYZE, BUFFERS) {sql}", *arguments)
        return "\n".join(row[0] for row in rows)

    async def within(self, tenant_id: UUID, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Returns the rows of a statement that is no operation's, inside a tenant."""
        with reached():
            async with Transaction(tenant_id, self._spare) as transaction:
                rows: list[asyncpg.Record] = await transaction.fetch(sql, *arguments)
                await transaction.commit()
                return rows

    async def tenant_id(self, key: str) -> UUID | None:
        """Returns the id of the tenant with this key, None where there is none."""
        async with self._acquired() as connection:
            id_: UUID | None = await connection.fetchval("SELECT id FROM tenant WHERE key = $1", key)
            return id_

    async def tenants(self) -> dict[str, UUID]:
        """Returns the ids of all tenants by their keys."""
        async with self._acquired() as connection:
            return {row["key"]: row["id"] for row in await connection.fetch("SELECT key, id FROM tenant")}

    async def add_tenant(self, key: str, name: str) -> UUID:
        """Makes a tenant unless there is one with this key, and returns its id."""
        async with self._pool.acquire() as connection:
            sql = "INSERT INTO tenant (id, key, name) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING"
            await connection.execute(sql, uuid7(), key, name)
            id_: UUID = await connection.fetchval("SELECT id FROM tenant WHERE key = $1", key)
            return id_

    async def revision(self) -> str | None:
        """Returns the revision of the schema; None for a database that was never migrated."""
        async with self._pool.acquire() as connection:
            readable = "SELECT has_table_privilege(to_regclass('alembic_version'), 'SELECT')"
            if not await connection.fetchval(readable):
                return None
            revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
            return revision

    async def is_bound(self) -> bool:
        """Whether row-level security binds the pool's role, and the role cannot change that."""
        async with self._pool.acquire() as connection:
            return not await connection.fetchval(UNBOUND)

    async def answers(self) -> bool:
        """Whether a connection can be had and PostgreSQL answers on it."""
        async with self._pool.acquire() as connection:
            return bool(await connection.fetchval("SELECT true"))

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Connection]:
        """Takes a connection from the pool itself; raises Unreachable where that, or its use, fails."""
        with reached():
            connection = await self._spare.take()
            try:
                yield connection
            finally:
                await self._spare.give(connection)

    @asynccontextmanager
    async def work(self, actor: Actor, claim: Claim | None = None) -> AsyncIterator[Session]:
        """Opens a transaction; leaving commits its writes and their reactions, an exception keeps nothing."""
        with _problems(actor.tenant_id):
            async with Transaction(actor.tenant_id, self._lending, self._writes) as transaction:
                repeats = claim is not None and await transaction.take(claim)
                session = Session(transaction, actor, datetime.now(UTC), repeats=repeats)
                yield session
                await follow(session)
                session.sign()
                await session.settle(last=True)
                if not session.discarded:
                    await transaction.commit(session.last_words)
                    self._tell(session)

    def _tell(self, session: Session) -> None:
        """Tells of a commit, once for all its events, and keeps no arrangements that it changed."""
        if arrangements.changed_by(session):
            arrangements.forget(session.tenant_id)
        if session.happened:
            for written in self.written:
                written(session.tenant_id)


@contextmanager
def _problems(tenant_id: UUID) -> Iterator[None]:
    """Turns what the database refuses into the problem it means."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as violation:
        raise problem_for(violation.constraint_name) from violation
    except OTHERS_WERE_FASTER as error:
        arrangements.forget(tenant_id)
        raise Contended from error
    except asyncpg.QueryCanceledError as late:
        raise TooLong from late
    except asyncpg.DataError as error:
        raise _unacceptable(error) from error


@asynccontextmanager
async def opened(
    url: str,
    *,
    role: str | None = APP,
    smallest: int = 1,
    largest: int = 8,
    statement_timeout_seconds: float = 10.0,
    connect_seconds: float | None = None,
    connection: type["asyncpg.Connection[asyncpg.Record]"] = asyncpg.Connection,
) -> AsyncIterator[Database]:
    """Opens a pool on a database and closes it at the end.

    Its connections take on the role after they logged in; None keeps the role of the login, the owner.
    Raises RoleRefused where they have another one.
    """
    pool = await asyncpg.create_pool(
        url.replace("postgresql+asyncpg://", "postgresql://"),
        min_size=smallest,
        max_size=largest + 1,
        init=_prepare,
        connection_class=connection,
        reset=_leave_as_it_is,
        statement_cache_size=1024,
        max_cacheable_statement_size=0,
        max_cached_statement_lifetime=0,
        max_inactive_connection_lifetime=0,
        server_settings={
            **SETTINGS,
            "statement_timeout": f"{statement_timeout_seconds}s",
            **({"role": role} if role else {}),
        },
    )
    database = Database(pool, connect_seconds)
    try:
        if role and (found := await pool.fetchval("SELECT current_user")) != role:
            raise RoleRefused(role, found)
        yield database
    finally:
        async with asyncio.timeout(10):
            await database.connections.hand_back()
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
