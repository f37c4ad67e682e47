"""What do tests of telemetry stand on? The application in this process, and a receiver behind a socket."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette

from infra.app import Application
from infra.database import Database
from infra.settings import Settings
from tests.ground import add_tenant
from tests.telemetry.receiver import Receiver, Told, receiving

LOG = """mutation Log($input: InteractionLogInput!) { interactionLog(input: $input) {
    interaction { id subject } userErrors { code } } }"""
NAMES = "query Names($first: Int) { customers(first: $first) { nodes { displayName } } }"


@dataclass(slots=True)
class Followed:
    """A running application with its receiver, and a tenant to ask as."""

    application: Application
    receiver: Receiver
    client: httpx.AsyncClient
    tenant: str

    async def ask(self, source: str, traceparent: str = "", **variables: object) -> httpx.Response:
        """Send an operation."""
        headers = {"x-cx-tenant": self.tenant, **({"traceparent": traceparent} if traceparent else {})}
        body = {"query": source, "variables": variables}
        return await self.client.post("/graphql", json=body, headers=headers)

    async def trace(self, trace_id: str, spans: int) -> list[Told]:
        """Return a trace once so many of its spans arrived."""
        return await asyncio.to_thread(self.receiver.trace, trace_id, lambda found: len(found) >= spans)


def parent() -> tuple[str, str]:
    """Return a new trace's id, and a sampled traceparent in it."""
    trace = secrets.token_hex(16)
    return trace, f"00-{trace}-{secrets.token_hex(8)}-01"


@asynccontextmanager
async def followed_application(
    database_url: str, database: Database, trace_share: float, *, works: bool = False
) -> AsyncIterator[Followed]:
    """Run the application with a receiver; one that `works` relays and does its periodic work."""
    tenant = f"canary-tenant-{secrets.token_hex(4)}"
    await add_tenant(database, tenant)
    with receiving() as receiver:
        settings = Settings(
            telemetry_endpoint=receiver.url,
            telemetry_seconds=0.5,
            relay=works,
            periodic_work=works,
            trace_share=trace_share,
        )
        application = Application(settings, database_url)
        async with application._lifespan(Starlette()):
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url="http://cx") as client:
                yield Followed(application, receiver, client, tenant)


@pytest.fixture
async def followed(database_url: str, database: Database) -> AsyncIterator[Followed]:
    """An application of which nothing is kept but what a client asks to be kept."""
    async with followed_application(database_url, database, trace_share=0.0) as running:
        yield running


def values(receiver: Receiver) -> str:
    """Return every attribute that arrived, as one text."""
    return json.dumps([[span.name, span.facts] for span in receiver.spans]) + json.dumps(receiver.metrics)
