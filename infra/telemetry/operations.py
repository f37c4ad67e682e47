"""How is a GraphQL operation followed? By its type and its outcome; its text is told as a hash only."""

import hashlib
import time
from asyncio import Future
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from infra.telemetry import meters, names
from infra.telemetry.meters import Distribution
from infra.telemetry.places import Place, current
from infra.telemetry.spans import Facts, named
from schema.execution import Answer, Graph, Request
from schema.planner.documents import Operation
from service.ground.actor import Actor
from service.ground.origins import ORIGIN
from service.ground.problems import Problem

DURATION = meters.histogram(names.GRAPHQL_DURATION)
HITS = meters.counter(names.CACHE_HITS)
MISSES = meters.counter(names.CACHE_MISSES)
UNREAD = "GraphQL Operation"
Trusts = Callable[[str], bool]
"""Tells whether a document is one of those that were known beforehand."""


def _nothing(_: str) -> bool:
    return False


class FollowedGraph(Graph):
    """The graph, whose operations are followed; only the names of operations that it `trusts` are told."""

    trusts: Trusts = staticmethod(_nothing)

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
            self._tell(request, outcome, begun, above, place)
        return answer

    def at_once(self, request: Request, actor: Actor) -> "Future[bytes] | None":
        """Begins to answer a query, if it can be answered at once."""
        begun, above = time.perf_counter_ns(), current()
        place, token = above, None
        if above and above.sampled:
            place = above.below()
            token = ORIGIN.set(place)
        try:
            answer = super().at_once(request, actor)
        finally:
            if token:
                ORIGIN.reset(token)
        if answer is not None:
            answer.add_done_callback(lambda done: self._tell(request, _outcome(done), begun, above, place))
        return answer

    def _tell(
        self, request: Request, outcome: str, begun: int, above: Place | None, place: Place | None
    ) -> None:
        ended = time.perf_counter_ns()
        known = self.documents.recent.get((request.source, request.operation_name))
        kind, name = told_of(known, trusted=self.trusts(request.source))
        _durations(kind, outcome).add((ended - begun) / 1e9)
        if place and above and place.sampled:
            same = _same(request.source, name, kind, outcome)
            place.spans.keep(place.trace_id, place.span_id, above.span_id, (begun, ended), same)


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


def _outcome(answer: "Future[bytes]") -> str:
    if answer.cancelled():
        return "failed"
    problem = answer.exception()
    if problem is None:
        return "ok"
    return "invalid" if isinstance(problem, Problem) else "failed"


@lru_cache(maxsize=64)
def _durations(kind: str, outcome: str) -> Distribution:
    return DURATION.of(kind, outcome)


@lru_cache(maxsize=256)
def _same(source: str, name: str | None, kind: str, outcome: str) -> bytes:
    return encoded(names.OPERATION, facts(source, name, kind, outcome))


def told_of(operation: Operation | None, *, trusted: bool) -> tuple[str, str | None]:
    """Returns what kind of operation it is, and the name that may be told of it."""
    if operation is None:
        return names.OTHER, None
    name = operation.node.name
    return operation.kind.value, name.value if name and trusted else None


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
