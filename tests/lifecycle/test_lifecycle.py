"""Is a process that stops, or whose database is away, a matter of seconds and of nobody's requests?"""

import secrets
import signal

import httpx
import pytest
from starlette.types import Message

from infra.database import Database
from infra.draining import Draining, closing
from tests.ground import add_tenant
from tests.lifecycle.outage import endure
from tests.lifecycle.replicas import QUESTION, Replica, roll


@pytest.fixture
async def tenant(database: Database) -> str:
    """A tenant that every replica knows."""
    key = f"tenant-{secrets.token_hex(6)}"
    await add_tenant(database, key)
    return key


@pytest.mark.slow
async def test_rolling_restarts_under_load_fail_no_request(database_url: str, tenant: str) -> None:
    running = await roll(database_url, tenant, times=2)

    assert running.failures == []
    assert running.answered > 50


@pytest.mark.slow
async def test_without_a_database_the_service_lives_says_so_and_comes_back(
    database_url: str, tenant: str
) -> None:
    seen = await endure(database_url, tenant, seconds=2)

    assert (seen.live, seen.ready) == ({200}, {503})
    assert (seen.reads, seen.writes) == ({503}, {503})
    assert (seen.after, seen.same_process) == (200, True)


@pytest.mark.slow
async def test_a_process_that_is_told_to_stop_is_unready_and_still_answers(
    database_url: str, tenant: str
) -> None:
    replica = Replica(database_url, environment={"CXGRAPH_PAUSE_SECONDS": "3"})
    await replica.start()
    assert replica.process is not None
    async with httpx.AsyncClient(base_url=replica.url, trust_env=False) as client:
        client.headers["x-cx-tenant"] = tenant
        kept = await client.post("/graphql", json=QUESTION)
        replica.process.send_signal(signal.SIGTERM)
        for _ in range(100):
            if not await replica.is_ready():
                break
        answer = await client.post("/graphql", json=QUESTION)
        assert (await replica.status("/livez"), await replica.status("/readyz")) == (200, 503)
    assert (kept.status_code, kept.headers.get("connection")) == (200, None)
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")
    assert await replica.stop() == 0
    assert await replica.status("/livez") == 0


async def test_who_listens_for_long_is_told_after_the_pause() -> None:
    draining, told = Draining(), []

    async def farewell() -> None:
        told.append(draining.begun)

    draining.tell(farewell)
    await draining.drain(pause=60, hurry=lambda: True)

    assert told == [True]


async def test_an_answer_of_a_process_that_stops_closes_its_connection() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await closing(send)({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    assert sent[0]["headers"] == [(b"a", b"b"), (b"connection", b"close")]
