"""How quickly does an event reach a thousand subscribers, and what do they cost? Run by `make sockets`.

The service runs in a process of its own; the clients share another one, on the same machine.
"""

import asyncio
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from infra.database import Database, opened
from infra.embedded import running
from infra.migrations import steps
from tests.infra.replicas import Client, client

SUBSCRIBERS = int(os.environ.get("SUBSCRIBERS", "1000"))
EVENTS = 20
RENAMING = """
    mutation ($name: String!) { teamUpsert(input: {key: "watched", name: $name}) { userErrors { code } } }
"""
QUERY = "subscription { events { id type actor subject { ... on Team { id name } } } }"
IDLE_KILOBYTES = 50
SECONDS = 1.0


def main() -> None:
    """Measures once and prints what was found."""
    with tempfile.TemporaryDirectory(prefix="cxgraph-sockets-") as folder, running(Path(folder)) as url:
        asyncio.run(measure(url))


async def measure(url: str) -> None:
    """Measures over a database of its own."""
    await steps.upgrade(url)
    key = f"sockets-{secrets.token_hex(4)}"
    async with opened(url, role=None, largest=2) as owner:
        await owner.add_tenant(key, key)
        async with (
            served(url) as (address, process),
            httpx.AsyncClient(base_url=f"http://{address}", headers={"x-cx-tenant": key}) as writer,
        ):
            await _measure(owner, writer, address, process)


async def _measure(owner: Database, writer: httpx.AsyncClient, address: str, process: int) -> None:
    async with AsyncExitStack() as stack:
        key = writer.headers["x-cx-tenant"]
        warm = await _subscribed(stack, address, key)
        await _rename(writer, "Watched")
        await warm.hear()
        before = _kilobytes(process)
        clients = [await _subscribed(stack, address, key) for _ in range(SUBSCRIBERS)]
        each = (_kilobytes(process) - before) / SUBSCRIBERS
        calls, worked = await _statements(owner), _processor_seconds(process)
        last: list[float] = []
        for number in range(EVENTS):
            begun = time.perf_counter()
            await _rename(writer, f"Watched {number}")
            await asyncio.gather(*(one.hear() for one in clients))
            last.append(time.perf_counter() - begun)
        worked = (_processor_seconds(process) - worked) / (EVENTS * SUBSCRIBERS)
        used = (await _statements(owner) - calls) / EVENTS
    print(f"{SUBSCRIBERS} subscribers of one document, {EVENTS} events, one after the other")
    print(f"memory for each idle socket   {each:6.1f} kB    (at most {IDLE_KILOBYTES})")
    print(f"write until the last hears    {statistics.median(last):6.3f} s median, {max(last):.3f} s at most")
    print(f"processor time of a message   {worked * 1e6:6.0f} µs    (all of the service's)")
    print(f"transactions for each event   {used:6.1f}       (writing, relaying and showing it)")
    sys.exit(0 if each <= IDLE_KILOBYTES and max(last) <= SECONDS else 1)


async def _rename(writer: httpx.AsyncClient, name: str) -> None:
    variables = {"name": name}
    answer = await writer.post("/graphql", json={"query": RENAMING, "variables": variables})
    assert answer.json()["data"]["teamUpsert"]["userErrors"] == [], answer.text


async def _subscribed(stack: AsyncExitStack, address: str, key: str) -> Client:
    found = await stack.enter_async_context(client(address, key))
    await found.init()
    await found.subscribe("1", QUERY)
    await found.settled()
    return found


async def _statements(owner: Database) -> int:
    """Return how many transactions the database has committed."""
    await asyncio.sleep(1.1)  # PostgreSQL tells its counters once a second
    sql = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
    found: int = await owner.pool.fetchval(sql)
    return found


@asynccontextmanager
async def served(url: str) -> AsyncIterator[tuple[str, int]]:
    """Run the service in a process of its own; yields its address and its id."""
    port = 20_000 + secrets.randbelow(20_000)
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "CXGRAPH_PORT": str(port),
        "CXGRAPH_PERIODIC_WORK": "false",
    }
    command = [sys.executable, "-m", "infra", "serve"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def _processor_seconds(process: int) -> float:
    """Return how long a process has computed, for itself and in the kernel."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _kilobytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return float(line.split()[1])


if __name__ == "__main__":
    main()
