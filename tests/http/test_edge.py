"""What does an answer look like from outside, and which time has a client for what it does?"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import orjson
import pytest

from infra.app import GRAPHQL
from infra.bearer_tokens import Issuer
from infra.database import Database
from infra.settings import Environment, Introspection, Settings
from service.ground.doors import Unreachable
from tests.http.asgi import living
from tests.http.conftest import TENANT

JSON = "application/json"
ORIGIN = "https://cx.example"
TRUSTED = "query Trusted { customers { totalCount } }"
HASH = hashlib.sha256(TRUSTED.encode()).hexdigest()
VIEWER = {"x-cx-roles": "viewer"}
SLOW = "SELECT pg_sleep(60)"


@contextlib.asynccontextmanager
async def serving(settings: Settings, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Runs the application in this process, with its lifespan, and lets a client ask it."""
    async with living(settings, url) as application:
        transport, base = httpx.ASGITransport(application, raise_app_exceptions=False), "http://cx.test"
        headers = {"x-cx-tenant": TENANT}
        async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as client:
            yield client


@pytest.fixture
async def tenant(database: Database) -> None:
    """The tenant that is asked."""
    await database.add_tenant(TENANT, "Audits")


async def ask(client: httpx.AsyncClient, body: object, **headers: str) -> httpx.Response:
    return await client.post(GRAPHQL, content=orjson.dumps(body), headers={"content-type": JSON, **headers})


async def test_every_answer_protects_itself(client: httpx.AsyncClient) -> None:
    for response in (
        await client.post(GRAPHQL, json={"query": "{__typename}"}),
        await client.post(GRAPHQL, content=b"{"),
        await client.get("/nowhere"),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "server" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/explorer/static/nothing.js", 404, "NOT_FOUND"),
        ("DELETE", "/livez", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/graphql", 405, "BAD_REQUEST"),
    ],
)
async def test_what_no_page_answers_is_answered_in_json(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)

    assert response.status_code == status
    assert response.headers["content-type"].startswith(JSON)
    assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_a_page_that_fails_is_masked_and_can_be_found_by_the_callers_trace(
    database_url: str, tenant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Database) -> bool:
        raise RuntimeError("postgresql://user:hunter2@db")

    monkeypatch.setattr(Database, "answers", broken)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with serving(Settings(periodic_work=False), database_url) as client:
        response = await client.get("/readyz", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})

    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"] == {"code": "INTERNAL", "traceId": trace}
    assert "hunter2" not in response.text


async def test_pages_of_other_origins_are_told_nothing_unless_a_setting_names_them(
    database_url: str, tenant: None
) -> None:
    settings = Settings(cors_origins=f"{ORIGIN},https://other.example", periodic_work=False)
    async with serving(settings, database_url) as client:
        preflight = await client.options(GRAPHQL, headers={"origin": ORIGIN})
        asked = await ask(client, {"query": "{__typename}"}, origin=ORIGIN)
        foreign = await ask(client, {"query": "{__typename}"}, origin="https://evil.example")
        foreign_preflight = await client.options(GRAPHQL, headers={"origin": "https://evil.example"})

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert "x-cx-tenant" in preflight.headers["access-control-allow-headers"]
    assert asked.headers["access-control-allow-origin"] == ORIGIN
    assert asked.headers["cross-origin-resource-policy"] == "cross-origin"
    assert asked.headers["vary"] == "origin"
    for response in (foreign, foreign_preflight):
        assert "access-control-allow-origin" not in response.headers
        assert response.headers["vary"] == "origin"


async def test_a_cost_is_told_only_when_a_header_asks(client: httpx.AsyncClient) -> None:
    silent = await ask(client, {"query": "{ customers { nodes { id } } }"})
    told = await ask(client, {"query": "{ customers { nodes { id } } }"}, **{"x-cx-cost": "1"})

    assert "extensions" not in silent.json()
    assert told.json() == {**silent.json(), "extensions": {"cost": {"requested": 22}}}


async def test_who_has_no_points_left_is_told_when_to_come_back(database_url: str, tenant: None) -> None:
    settings = Settings(points_per_second=1, points_saved=1000, periodic_work=False)
    async with serving(settings, database_url) as client:
        statuses = [
            (await ask(client, {"query": "{ customers(first: 100) { nodes { id } } }"})) for _ in range(12)
        ]

    refused = statuses[-1]
    assert statuses[0].status_code == 200
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert int(refused.headers["retry-after"]) == refused.json()["errors"][0]["extensions"]["retryAfter"] > 1


async def test_only_trusted_documents_are_answered_where_a_setting_says_so(
    database_url: str, tenant: None, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(orjson.dumps({f"sha256:{HASH}": TRUSTED}))
    settings = Settings(trusted_documents=manifest, only_trusted_documents=True, periodic_work=False)
    async with serving(settings, database_url) as client:
        for named in (
            {"documentId": HASH},
            {"documentId": f"sha256:{HASH}"},
            {"query": TRUSTED},
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}},
        ):
            assert (await ask(client, named)).json() == {"data": {"customers": {"totalCount": 0}}}
        by_url = await client.get(GRAPHQL, params={"documentId": HASH})
        other = await ask(client, {"query": "{ customers { totalCount } }"}, **VIEWER)
        freely = await ask(client, {"query": "{ customers { totalCount } }"})

    assert by_url.json() == {"data": {"customers": {"totalCount": 0}}}
    assert freely.json() == by_url.json()
    assert other.status_code == 400
    assert other.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


@pytest.mark.parametrize(
    ("audience", "role", "shown"),
    [
        (Introspection.EVERYBODY, "viewer", True),
        (Introspection.SCOPED, "administrator", True),
        (Introspection.SCOPED, "viewer", False),
        (Introspection.NOBODY, "administrator", False),
    ],
)
async def test_the_schema_and_the_explorer_are_shown_to_who_may_see_them(
    database_url: str, tenant: None, audience: Introspection, role: str, *, shown: bool
) -> None:
    settings = Settings(introspection=audience, periodic_work=False)
    async with serving(settings, database_url) as client:
        for source in ("{ __schema { queryType { name } } }", '{ a: __type(name: "Query") { name } }'):
            response = await ask(client, {"query": source}, **{"x-cx-roles": role})
            assert ("data" in response.json()) is shown
        assert (await ask(client, {"query": "{ __typename }"})).json() == {"data": {"__typename": "Query"}}
        page = await client.get("/", headers={"x-cx-roles": role})
        assert (page.status_code, "data-about" in page.text) == ((200, True) if shown else (404, False))


async def test_production_shows_the_explorer_to_nobody_who_does_not_say_who_asks(database_url: str) -> None:
    issuer = Issuer(issuer="https://login.example/", audience="cx", jwks_url="https://login.example/keys")
    settings = Settings(environment=Environment.PRODUCTION, issuers=(issuer,), periodic_work=False)
    async with serving(settings, database_url) as client:
        pages = [await client.get("/"), await client.get("/", headers={"authorization": "Bearer x"})]

    assert [(page.status_code, page.json()["errors"][0]["extensions"]["code"]) for page in pages] == [
        (404, "NOT_FOUND"),
        (404, "NOT_FOUND"),
    ]


async def test_a_read_that_takes_too_long_is_stopped_in_the_database_too(
    database_url: str, database: Database, tenant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = _sleeping(monkeypatch)
    async with serving(Settings(periodic_work=False), database_url) as client:
        response = await ask(
            client, {"query": "{ customers { totalCount } }"}, **{"x-request-timeout": "0.2"}
        )

    assert response.status_code == 504
    assert response.json()["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
    assert asleep == [SLOW]
    assert await _nobody_sleeps(database)


async def test_a_write_that_takes_too_long_is_undone_by_postgresql(
    database_url: str, database: Database, tenant: None
) -> None:
    write = """mutation { customerUpsert(input: {match: {email: "late@example.org"}}) {
        outcome userErrors { code } } }"""
    locked = await asyncpg.connect(database_url)
    async with serving(Settings(periodic_work=False), database_url) as client:
        async with locked.transaction():
            await locked.execute("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE")
            response = await ask(client, {"query": write}, **{"x-request-timeout": "0.3"})
        count = await ask(client, {"query": '{ customer(ref: {email: "late@example.org"}) { id } }'})
    await locked.close()

    assert response.json() == {
        "data": {"customerUpsert": {"outcome": None, "userErrors": [{"code": "LIMIT_EXCEEDED"}]}}
    }
    assert count.json() == {"data": {"customer": None}}


async def test_a_database_that_is_gone_is_told_as_such(
    database_url: str, tenant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> bytes:
        raise Unreachable

    async with serving(Settings(periodic_work=False), database_url) as client:
        await ask(client, {"query": "{__typename}"})
        monkeypatch.setattr(Database, "read", gone)
        response = await ask(client, {"query": "{ customers { totalCount } }"})

    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_a_client_that_goes_away_stops_its_read_in_the_database(
    service_url: str, database: Database, graphql_url: str
) -> None:
    port = int(service_url.rpartition(":")[2])
    locked = await database.pool.acquire()
    async with locked.transaction():
        await locked.execute("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE")
        body = orjson.dumps({"query": "{ customers { totalCount } }"})
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: {JSON}\r\nx-cx-tenant: {TENANT}\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        assert await _until(database, 1)

        writer.close()

        assert await _until(database, 0)
    await database.pool.release(locked)


async def _until(database: Database, waiting: int) -> bool:
    """Wait until so many statements of the service wait for a lock."""
    waits = "wait_event_type = 'Lock' AND datname = current_database()"
    counted = f"SELECT count(*) FROM pg_stat_activity WHERE {waits}"  # noqa: S608 - a constant
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if await database.pool.fetchval(counted) == waiting:
            return True
        await asyncio.sleep(0.02)
    return False


def _sleeping(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every read sleep for a minute instead."""
    asleep: list[str] = []

    async def run(self: Database, sql: str, arguments: object) -> list[bytes]:
        del sql, arguments
        asleep.append(SLOW)
        async with self.pool.acquire() as connection:
            await connection.execute(SLOW)
        return []

    monkeypatch.setattr(Database, "_run", run)
    return asleep


async def _nobody_sleeps(database: Database) -> bool:
    counted = "SELECT count(*) FROM pg_stat_activity WHERE query = $1 AND state = 'active'"
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if await database.pool.fetchval(counted, SLOW) == 0:
            return True
        await asyncio.sleep(0.02)
    return False
