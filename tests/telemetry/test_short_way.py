"""Is what is answered at once followed as everything else is?"""

import asyncio
import secrets

import httpx
import pytest

from infra.database import Database
from infra.telemetry import meters, names
from tests.ground import add_tenant
from tests.infra.replicas import replica
from tests.telemetry.conftest import LOG, NAMES, parent
from tests.telemetry.receiver import receiving


@pytest.mark.parametrize(
    ("asked", "spans"),
    [({"query": NAMES}, 3), ({"query": LOG, "variables": {"input": {"channel": "CHAT"}}}, 4)],
    ids=["a query", "a mutation"],
)
async def test_what_is_answered_at_once_is_the_same_trace(
    database_url: str, database: Database, asked: dict[str, object], spans: int
) -> None:
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
                await client.post(running.url, json=asked)
            for short_way in (running.application._short_way, None):
                running.application._short_way = short_way
                trace, traceparent = parent()
                await client.post(running.url, json=asked, headers={"traceparent": traceparent})
                found = await asyncio.to_thread(receiver.trace, trace, lambda told: len(told) >= spans)
                traces.append((traceparent, found))

    (at_once, short), (the_long_way, long) = traces
    assert at_once != the_long_way
    assert [(one.kind, one.name, one.facts, one.status) for one in short] == [
        (one.kind, one.name, one.facts, one.status) for one in long
    ]
    server, operation = short[:2]
    statement = short[-1]
    assert [server.parent, operation.parent] == [at_once.split("-")[2], server.id]
    assert statement.parent == operation.id
    assert server.begun <= operation.begun <= statement.begun <= statement.ended <= server.ended


async def test_each_request_is_counted_once_on_either_way(database_url: str, database: Database) -> None:
    tenant = f"canary-tenant-{secrets.token_hex(4)}"
    await add_tenant(database, tenant)
    unknown = {"query": "query($id: ID!) { customer(ref: {id: $id}) { id } }", "variables": {"id": "none"}}
    log = {"query": LOG, "variables": {"input": {"channel": "CHAT"}}}
    with receiving() as receiver:
        async with (
            replica(database_url, relay=False, telemetry_endpoint=receiver.url, trace_share=0.5) as running,
            httpx.AsyncClient(headers={"x-cx-tenant": tenant}) as client,
        ):
            await client.post(running.url, json={"query": NAMES})
            short_way = running.application._short_way
            for running.application._short_way in (short_way, None):
                before = counted()
                for _ in range(20):
                    for asked in ({"query": NAMES}, unknown, log):
                        await client.post(running.url, json=asked)
                gained = [now - then for now, then in zip(counted(), before, strict=True)]
                assert gained == [60, 20, 20, 20]
                assert meters.gauge(names.HTTP_ACTIVE).points == {(): 0}


def counted() -> list[int]:
    """Return how many requests were answered, and operations found, were refused, or written."""
    operations = meters.histogram(names.GRAPHQL_DURATION)
    kinds = [("query", "ok"), ("query", "invalid"), ("mutation", "ok")]
    answered = meters.histogram(names.HTTP_DURATION).of("POST", "/graphql", "200")
    return [sum(one.read()[0]) for one in (answered, *(operations.of(*kind) for kind in kinds))]


async def test_an_error_that_nobody_expected_names_its_trace(database_url: str, database: Database) -> None:
    tenant = f"canary-tenant-{secrets.token_hex(4)}"
    await add_tenant(database, tenant)

    def broken(*_: object) -> asyncio.Future[bytes]:
        answer = asyncio.get_running_loop().create_future()
        answer.set_exception(RuntimeError("canary"))
        return answer

    with receiving() as receiver:
        told = {"telemetry_endpoint": receiver.url, "telemetry_seconds": 0.5, "trace_share": 1.0}
        async with (
            replica(database_url, relay=False, **told) as running,
            httpx.AsyncClient(headers={"x-cx-tenant": tenant}) as client,
        ):
            await client.post(running.url, json={"query": NAMES})
            graph = running.application._short_way._graph  # type: ignore[union-attr]
            graph.doors._reads.ask = broken
            answer = await client.post(running.url, json={"query": NAMES})
            trace = answer.json()["errors"][0]["extensions"]["traceId"]
            found = await asyncio.to_thread(receiver.trace, trace, lambda told: len(told) >= 2)

    assert answer.status_code == 500
    assert {one.facts.get("error.type") for one in found} == {"500", "_OTHER"}
