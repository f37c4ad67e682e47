"""What does a test of the graph stand on? A tenant of its own, and the whole graph over a real database.

The graph stands behind the walls between tenants, the test above them: `database.pool` is the owner's.
"""

import asyncio
import secrets
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import UUID

import orjson
import pytest

from infra.database import Database, opened
from schema import graph as chapters
from schema.execution import Graph, Request
from service.customers.tables import Tenant
from service.ground.actor import Actor, ActorKind
from service.ground.keys import uuid7
from service.ground.scopes import EVERY
from tests.statements import Heard, overheard

Make = Callable[[], Awaitable[Actor]]


class Answering(Protocol):
    """Sends an operation with its variables to the graph, as the actor of the test."""

    async def __call__(self, source: str, **variables: object) -> dict[str, Any]:
        """Return what the graph answered."""


class Watched(Database):
    """The service's database, with a pool beside it that sees what all tenants have."""

    def __init__(self, service: Database, owner: Database) -> None:
        """Answer through the service's pool, show the owner's."""
        vars(self).update(vars(service))
        self.pool = owner.pool
        self.add_tenant = owner.add_tenant  # type: ignore[method-assign]  # the service may not make tenants


@asynccontextmanager
async def watched(url: str, *, largest: int = 8) -> AsyncIterator[Watched]:
    """Open a database as the service does, and as its owner does."""
    async with opened(url, largest=largest) as service, opened(url, role=None, largest=largest) as owner:
        yield Watched(service, owner)


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """The service's own pool on the database of this worker."""
    async with watched(database_url) as open_database:
        yield open_database


@pytest.fixture(scope="session")
def graph(database: Database) -> Graph:
    """The whole graph; what goes wrong unexpectedly is printed with its trace id."""
    return Graph(chapters.build(), database, _print)


@pytest.fixture(scope="session")
async def heard(database: Database) -> AsyncIterator[Heard]:
    """Everything that the pool's connections send."""
    async with overheard(database) as listening:
        yield listening


@pytest.fixture
def make_actor(database: Database) -> Make:
    """Makes a tenant that has nothing yet, and someone who acts in it."""

    async def make() -> Actor:
        key = f"tenant-{secrets.token_hex(8)}"
        return Actor(await add_tenant(database, key), key, "someone", ActorKind.HUMAN, EVERY)

    return make


@pytest.fixture
async def actor(make_actor: Make) -> Actor:
    """Someone who acts in a tenant of this test alone."""
    return await make_actor()


@pytest.fixture
def tenant(actor: Actor) -> Tenant:
    """The tenant of this test alone."""
    return Tenant(id=actor.tenant_id, key=actor.tenant_key, name=actor.tenant_key)


@pytest.fixture
async def stranger(make_actor: Make) -> Actor:
    """Someone who acts in another tenant."""
    return await make_actor()


@pytest.fixture
def answer(graph: Graph, actor: Actor) -> Answering:
    """Returns the whole response, errors included."""

    async def whole(source: str, **variables: object) -> dict[str, Any]:
        response = await graph.answer(Request(source, variables=variables), actor)
        await asyncio.sleep(0)  # the driver tells those who listen to its statements a turn later
        found: dict[str, Any] = orjson.loads(response.body)
        return found

    return whole


@pytest.fixture
def ask(answer: Answering) -> Answering:
    """Returns the data of a response that must have no errors."""

    async def data(source: str, **variables: object) -> dict[str, Any]:
        response = await answer(source, **variables)
        assert "errors" not in response, response["errors"]
        found: dict[str, Any] = response["data"]
        return found

    return data


async def add_tenant(database: Database, key: str) -> UUID:
    """Insert a tenant and return its id."""
    id_ = uuid7()
    await database.pool.execute("INSERT INTO tenant (id, key, name) VALUES ($1, $2, $2)", id_, key)
    return id_


def _print(error: BaseException) -> str:
    traceback.print_exception(error)  # pytest shows it beside the failure
    return "trace"
