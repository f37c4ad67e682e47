"""How long does a migration make a request wait? Each step runs alone, while every table is read and written.

A write that changes no row takes the locks of one that does, so each table can be asked without knowing what
its rows look like. Customers are many, so that whatever looks at all of them is noticed.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg

from infra.migrations import steps
from infra.migrations.scripts import VERSIONS

CUSTOMERS = 100_000
LONGEST_SECONDS = 0.2
PAUSE_SECONDS = 0.005
FIRST = "0001"
Migrate = Callable[[str, str], Awaitable[None]]
TABLES = """
    SELECT c.oid::regclass::text FROM pg_class AS c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        AND c.relname NOT IN ('alembic_version') ORDER BY 1
"""
LOAD = """
    INSERT INTO tenant (id, key, name) SELECT uuidv7(), 'loaded', 'Loaded';
    INSERT INTO customer
        (tenant_id, id, version, created_at, updated_at, display_name, lifecycle_stage, attributes)
    SELECT t.id, uuidv7(), 1, now(), now(), 'Customer ' || n, 'ACTIVE', '{}'
    FROM tenant AS t, generate_series(1, %d) AS n;
    ANALYZE;
"""


@dataclass(frozen=True, slots=True)
class Waits:
    """The longest answer in seconds before a step, and while it ran."""

    revision: str
    before: float
    during: float

    @property
    def added(self) -> float:
        """What the step added to the longest answer."""
        return max(0.0, self.during - self.before)


async def measure(url: str, migrate: Migrate, *, customers: int = CUSTOMERS) -> list[Waits]:
    """Brings an empty database up step by step under traffic; returns what each step made requests wait."""
    await steps.upgrade(url, target=FIRST)
    await _execute(url, LOAD % customers)
    revisions = sorted(path.stem[:4] for path in VERSIONS.glob("*.py") if path.stem[:4] > FIRST)
    return [await _step(url, revision, migrate) for revision in revisions]


async def _step(url: str, revision: str, migrate: Migrate) -> Waits:
    tables = await _tables(url)
    before, during = [0.0], [0.0]
    traffic = asyncio.create_task(_traffic(url, tables, before))
    await asyncio.sleep(0.5)
    traffic.cancel()
    await asyncio.wait([traffic])
    traffic = asyncio.create_task(_traffic(url, tables, during))
    await migrate(url, revision)
    await asyncio.sleep(0.1)
    traffic.cancel()
    await asyncio.wait([traffic])
    return Waits(revision, before[0], during[0])


async def apart(url: str, revision: str) -> None:
    """Runs a step in a process of its own, so that nothing but the database makes the traffic wait."""
    command = [sys.executable, "-m", "infra", "migrate", "--to", revision]
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "DATABASE_URL": url}, stdout=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0, revision


async def _traffic(url: str, tables: list[str], longest: list[float]) -> None:
    """Reads and writes every table by turns, each on a connection of its own, until cancelled."""
    reading, writing = await asyncpg.connect(url), await asyncpg.connect(url)
    # The names come from the catalogue, quoted by it.
    reads = [f"SELECT 1 FROM {table} LIMIT 1" for table in tables]  # noqa: S608
    writes = [f"DELETE FROM {table} WHERE false" for table in tables]  # noqa: S608
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_ask(reading, reads, longest))
            group.create_task(_ask(writing, writes, longest))
    finally:
        reading.terminate()
        writing.terminate()


async def _ask(
    connection: "asyncpg.Connection[asyncpg.Record]", statements: list[str], longest: list[float]
) -> None:
    while True:
        for statement in statements:
            begun = time.perf_counter()
            await connection.execute(statement)
            longest[0] = max(longest[0], time.perf_counter() - begun)
        await asyncio.sleep(PAUSE_SECONDS)


async def _tables(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(TABLES)]
    finally:
        await connection.close()


async def _execute(url: str, script: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()
