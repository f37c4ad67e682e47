"""What do the facts about the pooler stand on? The cluster's PostgreSQL and PgBouncer, on this machine."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import yaml

from infra.embedded import running
from infra.migrations import steps
from infra.roles import APP
from tests.databases import execute
from tests.infra.replicas import Replica, replica
from tests.pooler.bouncer import PASSWORD, POOLER, Pooler, pgbouncer, pooled

IS_WANTED = "CXGRAPH_TEST_POOLER"
CLUSTER = POOLER.with_name("cluster.yaml")
TOO_LARGE_HERE = ("shared_buffers", "effective_cache_size")
SLOWLY = 0.02
CONNECTIONS = """SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'cxgraph' AND usename = $1 AND state LIKE $2"""


@pytest.fixture(scope="package")
def program() -> str:
    """PgBouncer; without it the tests are skipped, unless it is wanted."""
    found = pgbouncer()
    if found is None and IS_WANTED not in os.environ:
        pytest.skip("PgBouncer 1.21 or newer is not here; docs/operations.md says where it comes from")
    assert found is not None, "PgBouncer 1.21 or newer is wanted: install it, or name it in PGBOUNCER"
    return found


@pytest.fixture(scope="package")
def cluster_url(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated PostgreSQL with the cluster's parameters, which lets the service's role log in."""
    parameters = yaml.safe_load(CLUSTER.read_text())["spec"]["postgresql"]["parameters"]
    settings = {name: value for name, value in parameters.items() if name not in TOO_LARGE_HERE}
    with running(tmp_path_factory.mktemp("cluster"), settings=settings) as url:
        asyncio.run(_prepare(url))
        yield url


async def _prepare(url: str) -> None:
    await steps.upgrade(url)
    await execute(url, f"ALTER ROLE {APP} LOGIN PASSWORD '{PASSWORD}'")


@dataclass(frozen=True, slots=True)
class Stage:
    """A database, and ways to run a pooler before it and the service behind that."""

    url: str
    program: str
    folder: Path

    def pooler(self, **changed: object) -> AbstractContextManager[Pooler]:
        """Run a pooler."""
        return pooled(self.program, self.url, self.folder, **changed)

    @asynccontextmanager
    async def service(self, pooler: Pooler, **settings: object) -> AsyncIterator[Replica]:
        """Run the service as the cluster does: it listens straight, all else goes through the pooler."""
        about: dict[str, Any] = {"relay": False, "listen_database_url": self.url, **settings}
        async with replica(pooler.url, **about) as found:
            yield found

    async def tenant(self) -> str:
        """Make a tenant and return its key."""
        key = f"tenant-{secrets.token_hex(4)}"
        sql = "INSERT INTO tenant (id, key, name) VALUES (gen_random_uuid(), $1, $1) RETURNING key"
        return str(await self.fetchval(sql, key))

    async def fetchval(self, sql: str, *arguments: object) -> object:
        """Ask the database itself, as its owner."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(sql, *arguments)
        finally:
            await connection.close()

    async def becomes(self, state: str, number: int) -> None:
        """Wait until so many connections of the service are in a state."""
        await self.comes_true(f"SELECT ({CONNECTIONS}) = $3", APP, state, number)

    async def comes_true(self, sql: str, *arguments: object) -> None:
        """Wait until the database says so."""
        for _ in range(1000):
            if await self.fetchval(sql, *arguments):
                return
            await asyncio.sleep(SLOWLY)
        pytest.fail(f"it did not become true: {sql}, {arguments}")

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        """Let nobody read or write a table meanwhile."""
        connection = await asyncpg.connect(self.url)
        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            await connection.close()


@pytest.fixture
def stage(cluster_url: str, program: str, tmp_path: Path) -> Stage:
    """The database, and a folder for its pooler."""
    return Stage(cluster_url, program, tmp_path)


async def ask(service: Replica, tenant: str, source: str, **variables: object) -> httpx.Response:
    """Send an operation of a tenant."""
    async with httpx.AsyncClient(timeout=60) as client:
        body = {"query": source, "variables": variables}
        return await client.post(service.url, json=body, headers={"x-cx-tenant": tenant})
