"""How does a test talk to a service over a connection of its own, and see which way its requests take?"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson

from infra.admission import Gate, Ticket
from infra.app import Application
from infra.database import Database
from infra.http_protocol import Exchange, HeaderMap
from tests.infra.replicas import Replica, replica

TENANT = "short-way"
ORIGIN = "https://cx.example"
QUERY = "query Short($first: Int) { customers(first: $first) { totalCount nodes { id } } }"
HASH = hashlib.sha256(QUERY.encode()).hexdigest()
PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
NEWER = "application/graphql-response+json"
ASK = {"query": QUERY, "variables": {"first": 2}}
NOBODY = "cus_00000000-0000-7000-8000-000000000000"
BY_ID = "query($id: ID!) { customer(ref: {id: $id}) { id } }"
WRITE = 'mutation { customerUpsert(input: {match: {email: "short@example.org"}}) { outcome } }'
VIEWER = ("x-cx-roles: viewer",)

Fields = Sequence[str]


@dataclass(slots=True)
class Talk:
    """A service, one connection to it, and how many requests were answered at once."""

    replica: Replica
    gate: Gate
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    at_once: list[bool] = field(default_factory=list)

    async def ask(self, body: object, fields: Fields = ()) -> bytes:
        """Send one request and return the whole answer."""
        self.writer.write(request(body, fields))
        return await self.hear()

    async def hear(self) -> bytes:
        """Return the next answer, head and body."""
        async with asyncio.timeout(20):
            head = await self.reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return head + await self.reader.readexactly(size)


def request(body: object, fields: Fields = (), target: str = "POST /graphql HTTP/1.1") -> bytes:
    """Return a request as it is sent."""
    sent = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [target, "host: cx", f"x-cx-tenant: {TENANT}", *fields, f"content-length: {len(sent)}"]
    if not any(one.startswith("content-type") for one in fields):
        lines.append("content-type: application/json")
    return "\r\n".join((*lines, "", "")).encode() + sent


def watch(application: Application, seen: list[bool]) -> None:
    """Note of each request whether it was answered at once."""
    short_way = application._short_way
    assert short_way is not None

    def watched(headers: HeaderMap, body: bytes, exchange: Exchange) -> Ticket | None:
        ticket = short_way(headers, body, exchange)
        seen.append(ticket is not None)
        return ticket

    application._short_way = watched


@asynccontextmanager
async def talking(database_url: str, database: Database, **settings: object) -> AsyncIterator[Talk]:
    """Talk to a service that knows the tenant and the documents."""
    await database.add_tenant(TENANT, "Short way")
    async with replica(database_url, relay=False, cors_origins=ORIGIN, **settings) as found:
        reader, writer = await asyncio.open_connection(*found.address.split(":"))
        talk = Talk(found, found.application._short_way._gate, reader, writer)  # type: ignore[union-attr]
        await talk.ask({**ASK, "extensions": PERSISTED})
        for body in ({**ASK, "operationName": "Short"}, {"query": BY_ID, "variables": {"id": NOBODY}}):
            await talk.ask(body)
        await talk.ask({"query": WRITE}, VIEWER)
        await talk.ask({"query": WRITE})
        watch(found.application, talk.at_once)
        yield talk
        talk.writer.close()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110 - the service tells nobody
            await asyncio.sleep(0.01)
