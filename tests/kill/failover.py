"""How long is nothing written when the leading PostgreSQL dies or is switched, and is anything lost?

`python -m tests.kill.failover` runs three members under Patroni and etcd, lets clients write through the
service, and prints the longest time without an acknowledgement for each way of losing the leader.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from infra.migrations import steps
from tests.kill.patroni import Cluster, FailoverImpossible, clustered
from tests.kill.stage import Service, add_tenant, free_port
from tests.kill.truth import judge
from tests.kill.writers import Writers, writing

CALM = 60
"""How many writes are acknowledged before and after the leader is lost."""

Way = Callable[[Cluster, str], Awaitable[None]]


async def node(cluster: Cluster, leader: str) -> None:
    """Lose the whole machine; it comes back afterwards."""
    cluster.kill_node(leader)


async def postmaster(cluster: Cluster, leader: str) -> None:
    """Lose PostgreSQL alone."""
    cluster.kill_postmaster(leader)


async def switch(cluster: Cluster, leader: str) -> None:
    """Hand over on purpose."""
    await asyncio.to_thread(cluster.switch_over, leader)


WAYS: Mapping[str, Way] = {"node": node, "postmaster": postmaster, "switch": switch}


async def longest_gap(writers: Writers, act: Awaitable[None]) -> float:
    """Return the longest time without an acknowledgement around what `act` does, in seconds."""
    await writers.more(CALM)
    seen, last, longest = len(writers.acknowledged), time.monotonic(), 0.0
    doing = asyncio.ensure_future(act)
    enough = seen + CALM
    while len(writers.acknowledged) < enough or not doing.done():
        await asyncio.sleep(0.01)
        if len(writers.acknowledged) > seen:
            seen, last = len(writers.acknowledged), time.monotonic()
        longest = max(longest, time.monotonic() - last)
    await doing
    return longest


async def rehearse(folder: Path, rounds: int) -> bool:
    """Run every way so many times; tell whether nothing was lost, doubled or out of order."""
    with clustered(folder) as cluster:
        await asyncio.to_thread(cluster.leader)
        await steps.upgrade(_one(cluster))
        await add_tenant(cluster.url)
        service = Service(cluster.url, free_port(), folder / "service.log")
        service.start()
        try:
            await service.ready()
            return all([await _round(cluster, service, way, n) for way in WAYS for n in range(rounds)])
        finally:
            service.kill()


async def _round(cluster: Cluster, service: Service, way: str, number: int) -> bool:
    leader = await asyncio.to_thread(cluster.leader)
    run = f"{way}-round-{number}"
    async with writing(service.url, run, keyed=True) as writers:
        gap = await longest_gap(writers, WAYS[way](cluster, leader))
    if cluster.processes[leader].poll() is not None:
        cluster.start(leader)
    await asyncio.to_thread(cluster.leader)
    verdict = await judge(cluster.url, run, writers.matters)
    wrong = [*verdict.lost, *verdict.doubled, *verdict.out_of_order]
    print(f"{way}: {gap:.1f} s without a write, {len(writers.acknowledged)} acknowledged, {len(wrong)} wrong")  # noqa: T201 - what it is for
    return not wrong


def _one(cluster: Cluster) -> str:
    """Return the address of the leader alone: migrations take one."""
    port = cluster.ports[cluster.leader()]
    return f"postgresql://{cluster.url.split('@')[0].removeprefix('postgresql://')}@127.0.0.1:{port}/postgres"


def main() -> int:
    """Run the rehearsal and return the exit status."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="how often each way is gone")
    rounds = parser.parse_args().rounds
    folder = Path(tempfile.mkdtemp(prefix="cxgraph-failover-"))
    try:
        return 0 if asyncio.run(rehearse(folder, rounds)) else 1
    except FailoverImpossible as missing:
        print(missing, file=sys.stderr)  # noqa: T201 - as a command
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
