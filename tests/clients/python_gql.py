"""Python's `gql`: one page of customers after the other, checked against the served schema first."""

import asyncio
import os
from collections.abc import AsyncIterator

from gql import Client, gql
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport

CUSTOMERS = gql("""
    query Customers($after: String) {
      customers(first: 2, after: $after, orderBy: {field: NAME, direction: ASC}) {
        nodes { id displayName lifecycleStage }
        pageInfo { endCursor hasNextPage }
      }
    }
""")


async def names(session: AsyncClientSession) -> AsyncIterator[str]:
    """Yield the name of every customer."""
    after = None
    while True:
        CUSTOMERS.variable_values = {"after": after}
        page = (await session.execute(CUSTOMERS))["customers"]
        for customer in page["nodes"]:
            yield customer["displayName"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


async def main() -> None:
    """Print the names, one a line."""
    headers = {"authorization": f"Bearer {os.environ['GRAPHQL_TOKEN']}"}
    transport = HTTPXAsyncTransport(os.environ["GRAPHQL_URL"], headers=headers)
    # The schema is asked for once; a mistake in a document is then found here, before it is sent.
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        async for name in names(session):
            print(name)


if __name__ == "__main__":
    asyncio.run(main())
