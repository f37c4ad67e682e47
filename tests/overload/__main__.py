"""What happens on `make overload`? One service is asked for its most, then for two and four times as much.

Afterwards one tenant asks for ten times its points, and another is watched meanwhile. FLAGS=--quick shows
that it runs; its numbers mean little.
"""

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg

from service.ground.keys import uuid7
from tests.bench import database
from tests.bench.cores import apart
from tests.bench.processes import Server, free_port, serving
from tests.bench.series import TENANT_KEY, Population
from tests.overload.load import PROBE, Client, Outcome, closed, open_loop, request

CUSTOMERS = 5_000
NOISY = "noisy"
NOISY_SHARE = 0.05
"""Of what the service can do: the tenant's own quota, which it then asks for ten times over."""
GOODPUT = {2: 0.9, 4: 0.8}
UNLIMITED = {"CXGRAPH_POINTS_PER_SECOND": "1e9", "CXGRAPH_POINTS_SAVED": "1000000000"}
COUNTING = "{ interactions { totalCount } feedback { totalCount } }"
"""Much to do for the database and little to send: what is measured is the service, not who asks it."""
POINTS = 1 + 2 * (1 + 5)


@dataclass(frozen=True, slots=True)
class Watched:
    """A service, and how long each thing is tried."""

    url: str
    cores: frozenset[int]
    seconds: float


def main() -> int:
    """Measures, prints, and returns 1 where a promise was not kept."""
    parser = ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="two seconds each")
    seconds = 2.0 if parser.parse_args().quick else 15.0
    with apart() as cores, database.server() as server_url:
        url, _ = asyncio.run(database.prepare(server_url, Population(CUSTOMERS, 1)))
        asyncio.run(_add_tenant(url))
        watched = Watched(url, cores, seconds)
        with _serving(watched, UNLIMITED) as port:
            peak, broken = asyncio.run(_overloaded(watched, port))
        quota = peak * NOISY_SHARE * POINTS
        points = {
            "CXGRAPH_POINTS_PER_SECOND": f"{quota}",
            "CXGRAPH_POINTS_SAVED": f"{max(1000, round(quota))}",
        }
        with _serving(watched, points) as port:
            broken += asyncio.run(_noisy(watched, port, peak))
    print("\n".join(broken) or "Every promise was kept.")  # noqa: T201 - this is what it is for
    return 1 if broken else 0


async def _overloaded(watched: Watched, port: int) -> tuple[float, list[str]]:
    """Returns the most the service can do, and the promises that were not kept beyond it."""
    asking = Client(port, request(COUNTING, TENANT_KEY))
    await closed(asking, 1, 64)
    peak = await closed(asking, watched.seconds, 64)
    _print("as much as it can do", peak)
    broken = []
    for times, share in GOODPUT.items():
        probing = Client(port, PROBE)
        outcome, health = await asyncio.gather(
            open_loop(asking, watched.seconds, peak.rate * times), open_loop(probing, watched.seconds, 10)
        )
        _print(f"{times} times as much", outcome)
        _print("  its health", health)
        if outcome.rate < share * peak.rate:
            broken.append(f"{times} times: {outcome.rate / peak.rate:.0%} of the most, not {share:.0%}")
        if health.late or health.refused:
            broken.append(f"{times} times: {health.late} probes were not answered in time")
        probing.close()
        await asyncio.sleep(1)
    asking.close()
    return peak.rate, broken


async def _noisy(watched: Watched, port: int, peak: float) -> list[str]:
    """Returns whether a tenant notices another one that asks for ten times its points."""
    victim, noisy = Client(port, request(COUNTING, TENANT_KEY)), Client(port, request(COUNTING, NOISY))
    rate = peak * NOISY_SHARE * 0.6
    await open_loop(victim, 1, rate)
    alone = await open_loop(victim, watched.seconds, rate)
    beside, other = await asyncio.gather(
        open_loop(victim, watched.seconds, rate),
        open_loop(noisy, watched.seconds, peak * NOISY_SHARE * 10),
    )
    for name, outcome in (
        ("a tenant alone", alone),
        ("beside a noisy one", beside),
        ("  the noisy one", other),
    ):
        _print(name, outcome)
    broken = []
    if beside.p99 > 2 * alone.p99:
        broken.append(f"the neighbour's p99 went from {alone.p99:.0f} to {beside.p99:.0f} ms")
    if beside.refused or beside.late:
        broken.append(f"the neighbour was refused {len(beside.refused)} times")
    if not other.refused:
        broken.append("the noisy tenant was never refused")
    victim.close()
    noisy.close()
    return broken


@contextmanager
def _serving(watched: Watched, more: dict[str, str]) -> Iterator[int]:
    port = free_port()
    environment = {"DATABASE_URL": watched.url, "CXGRAPH_PORT": str(port), **more}
    command = [sys.executable, "-m", "infra", "serve"]
    served: Server
    with serving("cxgraph", command, environment, port=port, cores=watched.cores) as served:
        del served
        yield port


async def _add_tenant(url: str) -> None:
    connection = await asyncpg.connect(url)
    known = await connection.fetchval("SELECT id FROM tenant WHERE key = $1", NOISY)
    if known is None:
        await connection.execute("INSERT INTO tenant (id, key, name) VALUES ($1, $2, $2)", uuid7(), NOISY)
    await connection.close()


def _print(name: str, outcome: Outcome) -> None:
    print(f"{name:24} {outcome.told()}", flush=True)  # noqa: T201 - this is what it is for


sys.exit(main())
