"""Is the data that is measured valid? It is loaded without checking references; here few rows are checked."""

import os
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.bench.database import fill_one
from tests.bench.dataset import fillings
from tests.bench.series import TENANT_ID, TENANT_KEY, Population
from tests.conftest import TEMPLATE_VARIABLE
from tests.databases import copied


@pytest.fixture
def population() -> Population:
    return Population(customer_count=20, seed=7)


@pytest.fixture
async def own_url(server_url: str) -> AsyncIterator[str]:
    """A database of this test alone: filling drops indexes, for which a running service would wait."""
    async with copied(server_url, os.environ[TEMPLATE_VARIABLE]) as url:
        yield url


async def test_the_rows_satisfy_every_constraint_of_the_schema(own_url: str, population: Population) -> None:
    connection = await asyncpg.connect(own_url)
    try:
        await connection.execute(
            "INSERT INTO tenant (id, key, name) VALUES ($1, $2, $2)", TENANT_ID, TENANT_KEY
        )
        for filling in fillings(population):
            await fill_one(connection, filling)

        counted = "SELECT count(*) FROM interaction_event WHERE tenant_id = $1"
        assert await connection.fetchval(counted, TENANT_ID) == 396
    finally:
        await connection.close()


async def test_sql_and_python_make_the_same_id_of_a_number(database_url: str, population: Population) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        found = await connection.fetchval(f"SELECT {population.customers.id_sql('17')}")
    finally:
        await connection.close()

    assert found == population.customers.id(17)
