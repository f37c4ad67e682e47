"""What do the facts about relay and subscriptions stand on? A database of their own, and buses over it."""

import asyncio
import secrets
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from uuid import UUID

from infra.bus import EventBus, EventRefused, PostgresBus
from infra.database import Database, opened
from infra.feed import Feed
from infra.nats_bus import connected
from infra.outbox import Outbox, Relayed
from infra.relay import Relay
from infra.roles import RELAY
from infra.wakes import Wakes
from service.ground.actor import Actor
from service.ground.events import Event
from service.ground.keys import uuid7

PATIENCE_SECONDS = 30.0


def silent(_: BaseException) -> str:
    """Report nothing."""
    return "trace"


async def tell(database: Database, actor: Actor, *types: str, subject: UUID | None = None) -> UUID:
    """Let something happen in one transaction; return the subject."""
    subject = subject or uuid7()
    async with database.work(actor) as session:
        session.record([Event(type_, subject, {}) for type_ in types])
    return subject


@asynccontextmanager
async def outboxes(url: str) -> AsyncIterator[Outbox]:
    """Open the outbox as the relay's role."""
    async with opened(url, role=RELAY, largest=2) as database:
        yield Outbox(database)


async def carry_all(relay: Relay) -> int:
    """Carry until nothing is left; return how many events that were."""
    carried = 0
    while found := await relay.once():
        carried += found
    return carried


async def gathered(feed: Feed, number: int) -> list[Relayed]:
    """Return the next events of a feed."""
    found: list[Relayed] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for batch in feed.batches():
            found += batch
            if number <= len(found):
                return found
    return found


class Forgetful:
    """A bus that keeps what it was given, and can be told to refuse or to be away."""

    def __init__(self) -> None:
        self.published: list[Relayed] = []
        self.problem: Exception | None = None
        self.refuses: str | None = None

    async def publish(self, events: Sequence[Relayed]) -> None:
        """Keeps the events."""
        for event in events:
            if self.problem:
                raise self.problem
            if event.type == self.refuses:
                raise EventRefused(event, "too large")
            self.published.append(event)

    @asynccontextmanager
    async def attending(self, tenant_id: UUID, arrive: object) -> AsyncIterator[None]:
        """Lets nothing arrive."""
        del tenant_id, arrive
        yield


@contextmanager
def nats_server(folder: Path) -> Iterator[str]:
    """Run Debian's nats-server with JetStream."""
    program = shutil.which("nats-server") or "/usr/sbin/nats-server"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = folder / secrets.token_hex(4)
    server = subprocess.Popen(
        [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(store)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"nats://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@asynccontextmanager
async def buses(kind: str, url: str, nats_url: str, number: int) -> AsyncIterator[list[EventBus]]:
    """Open as many buses as there are processes."""
    async with AsyncExitStack() as stack:
        found: list[EventBus] = []
        for _ in range(number):
            if kind == "nats":
                found.append(await stack.enter_async_context(connected(nats_url)))
            else:
                wakes = Wakes(url)
                await stack.enter_async_context(wakes.open())
                found.append(PostgresBus(wakes))
        yield found
