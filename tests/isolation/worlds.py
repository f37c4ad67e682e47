"""Where is a tenant asked? Beside a twin with the same ids and a stranger with others; and all alone.

Every free text of the others is marked, so that a single byte of theirs is found.
"""

import asyncio
import random
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import Table, make_url
from sqlmodel import SQLModel

from infra.database import Database, opened
from service.ground.actor import Actor, ActorKind
from service.ground.keys import uuid7
from service.ground.scopes import EVERY
from service.ground.session import Session
from service.ground.statements import TENANT_SETTING, Written, insertions
from service.reactions import follow
from tests.databases import copied, execute
from tests.oracle.seeds import MOMENTS, Sower

SEED = 20260301
MARK = "CANARY"
CONDITION = re.compile(r'(?:"?\w+"?\.)?"?tenant_id"? = (\$\d+)(?:::\w+)?')
NOW = max(MOMENTS)


class Walls(StrEnum):
    """Which of the two walls stand."""

    BOTH = "both"
    STATEMENTS = "only what statements say"
    POLICIES = "only what policies allow"


class StrangeSower(Sower):
    """Sows rows with ids that no other tenant has."""

    def own_id(self, table: Table, number: int) -> UUID:
        """Return an id that is nobody else's."""
        return UUID(int=super().own_id(table, number).int ^ 0xFFFF)


class _Writing:
    """What a write does on a connection, inside a transaction that somebody else ends."""

    def __init__(self, connection: "PoolConnectionProxy[asyncpg.Record]", *, says_tenant: bool) -> None:
        self._connection = connection
        self._said: Callable[[str], str] = str if says_tenant else without_tenant

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Run a query."""
        return list(await self._connection.fetch(self._said(query), *args))

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement."""
        done: str = await self._connection.execute(self._said(query), *args)
        return done

    async def finish(self, written: Written, arguments: Sequence[object], _rows: int) -> list[Any]:
        """Run the last statement."""
        return await self.fetch(insertions(written), *arguments)


def without_tenant(sql: str) -> str:
    """Return a statement whose conditions on the tenant hold for every row."""
    return CONDITION.sub(r"\1::uuid IS NOT NULL", sql)


class World:
    """One database, asked through any of the walls; writes are undone before anybody else looks."""

    def __init__(self, service: Database, owner: Database) -> None:
        self.service = service
        self.owner = owner
        self.walls = Walls.BOTH
        self.touched = False

    @property
    def _database(self) -> Database:
        return self.owner if self.walls is Walls.STATEMENTS else self.service

    def read(self, tenant_id: UUID, sql: str, arguments: Sequence[object]) -> "asyncio.Future[bytes]":
        """Read as the service does, through the walls that stand."""
        asked = without_tenant(sql) if self.walls is Walls.POLICIES else sql
        return self._database.read(tenant_id, asked, arguments)

    @asynccontextmanager
    async def work(self, actor: Actor) -> AsyncIterator[Session]:
        """Write as the service does, look whether another tenant's row was touched, and undo everything."""
        async with self._database.connections.lent() as connection:
            await connection.execute(f"BEGIN; SET LOCAL {TENANT_SETTING} = '{actor.tenant_id}'")
            try:
                writing = _Writing(connection, says_tenant=self.walls is not Walls.POLICIES)
                session = Session(writing, actor, NOW)
                yield session
                await follow(session)
                await session.flush()
                self.touched |= await _touches_others(connection, actor.tenant_id)
            finally:
                await connection.execute("ROLLBACK")


async def _touches_others(connection: "PoolConnectionProxy[asyncpg.Record]", tenant_id: UUID) -> bool:
    """Tell whether this transaction wrote, changed or deleted a row of another tenant."""
    await connection.execute("SET LOCAL ROLE NONE")
    return bool(await connection.fetchval(_others(), tenant_id) != await _expected(connection, tenant_id))


_KNOWN: dict[tuple[str, UUID], str] = {}


async def _expected(connection: "PoolConnectionProxy[asyncpg.Record]", tenant_id: UUID) -> str:
    name = await connection.fetchval("SELECT current_database()")
    return _KNOWN[name, tenant_id]


def _others() -> str:
    """Return a question whose answer tells every version of every row of the other tenants."""
    parts = (
        f"SELECT '{t.name}' AS place, count(*) AS rows, sum(xmin::text::bigint) AS versions "  # noqa: S608
        f'FROM "{t.name}" WHERE tenant_id <> $1'
        for t in tables()
    )
    every = " UNION ALL ".join(parts)
    return f"SELECT string_agg(concat(place, rows, '/', versions), ' ' ORDER BY place) FROM ({every}) AS o"  # noqa: S608


def tables() -> list[Table]:
    """Return the tables that have a tenant."""
    return [table for table in SQLModel.metadata.sorted_tables if "tenant_id" in table.columns]


@dataclass(frozen=True, slots=True)
class Worlds:
    """The same tenant twice: in company, and alone."""

    company: World
    alone: World
    actor: Actor
    stranger: Actor


@contextmanager
def worlds(server_url: str, template: str) -> Iterator[tuple[asyncio.Runner, Worlds]]:
    """Sow both worlds."""
    with asyncio.Runner() as runner:
        entering = _worlds(server_url, template)
        yield runner, runner.run(entering.__aenter__())
        runner.run(entering.__aexit__(None, None, None))


@asynccontextmanager
async def _worlds(server_url: str, template: str) -> AsyncIterator[Worlds]:
    who = [
        Actor(uuid7(), f"{name}-{secrets.token_hex(4)}", "someone", ActorKind.HUMAN, EVERY)
        for name in ("asked", "twin", "stranger")
    ]
    sowers: Mapping[str, type[Sower]] = {"asked": Sower, "twin": Sower, "stranger": StrangeSower}
    async with (
        copied(server_url, template) as company,
        copied(server_url, template) as alone,
        _world(company) as among,
        _world(alone) as single,
    ):
        for world, actors in ((among, who), (single, who[:1])):
            for actor in actors:
                await _sow(world.owner, actor, sowers[actor.tenant_key.split("-")[0]])
            await world.owner.pool.execute("ANALYZE")
            name = await world.owner.pool.fetchval("SELECT current_database()")
            _KNOWN[name, who[0].tenant_id] = await world.owner.pool.fetchval(_others(), who[0].tenant_id)
        yield Worlds(among, single, who[0], who[2])


@asynccontextmanager
async def _world(url: str) -> AsyncIterator[World]:
    # Each question is asked a few times only: planning it once is enough.
    await execute(url, f'ALTER DATABASE "{make_url(url).database}" SET plan_cache_mode = force_generic_plan')
    async with opened(url, largest=2) as service, opened(url, role=None, largest=2) as owner:
        yield World(service, owner)


async def _sow(owner: Database, actor: Actor, sower: type[Sower]) -> None:
    insertion = "INSERT INTO tenant (id, key, name) VALUES ($1, $2, $2)"
    await owner.pool.execute(insertion, actor.tenant_id, actor.tenant_key)
    mark = "" if actor.tenant_key.startswith("asked") else MARK
    async with owner.pool.acquire() as connection, connection.transaction():
        chance = random.Random(SEED)  # noqa: S311 - chance, not secrecy
        await sower(actor.tenant_id, chance, mark).sow(connection)
