"""How is a GraphQL operation followed? By its type and its outcome; its text is told as a hash only."""

import hashlib
import time
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from infra.telemetry import meters, names
from infra.telemetry.meters import Distribution
from infra.telemetry.places import current
from infra.telemetry.spans import Facts, named
from schema.execution import Answer, Graph, Request
from schema.planner.documents import Documents, Operation
from service.ground.actor import Actor
from service.ground.origins import ORIGIN

DURATION = meters.histogram(names.GRAPHQL_DURATION)
HITS = meters.counter(names.CACHE_HITS)
MISSES = meters.counter(names.CACHE_MISSES)
UNREAD = "GraphQL Operation"
Trusts = Callable[[str], bool]
"""Tells whether a document is one of those that were known beforehand."""


def _nothing(_: str) -> bool:
    return False


class Operations:
    """What is told of the operations of a graph; the names of those only that it `trusts`."""

    def __init__(self, documents: Documents, trusts: Trusts = _nothing) -> None:
        """Knows operations by their documents."""
        self.trusts = trusts
        self._documents = documents

    def told_of(self, request: Request, known: Operation | None = None) -> tuple[str, str | None]:
        """Returns what kind of operation it is that a request names, and the name that may be told of it."""
        operation = known or self._documents.recent.get((request.source, request.operation_name))
        if operation is None:
            return names.OTHER, None
        name = operation.node.name
        return operation.kind.value, name.value if name and self.trusts(request.source) else None

    def same(self, request: Request, outcome: str) -> bytes:
        """Returns what the spans of operations have in common that a request names, and that went so."""
        kind, name = self.told_of(request)
        return _same(request.source, name, kind, outcome)


class FollowedGraph(Graph):
    """The graph, whose operations are followed."""

    @cached_property
    def operations(self) -> Operations:
        """What is told of them."""
        return Operations(self.documents)

    async def answer(self, request: Request, actor: Actor) -> Answer:
        """Answers one request of one actor."""
        begun, above = time.perf_counter_ns(), current()
        place, token, outcome = above, None, "failed"
        if above and above.sampled:
            place = above.below()
            token = ORIGIN.set(place)
        try:
            answer = await super().answer(request, actor)
            outcome = "failed" if place and place.failed else "ok" if answer.executed else "invalid"
        finally:
            if token:
                ORIGIN.reset(token)
            ended = time.perf_counter_ns()
            durations(self.operations.told_of(request)[0], outcome).add((ended - begun) / 1e9)
            if place and above and place.sampled:
                place.keep((begun, ended), self.operations.same(request, outcome))
        return answer


class CacheCounts:
    """Adds up how often documents and plans were found ready, over all operations that ever were."""

    def __init__(self, graph: Graph) -> None:
        """Looks at the caches of a graph."""
        self._recent: Any = graph.documents.recent
        self._counted: WeakKeyDictionary[Any, tuple[int, int]] = WeakKeyDictionary()
        self._documents = (0, 0)

    def count(self) -> None:
        """Counts what came since the last time."""
        self._documents = self._add("documents", self._recent, self._documents)
        operations: list[Operation] = list(self._recent.values())
        for operation in operations:
            before = self._counted.get(operation, (0, 0))
            self._counted[operation] = self._add("plans", operation.plans, before)

    @staticmethod
    def _add(cache: str, kept: Any, before: tuple[int, int]) -> tuple[int, int]:  # noqa: ANN401 - of any kind
        now = (kept.hits, kept.misses)
        HITS.add(now[0] - before[0], cache)
        MISSES.add(now[1] - before[1], cache)
        return now


@lru_cache(maxsize=64)
def durations(kind: str, outcome: str) -> Distribution:
    """Returns where it is counted how long operations of a kind took, that went so."""
    return DURATION.of(kind, outcome)


@lru_cache(maxsize=256)
def _same(source: str, name: str | None, kind: str, outcome: str) -> bytes:
    return encoded(names.OPERATION, facts(source, name, kind, outcome))


def facts(source: str, name: str | None, kind: str, outcome: str) -> dict[str, str | int]:
    """Returns what is told of an operation."""
    found: dict[str, str | int] = {
        "graphql.operation.type": kind,
        "graphql.document.hash": hashlib.sha256(source.encode()).hexdigest(),
        "cxgraph.outcome": outcome,
    }
    found |= {"graphql.operation.name": name} if name is not None else {}
    return found | ({"error.type": names.OTHER} if outcome == "failed" else {})


def encoded(span: names.Span, told: Facts) -> bytes:
    """Returns what spans of such operations have in common."""
    kind = str(told["graphql.operation.type"])
    return named(UNREAD if kind == names.OTHER else kind, span, told, failed="error.type" in told)
