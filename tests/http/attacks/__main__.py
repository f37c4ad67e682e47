"""What does each attack cost? At most 100 ms each, 20 MB together, and no more than linear growth."""

import asyncio
import contextlib
import gc
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from infra.database import opened
from infra.embedded import running
from infra.migrations import steps
from schema.execution import Graph, Request
from schema.graph import build
from schema.guard.guard import RefusedError
from service.ground.actor import Actor, ActorKind
from service.ground.problems import Problem
from tests.http.attacks.documents import DOCUMENTS
from tests.http.attacks.payloads import TENANT, Attack, asked, attacks
from tests.http.attacks.target import Target, target

MOST_SECONDS = 0.1
MOST_MEGABYTES = 20.0
MOST_GROWTH = 2.5
FLOOR_SECONDS = 0.005
"""Below this a measurement is mostly noise: growth is only asked of what costs more."""
ROUNDS = 5
SIZES = (40, 80, 160, 320, 640, 1280)
WARM = "{ customers { nodes { id } } }"


def main() -> int:
    """Measures, prints what is too much, and returns 1 where anything is."""
    with TemporaryDirectory() as folder, running(Path(folder)) as url:
        asyncio.run(_prepared(url))
        with target(url) as attacked:
            complaints = asyncio.run(_attacked(attacked))
    complaints += list(_growing())
    print("\n".join(complaints) or "Every attack is within its bounds.")  # noqa: T201 - this is what it is for
    return 1 if complaints else 0


async def _prepared(url: str) -> None:
    await steps.upgrade(url)
    async with opened(url, role=None, largest=1) as database:
        await database.add_tenant(TENANT, "Audits")


async def _attacked(attacked: Target) -> list[str]:
    every = list(attacks())
    await attacked.send(Attack("warm", asked(WARM)))
    for attack in every:
        await attacked.send(attack)
    before = attacked.megabytes()
    costs = {attack.name: await _cost(attacked, attack) for attack in every}
    grown = attacked.megabytes() - before
    dearest = sorted(costs, key=lambda name: -costs[name])[:12]
    for name in dearest:
        print(f"{costs[name] * 1000:8.1f} ms  {name}")  # noqa: T201 - this is what it is for
    print(f"{len(every)} attacks, {grown:.1f} MB more than before")  # noqa: T201 - this is what it is for
    complaints = [f"{name}: {cost:.3f} s" for name, cost in costs.items() if cost > MOST_SECONDS]
    return complaints + ([f"memory grew by {grown:.1f} MB"] if grown > MOST_MEGABYTES else [])


async def _cost(attacked: Target, attack: Attack) -> float:
    """Returns the processor seconds of an attack: the median, since the service does other things as well."""
    found = []
    for _ in range(3):
        before = attacked.cpu_seconds()
        reply = await attacked.send(attack)
        found.append(attacked.cpu_seconds() - before)
        if reply.status is not None and reply.status >= 500 and reply.status != 501:
            print(f"{attack.name}: {reply.status}")  # noqa: T201 - this is what it is for
    return statistics.median(found)


def _growing() -> Iterator[str]:
    """Yields the generators whose cost grows faster than their size."""
    graph = Graph(build(), None, str)  # type: ignore[arg-type]  # nothing is read: the documents are only planned
    actor = Actor(uuid4(), "growth", "someone", ActorKind.HUMAN, frozenset())
    gc.collect()
    gc.freeze()
    for name, generator in DOCUMENTS.items():
        costs = [_planning(graph, actor, generator(size)) for size in SIZES]
        if max(costs) > MOST_SECONDS:
            yield f"{name}: {max(costs) * 1000:.1f} ms"
        for size, less, more in zip(SIZES, costs, costs[1:], strict=False):
            if more > FLOOR_SECONDS and more > MOST_GROWTH * max(less, FLOOR_SECONDS):
                yield f"{name}: {less * 1000:.1f} ms at {size}, {more * 1000:.1f} ms at {2 * size}"


def _planning(graph: Graph, actor: Actor, source: str) -> float:
    """Returns the processor seconds that letting in and planning a new document take."""
    found = []
    for round_ in range(ROUNDS):
        request = Request(source + " " * round_)
        begun = time.process_time()
        with contextlib.suppress(RefusedError, Problem):
            graph.plan(request, actor)
        found.append(time.process_time() - begun)
    return statistics.median(found)


sys.exit(main())
