"""Is each subscription the root of a trace, whatever it travels over and however it ends?"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from infra.database import Database
from infra.telemetry.spans import EPOCH
from service.ground.actor import Actor
from tests.infra.relaying import tell
from tests.infra.replicas import Replica, client, replica
from tests.telemetry.conftest import parent
from tests.telemetry.receiver import Receiver, Told, receiving

ALL = "subscription Everything { events { id type } }"
WHO = "query Who { viewer { subject } }"
WRONG = "subscription { nothing }"
STREAM = {"accept": "text/event-stream"}


@dataclass(frozen=True, slots=True)
class Heard:
    """A running service, and who is told what it does."""

    service: Replica
    receiver: Receiver
    actor: Actor

    async def root(self, source: str = ALL) -> tuple[Told, list[Told]]:
        """Return the only root of a document once it arrived, and all that stands below it."""
        hashed = hashlib.sha256(source.encode()).hexdigest()
        for _ in range(1000):
            told = [one for one in self.receiver.spans if one.facts.get("graphql.document.hash") == hashed]
            if told:
                [root] = told
                return root, [one for one in self.receiver.spans if one.trace == root.trace and one != root]
            await asyncio.sleep(0.02)
        pytest.fail("nothing was told of the subscription")

    @asynccontextmanager
    async def streamed(self, source: str, **headers: str) -> AsyncIterator[AsyncIterator[str]]:
        """Read the lines of a stream of events, from its first on."""
        about = {"x-cx-tenant": self.actor.tenant_key, **STREAM, **headers}
        async with (
            httpx.AsyncClient(headers=about, timeout=30) as http,
            http.stream("POST", self.service.url, json={"query": source}) as answer,
        ):
            yield answer.aiter_lines()


@asynccontextmanager
async def heard(url: str, actor: Actor, share: float = 1.0, **settings: object) -> AsyncIterator[Heard]:
    with receiving() as receiver:
        async with replica(
            url, telemetry_endpoint=receiver.url, trace_share=share, telemetry_resource={}, **settings
        ) as service:
            yield Heard(service, receiver, actor)


@pytest.fixture
async def running(database_url: str, actor: Actor) -> AsyncIterator[Heard]:
    async with heard(database_url, actor) as found:
        yield found


def expected(transport: str, reason: str) -> dict[str, str]:
    return {
        "graphql.operation.type": "subscription",
        "graphql.document.hash": hashlib.sha256(ALL.encode()).hexdigest(),
        "cxgraph.outcome": "ok",
        "cxgraph.subscription.transport": transport,
        "cxgraph.subscription.close_reason": reason,
    }


async def test_a_subscription_over_a_socket_is_a_root_linked_to_its_handshake(
    running: Heard, database: Database
) -> None:
    trace, traceparent = parent()
    async with client(
        running.service.address, running.actor.tenant_key, traceparent=traceparent
    ) as listening:
        await (await listening.init()).subscribe("1", ALL)
        await listening.settled()
        await tell(database, running.actor, "team.created")
        assert (await listening.hear())["type"] == "next"
        await listening.say(id="1", type="complete")
        root, below = await running.root()

    assert (root.name, root.kind, root.parent) == ("subscription", Span.SPAN_KIND_INTERNAL, "")
    assert root.facts == expected("websocket", "client")
    assert root.trace != trace
    assert root.links == ((trace, traceparent.split("-")[2]),)
    assert {one.parent for one in below} <= {root.id}
    assert {one.facts["db.system.name"] for one in below} == {"postgresql"}


async def test_what_shows_an_event_is_no_part_of_the_subscription(running: Heard, database: Database) -> None:
    async with running.streamed(ALL) as lines:
        assert await anext(lines) == ":"
        live = time.perf_counter_ns() + EPOCH
        await tell(database, running.actor, "team.created")
        while not (await anext(lines)).startswith("data"):
            continue
    root, below = await running.root()

    showing = [one for one in running.receiver.spans if one.name == "process team.created"]
    assert root.facts == expected("sse", "client")
    assert root.links == ()
    assert len(showing) == 2  # the relay, and whoever shows it
    assert root.trace not in {one.trace for one in showing}
    assert all(one.ended < live for one in below)


async def test_a_refused_subscription_is_told_as_invalid(running: Heard) -> None:
    async with client(running.service.address, running.actor.tenant_key) as listening:
        await (await listening.init()).subscribe("1", WRONG)
        assert (await listening.hear())["type"] == "error"
    over_socket, _ = await running.root(WRONG)
    running.receiver.spans.clear()
    async with running.streamed(WRONG) as lines:
        assert "errors" in await anext(lines)
    over_stream, _ = await running.root(WRONG)

    for root, transport in ((over_socket, "websocket"), (over_stream, "sse")):
        assert (root.name, root.parent, root.status) == ("GraphQL Operation", "", 0)
        assert root.facts == {
            "graphql.operation.type": "_OTHER",
            "graphql.document.hash": hashlib.sha256(WRONG.encode()).hexdigest(),
            "cxgraph.outcome": "invalid",
            "cxgraph.subscription.transport": transport,
        }


async def test_draining_ends_subscriptions_in_order_and_their_spans_are_sent(
    database_url: str, actor: Actor
) -> None:
    async with heard(database_url, actor) as running:
        async with client(running.service.address, actor.tenant_key) as listening:
            await (await listening.init()).subscribe("1", ALL)
            await listening.settled()
            await running.service.application.draining.drain(0.0)
            assert (await listening.closed())[0] == 1012
        over_socket, _ = await running.root()
    async with heard(database_url, actor) as running:
        async with running.streamed(ALL) as lines:
            assert await anext(lines) == ":"
            await running.service.application.draining.drain(0.0)
            assert "GOING_AWAY" in "".join([line async for line in lines])
        over_stream, _ = await running.root()

    assert over_socket.facts == expected("websocket", "drain")
    assert over_stream.facts == expected("sse", "drain")


async def test_a_trusted_operation_is_told_by_its_name_and_no_other(
    database_url: str, actor: Actor, tmp_path: Path
) -> None:
    trusted = tmp_path / "trusted.json"
    documents = {hashlib.sha256(one.encode()).hexdigest(): one for one in (ALL, WHO)}
    trusted.write_bytes(orjson.dumps(documents))
    async with heard(database_url, actor, trusted_documents=trusted) as running:
        async with running.streamed(ALL) as lines:
            assert await anext(lines) == ":"
        async with running.streamed(WHO, accept="application/json") as lines:
            assert "subject" in await anext(lines)
        async with running.streamed(WHO.replace("Who", "Ada"), accept="application/json") as lines:
            assert "subject" in await anext(lines)
        found = [(await running.root(one))[0] for one in (ALL, WHO, WHO.replace("Who", "Ada"))]

    assert found[0].facts == expected("sse", "client") | {"graphql.operation.name": "Everything"}
    assert [one.facts.get("graphql.operation.name") for one in found] == ["Everything", "Who", None]


async def test_what_is_not_kept_is_not_told(database_url: str, actor: Actor) -> None:
    async with heard(database_url, actor, share=0.0) as running:
        async with running.streamed(ALL, traceparent=parent()[1]) as lines:
            assert await anext(lines) == ":"
        receiver = running.receiver

    assert receiver.spans == []
