"""Are mutations answered at once as safely as on the long way?"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from infra.admission import Priority
from infra.database import Database
from service.ground.actor import Actor
from service.ground.idempotency import Claim
from service.ground.session import Session
from tests.http.talk import ASK, TENANT, WRITE, Talk, request, talking, until

KEPT = "SELECT count(*) FROM customer WHERE email = $1"


@dataclass(slots=True)
class Held:
    """A write that has begun and does not go on until it may."""

    email: str = field(default_factory=lambda: f"{secrets.token_hex(6)}@example.org")
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin the write, and go away."""
        database = talk.replica.application._health.database
        assert database is not None
        work = database.work

        @asynccontextmanager
        async def held(actor: Actor, claim: Claim | None) -> AsyncIterator[Session]:
            self.begun.set()
            await self.goes_on.wait()
            async with work(actor, claim) as session:
                yield session

        monkeypatch.setattr(database, "work", held)
        talk.writer.write(request({"query": WRITE.replace("short@example.org", self.email)}))
        await self.begun.wait()
        assert talk.at_once == [True]
        talk.writer.close()
        await talk.writer.wait_closed()

    async def is_kept(self, database: Database) -> bool:
        """Whether it was kept."""
        tenant_id = await database.tenant_id(TENANT)
        assert tenant_id is not None
        [row] = await database.within(tenant_id, KEPT, self.email)
        return bool(row[0])


async def test_a_client_that_goes_away_does_not_stop_its_write(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Held()
    async with talking(database_url, database) as talk:
        await write.ask(talk, monkeypatch)
        await asyncio.sleep(0.1)
        assert not await write.is_kept(database)
        write.goes_on.set()
        await until(lambda: not talk.gate._tickets)

    assert await write.is_kept(database)


async def test_a_service_on_its_way_out_waits_for_writes_whose_client_has_gone(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Held()
    async with talking(database_url, database) as talk:
        await write.ask(talk, monkeypatch)
        server = talk.replica.server
        await until(lambda: not server.server_state.connections)
        server.should_exit = True
        await asyncio.sleep(0.5)
        assert server.server_state.tasks, "it waits"
        write.goes_on.set()

    assert await write.is_kept(database)


async def test_who_finds_no_room_is_told_so(database_url: str, database: Database) -> None:
    async with talking(database_url, database, waiting_requests=0) as talk:
        for priority, body in ((Priority.QUERY, ASK), (Priority.MUTATION, {"query": WRITE})):
            while talk.gate.has_room(priority):
                talk.gate.enter_at_once(lambda: None, priority, 60)
            answer = await talk.ask(body)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"OVERLOADED" in answer

    assert talk.at_once == [False, False]


async def test_a_mutation_still_finds_the_places_that_are_kept_for_it(
    database_url: str, database: Database
) -> None:
    async with talking(database_url, database, waiting_requests=0) as talk:
        while talk.gate.has_room(Priority.QUERY):
            talk.gate.enter_at_once(lambda: None, Priority.QUERY, 60)
        answer = await talk.ask({"query": WRITE})

    assert talk.at_once == [True]
    assert answer.startswith(b"HTTP/1.1 200 ")
