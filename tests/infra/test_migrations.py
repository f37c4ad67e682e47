"""Is a database brought to today's schema safely, however many try at once?"""

import asyncio

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url, pool
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from infra.migrations import steps

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"


async def revision(database_url: str) -> str | None:
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            return await steps.current(connection)
    finally:
        await engine.dispose()


async def count(database_url: str, question: str) -> object:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_the_tests_run_on_the_newest_revision(database_url: str) -> None:
    assert await revision(database_url) == steps.head()


async def test_an_empty_database_has_no_revision(empty_database_url: str) -> None:
    assert await revision(empty_database_url) is None


async def test_migrators_that_start_together_all_find_the_newest_revision(empty_database_url: str) -> None:
    await asyncio.gather(*(steps.upgrade(empty_database_url) for _ in range(3)))

    assert await revision(empty_database_url) == steps.head()


async def test_every_step_can_be_taken_back(empty_database_url: str) -> None:
    await steps.upgrade(empty_database_url)
    migrated = await count(empty_database_url, TABLES)

    await steps.downgrade(empty_database_url, "base")
    assert await revision(empty_database_url) is None
    assert await count(empty_database_url, TABLES) == 0

    await steps.upgrade(empty_database_url)
    assert await count(empty_database_url, TABLES) == migrated


async def test_the_migrated_tables_are_those_of_the_models(database_url: str) -> None:
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        await engine.dispose()


def _differences(connection: Connection) -> list[object]:
    compared = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(compared, SQLModel.metadata))


async def test_a_migrator_waits_for_the_one_at_work(empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(f"SELECT pg_advisory_lock({steps.LOCK_KEY})")
    waiting = asyncio.create_task(steps.upgrade(empty_database_url))
    done, _ = await asyncio.wait({waiting}, timeout=3 * steps.LOCK_POLL_SECONDS)
    assert done == set()

    await connection.close()
    await waiting

    assert await revision(empty_database_url) == steps.head()


def test_every_step_renders_as_sql_that_gives_up_on_locks(capsys: pytest.CaptureFixture[str]) -> None:
    steps.render("base:head" if steps.head() else "head")

    assert capsys.readouterr().out.startswith("SET lock_timeout = '3000ms';")
