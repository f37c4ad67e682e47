"""Are connections lent to one at a time, in turn, and replaced when they break?"""

import asyncio

from infra.connections import Connections
from infra.database import Database, opened
from tests.ground import watched


async def test_nobody_gets_a_connection_that_is_lent(database_url: str) -> None:
    async with opened(database_url, largest=1) as database:
        lending = database.connections
        first = await lending.take()
        second = asyncio.create_task(lending.take())
        await asyncio.sleep(0)
        assert not second.done()
        await lending.give(first)
        assert await second is first
        await lending.give(first)


async def test_a_turn_that_nobody_takes_goes_to_the_next(database_url: str) -> None:
    async with opened(database_url, largest=1) as database:
        lending = database.connections
        first = await lending.take()
        gone, waiting = (asyncio.create_task(lending.take()) for _ in range(2))
        await asyncio.sleep(0)
        await lending.give(first)
        gone.cancel()
        assert await waiting is first
        await lending.give(first)


async def test_a_broken_connection_is_replaced(database_url: str) -> None:
    async with opened(database_url, largest=1) as database:
        lending = database.connections
        async with lending.lent() as broken:
            await broken.close()
        async with lending.lent() as fresh:
            assert await fresh.fetchval("SELECT 1") == 1


async def test_a_connection_that_broke_while_it_lay_idle_is_replaced(database_url: str) -> None:
    async with watched(database_url, largest=1) as database:
        async with database.connections.lent() as lying:
            pid = await lying.fetchval("SELECT pg_backend_pid()")
        await database.pool.execute("SELECT pg_terminate_backend($1, 5000)", pid)
        await asyncio.sleep(0.05)
        async with database.connections.lent() as fresh:
            assert await fresh.fetchval("SELECT 1") == 1


async def test_probes_wait_for_no_request(database: Database) -> None:
    lending: Connections = database.connections
    taken = [await lending.take() for _ in range(lending.size)]
    assert await database.answers()
    for connection in taken:
        await lending.give(connection)
