"""Do subscriptions meet the same limits as requests, by whichever way they come?"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from infra.admission import Priority
from infra.database import Database
from service.ground.actor import Actor
from tests.ground import Make
from tests.http.attacks.documents import DOCUMENTS
from tests.infra.relaying import tell
from tests.infra.replicas import Replica, client, crowded, replica

ALL = "subscription { events { id type } }"
HASH = hashlib.sha256(ALL.encode()).hexdigest()
OTHER = "subscription { events { type } }"
LARGE = "{ customers(first: 90) { nodes { id } } }"
SMALL = "{ __typename }"
LEFT = "{ rateLimit { remaining } }"
POINTS = 1_000
"""What a tenant here may have saved up; nothing comes back while a test runs."""
VIEWER = {"x-cx-roles": "viewer"}

Headers = Mapping[str, str]
Told = Mapping[str, Any] | None
Ask = Callable[[Replica, Headers, Mapping[str, Any]], Awaitable[Told]]


async def by_socket(service: Replica, headers: Headers, stated: Mapping[str, Any]) -> Told:
    """Begin a subscription over a WebSocket; return its error, None where events may come."""
    async with client(service.address, **headers) as socket:
        await socket.init()
        await socket.say(id="1", type="subscribe", payload=stated)
        hearing = asyncio.create_task(socket.hear())
        beginning = asyncio.create_task(until_subscribed(service, 1))
        await asyncio.wait({hearing, beginning}, return_when=asyncio.FIRST_COMPLETED)
        beginning.cancel()
        if not hearing.done():
            hearing.cancel()
            return None
        assert hearing.result()["type"] == "error"
        error: Mapping[str, Any] = hearing.result()["payload"][0]
        return error


async def by_stream(service: Replica, headers: Headers, stated: Mapping[str, Any]) -> Told:
    """Begin a subscription as a stream of events; return its error, None where events may come."""
    accepting = {**headers, "accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(headers=accepting) as http,
        http.stream("POST", service.url, json=stated) as stream,
    ):
        assert stream.headers["x-content-type-options"] == "nosniff"
        if stream.headers["content-type"].startswith("text/event-stream"):
            return None
        error: Mapping[str, Any] = orjson.loads(await stream.aread())["errors"][0]
    later = error["extensions"].get("retryAfter")
    assert stream.headers.get("retry-after") == (None if later is None else str(later))
    return error


def subscribers(service: Replica) -> int:
    assert service.application.subscriptions is not None
    return service.application.subscriptions.subscribers


async def remaining(service: Replica, actor: Actor) -> int:
    """Return the points that a tenant has left."""
    async with httpx.AsyncClient(headers={"x-cx-tenant": actor.tenant_key}) as http:
        answer = await http.post(service.url, json={"query": LEFT})
    found: int = answer.json()["data"]["rateLimit"]["remaining"]
    return found


async def spend(service: Replica, actor: Actor) -> None:
    """Ask until not even the smallest question can be paid."""
    async with httpx.AsyncClient(headers={"x-cx-tenant": actor.tenant_key}) as http:
        await http.post(service.url, json={"query": SMALL})  # planned while that can be paid
        for query in (LARGE, SMALL):
            while (await http.post(service.url, json={"query": query})).is_success:
                continue


async def until_subscribed(service: Replica, number: int) -> None:
    while subscribers(service) < number:  # noqa: ASYNC110 - the service counts them, not the test
        await asyncio.sleep(0.01)


def code(told: Told) -> str | None:
    return told["extensions"]["code"] if told else None


BY_EACH = pytest.mark.parametrize("ask", [by_socket, by_stream])


@pytest.fixture(scope="module")
async def trusting(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replica]:
    """A service that answers one document only."""
    manifest: Path = tmp_path_factory.mktemp("trusted") / "manifest.json"
    manifest.write_bytes(orjson.dumps({HASH: ALL}))
    async with replica(database_url, trusted_documents=manifest, only_trusted_documents=True) as found:
        yield found


@BY_EACH
async def test_only_trusted_documents_are_waited_for(trusting: Replica, actor: Actor, ask: Ask) -> None:
    tenant = {"x-cx-tenant": actor.tenant_key}
    for named in ({"documentId": HASH}, {"documentId": f"sha256:{HASH}"}, {"query": ALL}):
        assert await ask(trusting, {**tenant, **VIEWER}, named) is None

    refused = await ask(trusting, {**tenant, **VIEWER}, {"query": OTHER})

    assert code(refused) == "DOCUMENT_NOT_TRUSTED"
    assert await ask(trusting, tenant, {"query": OTHER}) is None


@BY_EACH
async def test_a_hash_that_nobody_knows_is_told(trusting: Replica, actor: Actor, ask: Ask) -> None:
    tenant = {"x-cx-tenant": actor.tenant_key}

    assert code(await ask(trusting, tenant, {"documentId": "0" * 64})) == "DOCUMENT_NOT_FOUND"


@pytest.fixture
async def metered(database_url: str) -> AsyncIterator[Replica]:
    """A service where a tenant has few points."""
    async with replica(database_url, points_saved=POINTS, points_per_second=0.001) as found:
        yield found


@BY_EACH
async def test_beginning_costs_points_and_nothing_begins_without(
    metered: Replica, make_actor: Make, ask: Ask
) -> None:
    actor = await make_actor()
    tenant = {"x-cx-tenant": actor.tenant_key}
    before = await remaining(metered, actor)

    assert await ask(metered, tenant, {"query": OTHER}) is None

    # The operation and its event cost a point each, planning the event's two fields 20 for each of 3 parts.
    assert before - await remaining(metered, actor) == 2 + 60 + 2
    await spend(metered, actor)
    refused = await ask(metered, tenant, {"query": ALL})
    assert refused is not None
    assert code(refused) == "RATE_LIMITED"
    assert refused["extensions"]["retryAfter"] >= 1


@BY_EACH
async def test_who_begins_while_all_places_are_taken_is_told_to_come_back(
    database_url: str, actor: Actor, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = {"x-cx-tenant": actor.tenant_key}
    async with crowded(database_url, monkeypatch) as (service, gate):
        tickets = [await gate.enter(Priority.MUTATION, 60) for _ in range(gate.places)]
        refused = await ask(service, tenant, {"query": ALL})
        for ticket in tickets:
            gate.leave(ticket)
        accepted = await ask(service, tenant, {"query": ALL})

    assert refused is not None
    assert (code(refused), refused["extensions"]["retryAfter"]) == ("OVERLOADED", 1)
    assert accepted is None


@BY_EACH
async def test_a_text_that_cannot_be_kept_is_refused(metered: Replica, actor: Actor, ask: Ask) -> None:
    stated = {"query": ALL, "variables": {"unused": "\0"}}
    if ask is by_stream:
        told = await ask(metered, {"x-cx-tenant": actor.tenant_key}, stated)
        assert code(told) == "BAD_USER_INPUT"
        return
    async with client(metered.address, actor.tenant_key) as socket:
        await socket.init()
        await socket.say(id="1", type="subscribe", payload=stated)

        assert await socket.closed() == (4400, "A text cannot contain the character U+0000.")


async def test_each_event_costs_what_showing_it_costs_once_for_all_who_see_it_alike(
    metered: Replica, make_actor: Make, database: Database
) -> None:
    actor = await make_actor()
    async with client(metered.address, actor.tenant_key) as socket:
        await socket.init()
        for id_ in ("1", "2", "3"):
            await socket.subscribe(id_, OTHER)
        await until_subscribed(metered, 3)
        before = await remaining(metered, actor)
        await tell(database, actor, "team.created")
        for _ in range(3):
            assert (await socket.hear())["type"] == "next"

        assert before - await remaining(metered, actor) == 2 + 2  # the event, and asking what is left


async def test_a_subscription_ends_when_nobody_can_pay_for_its_events(
    metered: Replica, make_actor: Make, database: Database
) -> None:
    actor = await make_actor()
    async with client(metered.address, actor.tenant_key) as socket:
        await socket.init()
        await socket.subscribe("1", OTHER)
        await until_subscribed(metered, 1)
        await spend(metered, actor)
        await tell(database, actor, "team.created")
        heard = await socket.hear()

    assert (heard["id"], heard["type"]) == ("1", "error")
    assert heard["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert heard["payload"][0]["extensions"]["retryAfter"] >= 1


async def test_no_hostile_document_closes_the_socket_or_goes_unanswered(
    trusting: Replica, actor: Actor
) -> None:
    async with client(trusting.address, actor.tenant_key) as socket:
        await socket.init()
        for name, generator in DOCUMENTS.items():
            await socket.subscribe(name, generator(500)[:100_000])
            heard = await socket.hear()
            assert (heard["id"], heard["type"]) == (name, "error")
            assert all("code" in error["extensions"] for error in heard["payload"])
        await socket.settled()
