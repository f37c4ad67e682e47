"""What does a test over HTTP stand on? The running service, with a tenant it can name."""

from collections.abc import AsyncIterator

import httpx
import pytest

from infra.database import Database

TENANT = "audits"


@pytest.fixture(scope="session")
async def graphql_url(service_url: str, database: Database) -> str:
    """Where the running service answers, once it has the tenant `audits`."""
    await database.add_tenant(TENANT, "Audits")
    return f"{service_url}/graphql"


@pytest.fixture
async def client(graphql_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, in that tenant."""
    base, headers = graphql_url.removesuffix("/graphql"), {"x-cx-tenant": TENANT}
    async with httpx.AsyncClient(base_url=base, headers=headers) as opened:
        yield opened
