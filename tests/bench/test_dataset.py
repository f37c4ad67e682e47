"""Is the data that is measured valid? It is loaded without checking references; here few rows are checked."""

import asyncpg
import pytest

from tests.bench.database import fill_one
from tests.bench.dataset import fillings
from tests.bench.series import TENANT_ID, TENANT_KEY, Population


@pytest.fixture
def population() -> Population:
    return Population(customer_count=20, seed=7)


async def test_the_rows_satisfy_every_constraint_of_the_schema(
    database_url: str, population: Population
) -> None:
    connection = await asyncpg.connect(database_url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(
            "INSERT INTO tenant (id, key, name) VALUES ($1, $2, $2)", TENANT_ID, TENANT_KEY
        )
        for filling in fillings(population):
            await fill_one(connection, filling)

        counted = "SELECT count(*) FROM interaction_event WHERE tenant_id = $1"
        assert await connection.fetchval(counted, TENANT_ID) == 396
    finally:
        await transaction.rollback()
        await connection.close()


async def test_sql_and_python_make_the_same_id_of_a_number(database_url: str, population: Population) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        found = await connection.fetchval(f"SELECT {population.customers.id_sql('17')}")
    finally:
        await connection.close()

    assert found == population.customers.id(17)
