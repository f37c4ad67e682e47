"""Is what is answered at once followed as everything else is?"""

import asyncio
import secrets

import httpx

from infra.database import Database
from tests.ground import add_tenant
from tests.infra.replicas import replica
from tests.telemetry.conftest import NAMES, parent
from tests.telemetry.receiver import Told, receiving


def three(found: list[Told]) -> bool:
    """Whether a trace has the spans of a read."""
    return len(found) >= 3


async def test_what_is_answered_at_once_is_the_same_trace(database_url: str, database: Database) -> None:
    tenant = f"canary-tenant-{secrets.token_hex(4)}"
    await add_tenant(database, tenant)
    traces = []
    with receiving() as receiver:
        told = {"telemetry_endpoint": receiver.url, "telemetry_seconds": 0.5, "trace_share": 0.0}
        async with (
            replica(database_url, relay=False, **told) as running,
            httpx.AsyncClient(headers={"x-cx-tenant": tenant}) as client,
        ):
            for _ in range(2):
                await client.post(running.url, json={"query": NAMES})
            for short_way in (running.application._short_way, None):
                running.application._short_way = short_way
                trace, traceparent = parent()
                await client.post(running.url, json={"query": NAMES}, headers={"traceparent": traceparent})
                traces.append((traceparent, await asyncio.to_thread(receiver.trace, trace, three)))

    (at_once, short), (the_long_way, long) = traces
    assert at_once != the_long_way
    assert [(one.kind, one.name, one.facts, one.status) for one in short] == [
        (one.kind, one.name, one.facts, one.status) for one in long
    ]
    server, operation, statement = short
    assert [server.parent, operation.parent] == [at_once.split("-")[2], server.id]
    assert statement.parent == operation.id
    assert server.begun <= operation.begun <= statement.begun <= statement.ended <= server.ended
