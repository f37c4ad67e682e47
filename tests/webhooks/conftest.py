"""What do tests of webhooks stand on? The graph with keys, and events handed over as the relay does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from infra.database import Database
from infra.webhooks.sender import Limits, Sender
from infra.webhooks.worker import Pace, Worker
from schema import graph as chapters
from schema.execution import Graph
from service.ground.actor import Actor
from service.ground.events import OutboxEvent
from service.webhooks import accept, claims
from service.webhooks.endpoints import Terms
from service.webhooks.signing import SecretKeys
from tests.ground import Answering

QUICK = Pace(waits=(0.02,) * 40, failures=1000)
LIMITS = Limits(connect_seconds=2.0, whole_seconds=1.0)
DOCUMENT = "query($subject: ID!) { node(id: $subject) { ... on Customer { id displayName } } }"
REGISTER = """mutation($input:WebhookRegisterInput!){webhookRegister(input:$input){secret
endpoint{id} userErrors{code message field}}}"""


@dataclass(slots=True)
class Post:
    """Carries events of one tenant to whoever is to be told, as the relay and the worker do."""

    database: Database
    graph: Graph
    actor: Actor
    keys: SecretKeys

    async def accept(self) -> int:
        """Hand every event of the outbox over, in order; return how many deliveries are new."""
        system = self.actor.as_system()
        async with self.database.work(system) as session:
            return await accept(session, await session.find(OutboxEvent))

    def worker(self, pace: Pace = QUICK, sender: Sender | None = None) -> Worker:
        """Return a worker."""
        sender = sender or Sender(development=True, limits=LIMITS)
        return Worker(self.graph, self.keys, sender, pace)

    async def send(self, pace: Pace = QUICK, sender: Sender | None = None) -> None:
        """Send what is due now."""
        await self.worker(pace, sender).run(self.database, self.actor.as_system())

    async def send_all(self, pace: Pace = QUICK, *, rounds: int = 500) -> None:
        """Send until nothing waits."""
        worker = self.worker(pace)
        for _ in range(rounds):
            await worker.run(self.database, self.actor.as_system())
            if not await self.waiting():
                return
            await asyncio.sleep(0.02)
        pytest.fail("deliveries still wait")

    async def waiting(self) -> int:
        """Return how many deliveries wait."""
        return await self.count("PENDING")

    async def count(self, status: str) -> int:
        """Return how many deliveries have come so far."""
        sql = "SELECT count(*) AS n FROM webhook_delivery WHERE tenant_id = $1 AND status = $2"
        rows = await self.database.within(self.actor.tenant_id, sql, self.actor.tenant_id, status)
        found: int = rows[0]["n"]
        return found

    async def due(self) -> list[claims.Due]:
        """Return the endpoints that have something to be sent."""
        async with self.database.work(self.actor) as session:
            return await claims.due(session)


@pytest.fixture(scope="session")
def keys() -> SecretKeys:
    return SecretKeys([b"a key of thirty-two characters, or more"])


@pytest.fixture(scope="session")
def graph(database: Database, keys: SecretKeys) -> Graph:
    def report(error: BaseException) -> str:
        raise error

    return Graph(chapters.build(), database, report, webhooks=Terms(keys, development=True))


@pytest.fixture
def post(database: Database, graph: Graph, actor: Actor, keys: SecretKeys) -> Post:
    return Post(database, graph, actor, keys)


Register = Callable[..., Awaitable[tuple[str, str]]]


@pytest.fixture
def register(ask: Answering) -> Register:
    """Registers an endpoint; returns its id and its secret."""

    async def registered(url: str, *types: str, document: str = DOCUMENT) -> tuple[str, str]:
        wish = {"url": url, "eventTypes": list(types or ("customer.*",)), "document": document}
        done = (await ask(REGISTER, input=wish))["webhookRegister"]
        assert done["userErrors"] == []
        return done["endpoint"]["id"], done["secret"]

    return registered


async def name_customer(ask: Answering, key: str, name: str) -> str:
    """Make a customer, or name the one with this key anew; return its id."""
    source = """mutation($input:CustomerUpsertInput!){customerUpsert(input:$input){customer{id}
    userErrors{code message}}}"""
    wish = {"match": {"externalId": {"system": "crm", "value": key}}, "displayName": name}
    done = (await ask(source, input=wish))["customerUpsert"]
    assert done["userErrors"] == [], done
    id_: str = done["customer"]["id"]
    return id_
