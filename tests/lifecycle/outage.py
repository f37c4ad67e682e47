"""What does the service say while its database is away? Its probes and its answers, until it is back."""

import asyncio
import time
from dataclasses import dataclass, field

import httpx

from tests.lifecycle.replicas import QUESTION, Replica
from tests.lifecycle.wire import Wire

BACK_SECONDS = 20.0


@dataclass(slots=True)
class Seen:
    """What was seen while the database was away, and after."""

    live: set[int] = field(default_factory=set)
    ready: set[int] = field(default_factory=set)
    reads: set[int] = field(default_factory=set)
    writes: set[int] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    seconds_back: float = 0.0
    same_process: bool = False
    after: int = 0


WRITE = {
    "query": 'mutation { interactionLog(input: {channel: CHAT, subject: "Late"}) { userErrors { code } } }'
}


async def endure(database_url: str, tenant: str, seconds: float) -> Seen:
    """Cut the database off for so long, and ask meanwhile."""
    wire = Wire(database_url)
    await wire.mend()
    replica, seen = Replica(wire.url), Seen()
    try:
        await replica.start()
        async with httpx.AsyncClient(base_url=replica.url, trust_env=False, timeout=30) as client:
            client.headers["x-cx-tenant"] = tenant
            for _ in range(3):
                assert (await client.post("/graphql", json=QUESTION)).status_code == 200
            await wire.cut()
            await _ask_meanwhile(client, seen, time.monotonic() + seconds)
            await wire.mend()
            mended = time.monotonic()
            await _await_back(client, seen, mended)
            seen.same_process = replica.process is not None and replica.process.returncode is None
    finally:
        if replica.process is not None:
            await replica.stop()
        await wire.cut()
    return seen


async def _ask_meanwhile(client: httpx.AsyncClient, seen: Seen, until: float) -> None:
    while time.monotonic() < until:
        for question, statuses in ((QUESTION, seen.reads), (WRITE, seen.writes)):
            begun = time.monotonic()
            statuses.add((await client.post("/graphql", json=question)).status_code)
            seen.seconds.append(time.monotonic() - begun)
        seen.live.add((await client.get("/livez")).status_code)
        seen.ready.add((await client.get("/readyz")).status_code)
        await asyncio.sleep(0.1)


async def _await_back(client: httpx.AsyncClient, seen: Seen, mended: float) -> None:
    while time.monotonic() < mended + BACK_SECONDS:
        ready = (await client.get("/readyz")).status_code
        seen.after = (await client.post("/graphql", json=QUESTION)).status_code
        if (ready, seen.after) == (200, 200):
            seen.seconds_back = time.monotonic() - mended
            return
        await asyncio.sleep(0.05)
