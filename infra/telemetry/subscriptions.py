"""How is a subscription followed? From `subscribe` to its end, as a trace of its own.

It may last for days, so it is no part of the trace of who asked for it, which is linked instead. What is read
to show an event stands below the event's producer, not here: it is read once for all who see it alike.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from infra.auth import Headers, Unauthenticated
from infra.bodies import Refused
from infra.telemetry import names
from infra.telemetry.operations import Operations, encoded, facts
from infra.telemetry.places import Beginnings, at, linked
from infra.telemetry.spans import Facts
from schema.execution import Request
from schema.guard.guard import RefusedError
from schema.planner.documents import Operation
from service.ground.problems import Problem

Ended = Callable[[Operation, str], None]
"""Is told which subscription ended, and why: a value of `cxgraph.subscription.close_reason`."""
Follow = Callable[[Request, Headers, str], AbstractContextManager[Ended]]
"""Follows a subscription, which a request states that came with headers, over a transport."""
REFUSALS = (RefusedError, Problem, Unauthenticated, Refused)
OUTCOMES: Mapping[str, str] = {"error": "failed", "unauthenticated": "invalid"}
"""What the reason of an ending means; any other is in order."""


class Course:
    """How one subscription goes; who begins it and leaves is in order."""

    __slots__ = ("begun", "error", "operation", "outcome", "reason")

    def __init__(self) -> None:
        """Begins now."""
        self.begun = time.perf_counter_ns()
        self.operation: Operation | None = None
        self.outcome, self.reason, self.error = "ok", "", names.OTHER

    def end(self, operation: Operation, reason: str) -> None:
        """Ends what had begun."""
        self.operation, self.reason = operation, reason
        self.outcome = OUTCOMES.get(reason, "ok")

    def refuse(self, problem: BaseException | None) -> None:
        """Ends with a problem; that the client calls it off is none."""
        if isinstance(problem, Exception):
            self.outcome = "invalid" if isinstance(problem, REFUSALS) else "failed"
            self.error = type(problem).__name__


class FollowedSubscriptions:
    """Subscriptions to one graph, each of which is followed."""

    def __init__(self, beginnings: Beginnings, operations: Operations) -> None:
        """Keeps as many of them as of all traces that begin here."""
        self._beginnings = beginnings
        self._operations = operations

    @contextmanager
    def __call__(self, request: Request, headers: Headers, transport: str) -> Iterator[Ended]:
        """Follows one as long as the block lasts; it is linked to the span that a traceparent names."""
        place, course, done = self._beginnings.root(), Course(), False
        try:
            with at(place):
                yield course.end
            done = True
        finally:
            if not done:
                course.refuse(sys.exc_info()[1])
            if place.sampled:
                told = self._facts(course, request, transport)
                same = encoded(names.SUBSCRIPTION, told) + linked(headers.get(b"traceparent"))
                times = course.begun, time.perf_counter_ns()
                place.keep(times, same)

    def _facts(self, course: Course, request: Request, transport: str) -> Facts:
        kind, name = self._operations.told_of(request, course.operation)
        found = facts(request.source, name, kind, course.outcome)
        found["cxgraph.subscription.transport"] = transport
        found |= {"cxgraph.subscription.close_reason": course.reason} if course.reason else {}
        return found | ({"error.type": course.error} if course.outcome == "failed" else {})


def unfollowed(*_: object) -> AbstractContextManager[Ended]:
    """Stands where nobody follows subscriptions."""
    return nullcontext(_unheard)


def _unheard(*_: object) -> None:
    return
